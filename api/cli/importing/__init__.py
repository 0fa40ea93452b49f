"""Moving what another server has over to this one."""

"""What is noted of a request once it is known who asks."""

from api.http.current import this_request
from api.http.pace import TENANT
from api.http.permissions import check_permissions
from api.http.rates import count_principal
from api.services.accounts.records import Principal

WHO = "raglan.principal"
"""Where in a WSGI environment stands who a request was let in for."""


def let_in(found: Principal) -> Principal:
    """Note who asks, and hold them to their rate and to what they may do at all.

    Raises RateLimitError and NotAllowedError.
    """
    environ = this_request().environ
    environ[TENANT] = found.tenant_id
    environ[WHO] = found
    count_principal(found)
    check_permissions(found)
    return found

"""Code of administrators in tests."""

import pytest

from api.container import Services
from api.plugins.confinement import CREATE_RULESET, LIBC


def switched_on(services: Services, **values: object) -> None:
    """Let code run, with limits where some are given; skips the test where none can be run."""
    if LIBC.syscall(CREATE_RULESET, None, 0, 1) < 1:
        pytest.skip("The system has no Landlock, without which no code is run.")
    settings = services.live.current
    changed = settings.tools.model_copy(update={"python": True, **values})
    services.live.take(settings.model_copy(update={"tools": changed}))

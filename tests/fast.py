"""The short run of tests, which leaves out what takes long: servers of others, whole ones of ours.

No test says so of itself. Whatever starts a server of others asks here first, and tests that start
whole processes of ours are in `tests/service`, `tests/clients` and `tests/browser`.
"""

import os

import pytest

VARIABLE = "TEST_FAST"


def begin() -> None:
    """Skip from now on what needs a server."""
    os.environ[VARIABLE] = "1"


def is_on() -> bool:
    """Return whether this is the short run."""
    return bool(os.environ.get(VARIABLE))


def leave_out(what: str) -> None:
    """Skip the test that needs this, in the short run."""
    if is_on():
        pytest.skip(f"--fast leaves out what needs {what}")

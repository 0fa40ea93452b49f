"""The short run of tests, which leaves out what takes long: servers of others, whole ones of ours.

Whatever starts a server or a program of others asks here first; tests that start whole processes
of ours are in `tests/service`, `tests/clients` and `tests/browser`; and what is marked `long`, such
as the walks over every route, takes a second or more, or a parser's process, for itself.
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


def kept(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests of this run: without those marked `long`, in the short one."""
    return [item for item in items if not (is_on() and item.get_closest_marker("long"))]

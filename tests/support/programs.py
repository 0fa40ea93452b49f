"""Programs that help to read files: a test that needs one is skipped where it is not installed."""

import pytest

from rag.parsing.helpers.programs import Program, found
from tests import fast


def needs(program: Program) -> None:
    """Skip the test, with the line that installs a program, if it is not installed.

    The short run leaves it out: such programs take a second for each file.
    """
    fast.leave_out(program.title)
    if not found(program):
        pytest.skip(f"{program.title} is not installed: {program.install}")

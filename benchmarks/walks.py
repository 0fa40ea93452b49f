"""Through how many rooms a request walks from its page to a statement of SQL.

`python benchmarks/walks.py` runs the tests of the doors on SQLite, and prints the longest walk of
each route that they ask.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

sys.path.insert(0, str(ROOT))

from tests.support.walks import longest  # noqa: E402 - the tests are not installed

TESTS = ["tests/functional/sdk", "tests/functional/console"]


class Table:
    """Prints what was noted after the tests."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for each route, the longest walk first."""
        for route, walk in sorted(longest.items(), key=lambda item: -len(item[1])):
            terminalreporter.write_line(f"{len(walk)}  {route:70}  {' > '.join(walk)}")


if __name__ == "__main__":
    sys.exit(pytest.main([*TESTS, "--databases=sqlite", *sys.argv[1:]], [Table()]))

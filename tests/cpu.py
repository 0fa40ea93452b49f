"""The CPU time that tests take, of this process and of the processes that they start.

`--cpu` prints the dearest folders, files, fixtures and tests. What a run costs is told by this and
not by a clock: waiting is free, and other work on the machine does not change it much.
"""

import os
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path

import pytest

_SHOWN = 60
_TICKS = os.sysconf("SC_CLK_TCK")
_TESTS = "cpu"
_FIXTURES = "cpu of fixtures"

_Spent = list[tuple[str, float]]


def spent(pid: int | str = "self") -> float:
    """Return the seconds of CPU of a process, and of all that it has started and started to."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # utime, stime, and the same of the children that it has waited for.
    return sum(map(int, fields[11:15])) / _TICKS + sum(map(spent, _children(pid)))


def _children(pid: int | str) -> Iterable[str]:
    found = []
    # Whatever ends meanwhile has no children any more.
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += task.read_text(encoding="utf-8").split()
    return found


class Meter:
    """Reads the CPU time around each test and each fixture."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._fixtures: _Spent = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Begin anew with each test."""
        self._fixtures = []
        item.stash[_BEGUN] = spent()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object]
    ) -> Generator[None, object, object]:
        """Add what a fixture took to its name."""
        begun = spent()
        result = yield
        name = f"{fixturedef.argname} ({fixturedef.scope}, {fixturedef.baseid or 'plugins'})"
        self._fixtures.append((name, spent() - begun))
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Hand over what test and fixtures took with the report of the last phase."""
        result = yield
        item.user_properties += [
            (_TESTS, spent() - item.stash[_BEGUN]),
            (_FIXTURES, self._fixtures),
        ]
        return result


class Bill:
    """Adds up what the tests took, and prints it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._tests: Counter[str] = Counter()
        self._fixtures: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the figures from the report of a test."""
        if report.when == "teardown":
            found = dict(report.user_properties)
            self._tests[report.nodeid] += found.get(_TESTS, 0.0)  # type: ignore[assignment]
            for name, seconds in found.get(_FIXTURES, []):  # type: ignore[attr-defined]
                self._fixtures[name] += seconds

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the figures."""
        files: Counter[str] = Counter()
        folders: Counter[str] = Counter()
        for test, seconds in self._tests.items():
            file = test.partition("::")[0]
            files[file] += seconds  # type: ignore[assignment]
            folders["/".join(file.split("/")[:2])] += seconds  # type: ignore[assignment]
        sums = {"folders": folders, "files": files, "fixtures": self._fixtures}
        for what, found in {**sums, "tests": self._tests}.items():
            terminalreporter.section(f"CPU of the dearest {what}")
            for name, seconds in found.most_common(_SHOWN):
                terminalreporter.write_line(f"{seconds:8.2f}s {name}")
        terminalreporter.write_line(f"{sum(self._tests.values()):8.2f}s all tests")


_BEGUN = pytest.StashKey[float]()

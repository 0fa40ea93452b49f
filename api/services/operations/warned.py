"""What a process has warned of, told where all others can read it."""

from api.logs import MaskedLine, remembered
from api.services.operations.records import ReportKind
from api.services.operations.reports import Reports

MOST_WARNINGS = 50
"""Of a process, in a report: the newest ones."""


class Warned:
    """Reports the last warnings of a process, without the texts in them."""

    def __init__(self, reports: Reports, name: str) -> None:
        """Initialize with the place of the report, and the name of the process."""
        self.reports = reports
        self.name = name
        self.last: MaskedLine | None = None

    def tell(self) -> None:
        """Report what the process has warned of, if there is more of it than was told.

        It stays when the process is gone: then somebody wants to know why.
        """
        lines = remembered()[-MOST_WARNINGS:]
        if lines and lines[-1] != self.last:
            told = {"lines": [line._asdict() for line in lines]}
            self.reports.write(ReportKind.WARNINGS, {f"warnings of {self.name}": told})
            self.last = lines[-1]

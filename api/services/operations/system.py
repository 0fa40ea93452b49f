"""What the server says about itself: version, readiness, and what each part is."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version

from api.config.settings import Settings
from api.db.connection import connected
from api.logs import MaskedLine, remembered
from api.services.operations import queries
from api.services.operations.checking import Check, states_of
from api.services.operations.records import (
    Backlog,
    Content,
    Part,
    PartState,
    Readiness,
    ReportKind,
    ServerStatus,
)
from api.services.operations.registration import SILENT_SECONDS
from api.services.operations.reports import Reports

REPORT_SECONDS = {
    ReportKind.JOB: 3600.0,
    ReportKind.WORKER: 60.0,
    ReportKind.REGISTRAR: SILENT_SECONDS,
    ReportKind.WARNINGS: 3600.0,
}
"""How old a report may be to be shown: jobs may rest, workers that are silent are gone."""


class SystemService:
    """Asks the parts how they are, and reads what jobs and workers say."""

    def __init__(self, settings: Settings, checks: Sequence[Check], reports: Reports) -> None:
        """Initialize with the parts to ask."""
        self.settings = settings
        self.checks = checks
        self.reports = reports
        self.database = reports.database

    @cached_property
    def version(self) -> str:
        """Return the version of the server, as `v1.2.3`."""
        return f"v{version('raglan')}"

    @staticmethod
    def warnings() -> list[MaskedLine]:
        """Return the last warnings of this process, without the texts in them."""
        return remembered()

    def warnings_of_others(self) -> Mapping[str, Content]:
        """Return the last warnings of all workers by their names, for an hour after the last."""
        return self.said(ReportKind.WARNINGS)

    def states(self, names: Collection[str] = ()) -> Mapping[str, PartState]:
        """Check all configured parts, or those of them that are named."""
        return states_of(self.checks, names)

    def readiness(self) -> Readiness:
        """Check every part."""
        return Readiness(self.states())

    def status(self) -> ServerStatus:
        """Check every part, and read the reports unless the database is away."""
        states = self.states()
        is_there = states["database"].error is None
        return ServerStatus(
            parts={
                name: Part(backend, states.get(name)) for name, backend in self.backends().items()
            },
            jobs=self.said(ReportKind.JOB) if is_there else {},
            workers=self.said(ReportKind.WORKER) if is_there else {},
            registrars=self.said(ReportKind.REGISTRAR) if is_there else {},
        )

    def backends(self) -> Mapping[str, str]:
        """Return the backend of each part, by the settings; empty where none is configured."""
        addresses = {
            "database": self.settings.database_url,
            "chunk_store": self.settings.chunk_store_url,
            "storage": self.settings.storage_url,
            "redis": self.settings.redis.url.get_secret_value(),
        }
        schemes = {name: address.partition(":")[0] for name, address in addresses.items()}
        return {**schemes, "nacos": "nacos"}

    def said(self, kind: ReportKind) -> Mapping[str, Content]:
        """Return the reports of a kind that are new enough to be shown."""
        return self.reports.read(kind, REPORT_SECONDS[kind])

    @connected
    def backlog(self) -> Backlog:
        """Return how many tasks run, and how long the oldest other one has been due."""
        return queries.backlog(self.database)

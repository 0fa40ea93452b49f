"""Whether consumers find this host's server: what its registrar says, and who reads it."""

import socket

from api.config.settings import Settings
from api.db.migrate import pending
from api.discovery.instance import Instance
from api.errors import UnavailableError
from api.observability.definitions import REGISTERED
from api.observability.recorder import Figures
from api.services.operations.records import Content, ReportKind
from api.services.operations.reporting import Reporter, now
from api.services.operations.reports import Reports

SILENT_SECONDS = 15.0
"""How old a report may be: a registrar that is silent for longer is gone."""

SILENCE = (
    f"The registrar of this host has not reported for {SILENT_SECONDS:g} s: see in the server's log"
    " whether it runs."
)


def registrar_name(settings: Settings) -> str:
    """Return the name by which the registrar beside a server reports."""
    return f"{ReportKind.REGISTRAR}@{socket.gethostname()}:{settings.server.port}"


class RegistrarReport(Reporter):
    """Says whether the server is registered, since when, and what went wrong last."""

    kind = ReportKind.REGISTRAR
    every = SILENT_SECONDS / 3

    def __init__(self, reports: Reports, settings: Settings, instance: Instance) -> None:
        """Begin as one that is not registered."""
        super().__init__(reports, registrar_name(settings))
        self.instance = instance
        self.nacos = settings.nacos
        self.is_registered = False
        self.since = self.boot_at
        self.last_heartbeat: str | None = None
        self.last_error = ""

    def beat(self) -> None:
        """Record that Nacos lists the server."""
        self.last_heartbeat = now()
        self._change(registered=True)

    def lose(self, error: str) -> None:
        """Record that consumers do not find the server, and why."""
        news = error != self.last_error
        self.last_error = error
        self._change(registered=False, news=news)

    def content(self) -> Content:
        """Return what there is to say now; nothing in it is secret."""
        return {
            "name": self.name,
            "boot_at": self.boot_at,
            "now": now(),
            "address": self.nacos.address,
            "service": self.nacos.service_name,
            "instance": str(self.instance),
            "registered": self.is_registered,
            "since": self.since,
            "last_heartbeat": self.last_heartbeat,
            "last_error": self.last_error,
        }

    def write(self) -> None:
        """Report now, unless the web server has yet to make the tables."""
        if not pending(self.reports.database):
            super().write()

    def _change(self, *, registered: bool, news: bool = False) -> None:
        if registered != self.is_registered:
            self.is_registered = registered
            self.since = now()
            news = True
        if news:
            self.hurry()


class Registration:
    """Tells whether the server of this host is registered, as its registrar says."""

    def __init__(self, settings: Settings, reports: Reports) -> None:
        """Initialize with the reporter and the place; nobody does where Nacos is not configured."""
        self.is_configured = bool(settings.nacos.address)
        self.reports = reports
        self._name = registrar_name(settings)

    def ask(self) -> None:
        """Raise UnavailableError unless the server is registered."""
        report = self.reports.read(ReportKind.REGISTRAR, SILENT_SECONDS).get(self._name)
        if report is None:
            raise UnavailableError(SILENCE)
        if not report["registered"]:
            why = report["last_error"] or "The registrar has just been started."
            raise UnavailableError(f"Not registered since {report['since']}: {why}")

    def figures(self) -> Figures:
        """Return what metrics tell of it: nothing where there is nothing to tell."""
        if not self.is_configured:
            return {}
        try:
            self.ask()
        except UnavailableError:
            return {(REGISTERED, ()): 0.0}
        return {(REGISTERED, ()): 1.0}

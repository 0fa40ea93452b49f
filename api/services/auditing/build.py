"""Putting together the audit log."""

from dataclasses import dataclass
from pathlib import Path

from api.config.live import LiveSettings
from api.db.connection import Database
from api.observability.recorder import Recorder
from api.services.auditing.audit import AuditService
from api.services.auditing.trail import Trail


@dataclass(frozen=True, slots=True)
class AuditServices:
    """The audit log: what is written, and reading it."""

    trail: Trail
    audit: AuditService


def build_auditing(
    database: Database, live: LiveSettings, folder: Path, recorder: Recorder
) -> AuditServices:
    """Compose the services of the audit log in a data folder."""
    return AuditServices(
        trail=Trail(database, lambda: live.current.audit, folder, recorder),
        audit=AuditService(database, lambda: live.current.audit, folder),
    )

"""What the server says about itself: version, health, and what each part is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any

from api.config.settings import Settings
from api.services.operations.checking import Check, outcomes
from api.services.operations.registration import SILENT_SECONDS
from api.services.operations.reports import Reports

HEALTH = {"db": "database", "redis": "redis", "doc_engine": "chunk_store", "storage": "storage"}
"""The contract's names of the parts that it asks after."""

JOBS_SECONDS = 3600.0
WORKERS_SECONDS = 60.0
"""How old a report may be to be shown: jobs may rest, workers that are silent are gone."""


class SystemService:
    """Asks the parts how they are, and reads what jobs and workers say."""

    def __init__(self, settings: Settings, checks: Sequence[Check], reports: Reports) -> None:
        """Remember whom to ask."""
        self.settings = settings
        self.checks = checks
        self.reports = reports

    @cached_property
    def version(self) -> str:
        """Return the version of the server, as `v1.2.3`."""
        return f"v{version('raglan')}"

    def readiness(self) -> dict[str, Any]:
        """Ask every part; degraded means that the server goes on with less, as the reasons say."""
        parts = outcomes(self.checks)
        wrong = {name: part for name, part in parts.items() if "error" in part}
        needed = [f"{name}: {part['error']}" for name, part in wrong.items() if "lost" not in part]
        lost = [f"{name}: {part['lost']}" for name, part in wrong.items() if "lost" in part]
        word = "not ready" if needed else "degraded" if lost else "ready"
        return {"status": word, "reasons": needed + lost, "parts": parts}

    def health(self) -> dict[str, Any]:
        """Return the contract's health: `ok` or `nok` for each part and for the whole."""
        parts = outcomes(self.checks, HEALTH.values())
        named = {name: parts.get(part, {"status": "ok"}) for name, part in HEALTH.items()}
        words = {name: "ok" if part["status"] == "ok" else "nok" for name, part in named.items()}
        wrong = {name: {"error": part["error"]} for name, part in named.items() if "error" in part}
        return {
            **words,
            "status": "nok" if wrong else "ok",
            **({"_meta": wrong} if wrong else {}),
        }

    def status(self) -> dict[str, Any]:
        """Return what the console's system page shows."""
        parts = outcomes(self.checks)
        kinds = {
            "database": ("database", "database", self.settings.database_url),
            "doc_engine": ("chunk_store", "type", self.settings.chunk_store_url),
            "storage": ("storage", "storage", self.settings.storage_url),
            "redis": ("redis", "type", self.settings.redis.url.get_secret_value()),
        }
        shown: dict[str, Any] = {
            name: {key: url.partition(":")[0], **colours(parts.get(part, {"status": "unused"}))}
            for name, (part, key, url) in kinds.items()
        }
        nacos = {"type": "nacos", **colours(parts.get("nacos", {"status": "unused"}))}
        alive = parts["database"]["status"] == "ok"
        workers = self.reports.read("worker", WORKERS_SECONDS) if alive else {}
        jobs = self.reports.read("job", JOBS_SECONDS) if alive else {}
        registrars = self.reports.read("registrar", SILENT_SECONDS) if alive else {}
        return {
            **shown,
            "nacos": {**nacos, "registrars": registrars},
            "task_executor_heartbeats": {name: [beat] for name, beat in workers.items()},
            "background_jobs": {name: with_date(record) for name, record in jobs.items()},
        }


def with_date(record: dict[str, Any]) -> dict[str, Any]:
    """Return a job's record with its last run as a date; the record has seconds."""
    last_run = datetime.fromtimestamp(record["last_run"], UTC)
    return {**record, "last_run": last_run.isoformat(timespec="milliseconds")}


def colours(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part's outcome in the console's words."""
    words = {"ok": "green", "error": "red"}
    return {
        "status": words.get(part["status"], part["status"]),
        "elapsed": str(part.get("elapsed_ms", 0)),
        **({"error": part["error"]} if "error" in part else {}),
    }

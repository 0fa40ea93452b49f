"""How the server is, on the wire: the same under every prefix."""

from collections.abc import Mapping
from datetime import UTC, datetime

from api.services.operations.records import (
    Content,
    Part,
    PartState,
    Readiness,
    ReadyWord,
    ServerStatus,
)

HEALTH = {"db": "database", "redis": "redis", "doc_engine": "chunk_store", "storage": "storage"}
"""The contract's names of the parts that its health asks after."""

STATUS = {
    "database": ("database", "database"),
    "doc_engine": ("chunk_store", "type"),
    "storage": ("storage", "storage"),
    "redis": ("redis", "type"),
}
"""The contract's names of the parts on its status page, and of what names their backend there."""


def present_readiness(readiness: Readiness) -> dict[str, object]:
    """Return how the parts are, with reasons for what does not go on."""
    return {
        "status": readiness.word,
        "reasons": readiness.needed + readiness.lost,
        "parts": {name: present_state(part) for name, part in readiness.parts.items()},
    }


def present_refusal(reason: str) -> dict[str, object]:
    """Return why no requests are taken, of a server whose parts are not asked."""
    return {"status": ReadyWord.NOT_READY, "reasons": [reason], "parts": {}}


def present_state(part: PartState) -> dict[str, object]:
    """Return how a part is."""
    if part.error is None:
        return {"status": "ok", "elapsed_ms": part.elapsed_ms}
    lost = {"lost": part.lost} if part.lost else {}
    return {"status": "error", "elapsed_ms": part.elapsed_ms, "error": part.error, **lost}


def present_health(states: Mapping[str, PartState]) -> dict[str, object]:
    """Return the contract's health: `ok` or `nok` for each part and for the whole."""
    errors = {name: states[part].error for name, part in HEALTH.items() if part in states}
    wrong = {name: {"error": error} for name, error in errors.items() if error is not None}
    words = {name: "nok" if name in wrong else "ok" for name in HEALTH}
    whole = "nok" if wrong else "ok"
    return {**words, "status": whole, **({"_meta": wrong} if wrong else {})}


def present_status(status: ServerStatus) -> dict[str, object]:
    """Return what the console's system page shows."""
    parts = status.parts
    shown = {name: present_part(parts[part], key) for name, (part, key) in STATUS.items()}
    return {
        **shown,
        "nacos": {**present_part(parts["nacos"], "type"), "registrars": status.registrars},
        "task_executor_heartbeats": {name: [beat] for name, beat in status.workers.items()},
        "background_jobs": {name: present_job(job) for name, job in status.jobs.items()},
    }


def present_part(part: Part, key: str) -> dict[str, object]:
    """Return a part in the console's words, its backend under a key."""
    state = part.state
    if state is None:
        return {key: part.backend, "status": "unused", "elapsed": "0"}
    shown: dict[str, object] = {
        key: part.backend,
        "status": "green" if state.error is None else "red",
        "elapsed": str(state.elapsed_ms),
    }
    return shown if state.error is None else {**shown, "error": state.error}


def present_job(report: Content) -> Content:
    """Return a job's report with its last run as a date; the report has seconds."""
    last_run = report.get("last_run")
    if not isinstance(last_run, int | float):
        return report
    date = datetime.fromtimestamp(last_run, UTC).isoformat(timespec="milliseconds")
    return {**report, "last_run": date}

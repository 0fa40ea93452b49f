"""How the server is, on the wire: the same under every prefix."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NotRequired

from typing_extensions import TypedDict

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

BackendName = Literal["database", "type", "storage"]
"""The contract's names of what names the backend of a part on its status page."""


class StateAnswer(TypedDict):
    """How a part is; `lost` is what does not go on without it."""

    status: str
    elapsed_ms: float
    error: NotRequired[str]
    lost: NotRequired[str]


class ReadinessAnswer(TypedDict):
    """How the server is, with reasons for what does not go on."""

    status: str
    reasons: list[str]
    parts: dict[str, StateAnswer]


class HealthyAnswer(TypedDict):
    """That the process takes requests."""

    status: bool


class ErrorAnswer(TypedDict):
    """What is wrong with a part."""

    error: str


class HealthAnswer(TypedDict):
    """`ok` or `nok` for each part and for the whole; `_meta` has what is wrong."""

    db: str
    redis: str
    doc_engine: str
    storage: str
    status: str
    _meta: NotRequired[dict[str, ErrorAnswer]]


class PartAnswer(TypedDict):
    """A part; its backend has one of three names."""

    database: NotRequired[str]
    type: NotRequired[str]
    storage: NotRequired[str]
    status: str
    elapsed: str
    error: NotRequired[str]


class RegistryAnswer(PartAnswer):
    """The service registry, with the last reports of those that register there."""

    registrars: Mapping[str, Content]


class StatusAnswer(TypedDict):
    """The parts, the background jobs and the ingest workers."""

    database: PartAnswer
    doc_engine: PartAnswer
    storage: PartAnswer
    redis: PartAnswer
    nacos: RegistryAnswer
    task_executor_heartbeats: dict[str, list[Content]]
    background_jobs: dict[str, Content]


class ConfigAnswer(TypedDict):
    """Whether anybody may sign up (1 or 0), and that passwords let in."""

    registerEnabled: int
    disablePasswordLogin: bool


def present_version(version: str) -> str:
    """Return the version."""
    return version


def present_config(*, sign_up: bool) -> ConfigAnswer:
    """Return whether anybody may sign up, and that passwords let in."""
    return {"registerEnabled": int(sign_up), "disablePasswordLogin": False}


def present_readiness(readiness: Readiness) -> ReadinessAnswer:
    """Return how the parts are, with reasons for what does not go on."""
    return {
        "status": readiness.word,
        "reasons": readiness.needed + readiness.lost,
        "parts": {name: present_state(part) for name, part in readiness.parts.items()},
    }


def present_refusal(reason: str) -> ReadinessAnswer:
    """Return why no requests are taken, of a server whose parts are not asked."""
    return {"status": ReadyWord.NOT_READY, "reasons": [reason], "parts": {}}


def present_state(part: PartState) -> StateAnswer:
    """Return how a part is."""
    if part.error is None:
        return {"status": "ok", "elapsed_ms": part.elapsed_ms}
    shown: StateAnswer = {
        "status": "error",
        "elapsed_ms": part.elapsed_ms,
        "error": part.error,
    }
    if part.lost:
        shown["lost"] = part.lost
    return shown


def present_health(states: Mapping[str, PartState]) -> HealthAnswer:
    """Return the contract's health: `ok` or `nok` for each part and for the whole."""
    errors = {name: states[part].error for name, part in HEALTH.items() if part in states}
    wrong: dict[str, ErrorAnswer] = {
        name: {"error": error} for name, error in errors.items() if error is not None
    }
    shown: HealthAnswer = {
        "db": word_of("db", wrong),
        "redis": word_of("redis", wrong),
        "doc_engine": word_of("doc_engine", wrong),
        "storage": word_of("storage", wrong),
        "status": "nok" if wrong else "ok",
    }
    if wrong:
        shown["_meta"] = wrong
    return shown


def word_of(name: str, wrong: Mapping[str, ErrorAnswer]) -> str:
    """Return the contract's word for a part."""
    return "nok" if name in wrong else "ok"


def present_status(status: ServerStatus) -> StatusAnswer:
    """Return what the console's system page shows."""
    parts = status.parts
    return {
        "database": present_part(parts["database"], "database"),
        "doc_engine": present_part(parts["chunk_store"], "type"),
        "storage": present_part(parts["storage"], "storage"),
        "redis": present_part(parts["redis"], "type"),
        "nacos": {**present_part(parts["nacos"], "type"), "registrars": status.registrars},
        "task_executor_heartbeats": {name: [beat] for name, beat in status.workers.items()},
        "background_jobs": {name: present_job(job) for name, job in status.jobs.items()},
    }


def present_part(part: Part, key: BackendName) -> PartAnswer:
    """Return a part in the console's words, its backend under a key."""
    state = part.state
    shown: PartAnswer = {"status": "unused", "elapsed": "0"}
    shown[key] = part.backend
    if state is not None:
        shown["status"] = "green" if state.error is None else "red"
        shown["elapsed"] = str(state.elapsed_ms)
        if state.error is not None:
            shown["error"] = state.error
    return shown


def present_job(report: Content) -> Content:
    """Return a job's report with its last run as a date; the report has seconds."""
    last_run = report.get("last_run")
    if not isinstance(last_run, int | float):
        return report
    date = datetime.fromtimestamp(last_run, UTC).isoformat(timespec="milliseconds")
    return {**report, "last_run": date}

"""An hour of figures, and what helps others to help, on the wire."""

import platform
from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict

from api.config.origins import Origin
from api.logs import MaskedLine
from api.schemas.health import StatusAnswer, present_status
from api.services.operations.figures import MinuteFigures
from api.services.operations.records import Content, ServerStatus


class MinuteAnswer(TypedDict):
    """What happened in a minute, which began at `time` (ms), and the tasks there were then."""

    time: int
    questions: int
    done: int
    failed: int
    waiting: int
    running: int


class FiguresAnswer(TypedDict):
    """The minutes of the last hour, the oldest first; one in which nobody counted is absent."""

    minutes: list[MinuteAnswer]


class SupportedSetting(TypedDict):
    """A setting that is not at its default; secrets are masked."""

    value: object
    source: str


class WarningAnswer(TypedDict):
    """A line of the log without the texts in it; `time` in ms, `cause` is an error, and where."""

    time: int
    level: str
    logger: str
    request_id: str
    message: str
    cause: Sequence[str]


class SupportAnswer(TypedDict):
    """What somebody needs to know who looks into a trouble; nothing of documents or accounts.

    `others` are the `lines` that each worker has warned of, as `warnings` are.
    """

    version: str
    python: str
    system: str
    status: StatusAnswer
    figures: list[MinuteAnswer]
    settings: Mapping[str, SupportedSetting]
    warnings: list[WarningAnswer]
    others: Mapping[str, Content]


def present_minutes(found: Sequence[MinuteFigures]) -> list[MinuteAnswer]:
    """Return minutes as they go out."""
    return [
        {
            "time": one.time,
            "questions": one.questions,
            "done": one.done,
            "failed": one.failed,
            "waiting": one.waiting,
            "running": one.running,
        }
        for one in found
    ]


def present_figures(found: Sequence[MinuteFigures]) -> FiguresAnswer:
    """Return an hour of figures."""
    return {"minutes": present_minutes(found)}


def present_support(
    version: str,
    status: ServerStatus,
    figures: Sequence[MinuteFigures],
    settings: Sequence[Origin],
    warnings: Sequence[MaskedLine],
    others: Mapping[str, Content],
) -> SupportAnswer:
    """Return what helps others to help: masked settings and warnings, parts, jobs and figures."""
    return {
        "version": version,
        "python": platform.python_version(),
        "system": platform.platform(),
        "status": present_status(status),
        "figures": present_minutes(figures),
        "settings": {
            one.name: {"value": one.value, "source": one.source}
            for one in settings
            if one.value != one.default
        },
        "warnings": list(map(present_warning, warnings)),
        "others": others,
    }


def present_warning(line: MaskedLine) -> WarningAnswer:
    """Return a line of the log as it goes out."""
    return {
        "time": line.time,
        "level": line.level,
        "logger": line.logger,
        "request_id": line.request_id,
        "message": line.message,
        "cause": line.cause,
    }

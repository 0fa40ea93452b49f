"""What came of doing something to several things, on the wire."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict


class TallyAnswer(TypedDict):
    """To how many it was done, and what is said of the others."""

    success_count: int
    errors: NotRequired[Sequence[str]]
    error_code: NotRequired[str]


def present_tally(count: int, errors: Sequence[str] = (), code: str = "") -> TallyAnswer:
    """Return to how many it was done, and what is said of the others."""
    told: TallyAnswer = {"success_count": count}
    if errors:
        told["errors"] = errors
    if code:
        told["error_code"] = code
    return told

"""Errors as Open WebUI's clients read them."""

from typing_extensions import TypedDict


class FailureAnswer(TypedDict):
    """What went wrong, in a sentence that the front end shows."""

    detail: str


def present_failure(message: str) -> FailureAnswer:
    """Return an error."""
    return {"detail": message}


def failure_event(message: str) -> dict[str, object]:
    """Return the event by which a stream says that it breaks off."""
    return {"error": {"message": message, "detail": message}}

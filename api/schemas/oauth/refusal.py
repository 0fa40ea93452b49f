"""Errors in the form of OAuth's."""

from typing_extensions import TypedDict


class RefusalAnswer(TypedDict):
    """An error."""

    error: str
    error_description: str


def present_refusal(kind: str, message: str) -> RefusalAnswer:
    """Return an error."""
    return {"error": kind, "error_description": message}

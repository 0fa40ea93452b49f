"""Errors as clients of OpenAI's API read them."""

from http import HTTPStatus

from typing_extensions import TypedDict

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}

NAMES = {(404, 102): "model_not_found", (404, 404): "not_found"}
"""What clients know by a name: by status and code."""


class FailureAnswer(TypedDict):
    """What went wrong; JavaScript clients show the message of this object alone."""

    message: str
    type: str
    param: None
    code: str


def present_failure(status: int, code: int, message: str) -> FailureAnswer:
    """Return an error of a status, and of a code of ours."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = TYPES.get(status, "server_error" if is_ours else "invalid_request_error")
    named = NAMES.get((status, code), str(code))
    return {"message": message, "type": kind, "param": None, "code": named}

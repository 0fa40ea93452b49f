"""Errors in the envelope, and as clients of OpenAI's API read them."""

from http import HTTPStatus
from typing import NotRequired

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


class RefusalAnswer(TypedDict):
    """An error in the envelope, with its details where there are any."""

    code: int
    message: str
    data: NotRequired[object]


class BothAnswer(RefusalAnswer):
    """An error in both forms: the envelope, and that of OpenAI's API."""

    error: FailureAnswer


def present_refusal(code: int, message: str, data: object = None) -> RefusalAnswer:
    """Return an error in the envelope."""
    told: RefusalAnswer = {"code": code, "message": message}
    if data is not None:
        told["data"] = data
    return told


def present_both(code: int, message: str, inner: FailureAnswer, data: object = None) -> BothAnswer:
    """Return an error in both forms."""
    told: BothAnswer = {"code": code, "message": message, "error": inner}
    if data is not None:
        told["data"] = data
    return told


class LostAnswer(TypedDict):
    """That there is no such address, in the later contract."""

    code: int
    message: str
    data: None
    error: str


def present_lost(code: int, message: str) -> LostAnswer:
    """Return that there is no such address."""
    return {"code": code, "message": message, "data": None, "error": "Not Found"}


class OpenAIAnswer(TypedDict):
    """An error in both forms, as programs for OpenAI's API know it: `data` is always there."""

    code: int
    message: str
    data: None
    error: FailureAnswer


def present_openai(code: int, message: str, inner: FailureAnswer) -> OpenAIAnswer:
    """Return an error in both forms, `data` included."""
    return {"code": code, "message": message, "data": None, "error": inner}


def present_failure(status: int, code: int, message: str) -> FailureAnswer:
    """Return an error of a status, and of a code of ours."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = TYPES.get(status, "server_error" if is_ours else "invalid_request_error")
    named = NAMES.get((status, code), str(code))
    return {"message": message, "type": kind, "param": None, "code": named}

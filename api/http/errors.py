"""Errors to responses: the only place that builds an error body."""

import logging

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from api.errors import AuthenticationError, DiskFullError, RaglanError
from api.http.context import services
from api.http.responses import enveloped
from api.observability.definitions import AUTHENTICATION_FAILURES
from rag.disk import is_full
from rag.errors import ChunkStoreFullError, StorageFullError

log = logging.getLogger(__name__)

DISK_FULL = "The server's disk is full: nothing can be written until it has room."
MOST_BYTES = 4000
"""The longest message of an error, and the most data beside it: 8 KB with what is around them."""

MESSAGES = {
    404: "Not Found: there is no such address.",
    405: "Method Not Allowed: this address does not answer to this method.",
    413: "The request body is larger than the server accepts.",
}


def register_errors(app: Flask) -> None:
    """Answer every exception of a page with an envelope and a true status."""
    app.register_error_handler(RaglanError, raglan_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OSError, system_error)
    app.register_error_handler(ChunkStoreFullError, engine_error)
    app.register_error_handler(StorageFullError, engine_error)
    app.register_error_handler(Exception, unexpected_error)


def raglan_error(error: RaglanError) -> Response:
    """Answer an error that was raised on purpose."""
    if isinstance(error, AuthenticationError):
        reason = g.get("refusal", "password")
        services().recorder.count(AUTHENTICATION_FAILURES, reason)
    response = refusal(error.code, error.message, error.status, error.data)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def system_error(error: OSError) -> Response:
    """Answer what the system refused: a full disk by name, all else as the defect that it is."""
    if not is_full(error):
        return unexpected_error(error)
    log.warning("A request met a full disk: %s", str(error))
    return raglan_error(DiskFullError(DISK_FULL))


def engine_error(error: ChunkStoreFullError | StorageFullError) -> Response:
    """Answer that a disk is full on which the engine keeps something."""
    return raglan_error(DiskFullError(str(error)))


def http_error(error: HTTPException) -> Response:
    """Answer an error of routing or of reading the request."""
    status = error.code or 500
    code = {400: 101, 413: 101, 415: 101}.get(status, status)
    message = MESSAGES.get(status, error.description or error.name)
    if isinstance(error, RequestEntityTooLarge) and body_fits():
        message = (
            f"A form may have {request.max_form_parts:,} parts and texts of"
            f" {request.max_form_memory_size:,} bytes: send fewer files at once."
        )
    response = refusal(code, message, status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    return response


def body_fits() -> bool:
    """Tell whether the body says that it is within the limit: then it is a form with too much."""
    size, most = request.content_length, request.max_content_length
    return size is not None and (most is None or size <= most)


def unexpected_error(error: Exception) -> Response:
    """Answer a defect without a word of its inside; the log has the rest."""
    log.error("A request ended in an unexpected error.", exc_info=error)
    message = "Something went wrong inside the server; its log says what, under this request id."
    return refusal(100, message, 500)


def refusal(code: int, message: str, status: int, data: object = None) -> Response:
    """Return the answer of an error: short, whatever the client has sent."""
    body: dict[str, object] = {"code": code, "message": shortened(message)}
    if data is not None and len(orjson.dumps(data)) <= MOST_BYTES:
        body["data"] = data
    return enveloped(body, status)


def shortened(message: str) -> str:
    """Return as much of a message as JSON shows in MOST_BYTES, as characters that it can show."""
    text = message[:MOST_BYTES].encode(errors="replace").decode()
    while (size := len(orjson.dumps(text))) > MOST_BYTES:
        text = text[: len(text) * MOST_BYTES // size - 1]
    return text

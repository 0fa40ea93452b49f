"""Errors to answers: each in the words and the form of the door at which it happened."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from api.errors import AuthenticationError, DiskFullError, RaglanError, TooLargeError
from api.http.context import asker, services
from api.http.contracts import door
from api.http.words import DEFECT
from api.observability.definitions import AUTHENTICATION_FAILURES
from rag.disk import is_full
from rag.errors import ChunkStoreFullError, StorageFullError

log = logging.getLogger(__name__)

DISK_FULL = "The server's disk is full: nothing can be written until it has room."


def register_errors(app: Flask) -> None:
    """Answer every exception of a page in the form of its door, with a true status."""
    app.register_error_handler(RaglanError, raglan_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OSError, system_error)
    app.register_error_handler(ChunkStoreFullError, engine_error)
    app.register_error_handler(StorageFullError, engine_error)
    app.register_error_handler(Exception, unexpected_error)


def raglan_error(error: RaglanError) -> Response:
    """Answer an error that was raised on purpose."""
    if isinstance(error, AuthenticationError):
        services().recorder.count(AUTHENTICATION_FAILURES, error.reason)
    return answered(error)


def system_error(error: OSError) -> Response:
    """Answer what the system refused: a full disk by name, all else as the defect that it is."""
    if not is_full(error):
        return unexpected_error(error)
    log.warning("A request met a full disk: %s", str(error))
    return answered(DiskFullError(DISK_FULL))


def engine_error(error: ChunkStoreFullError | StorageFullError) -> Response:
    """Answer that a disk is full on which the engine keeps something."""
    return answered(DiskFullError(str(error)))


def http_error(error: HTTPException) -> Response:
    """Answer an error of routing or of reading the request."""
    if isinstance(error, RequestEntityTooLarge) and body_fits():
        return answered(
            TooLargeError(
                f"A form may have {request.max_form_parts:,} parts and texts of"
                f" {request.max_form_memory_size:,} bytes: send fewer files at once."
            )
        )
    response = answered(error)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    return response


def body_fits() -> bool:
    """Return whether the body says that it is within the limit: then it is a form with too much."""
    size, most = request.content_length, request.max_content_length
    return size is not None and (most is None or size <= most)


def unexpected_error(error: Exception) -> Response:
    """Answer a defect without a word of its inside; the log has the rest."""
    log.error("A request ended in an unexpected error.", exc_info=error)
    return answered(RaglanError(DEFECT))


def answered(error: RaglanError | HTTPException) -> Response:
    """Return the answer of the door at which an error happened."""
    here = door()
    return here.refuse(here.told(error, request.endpoint or "", asker()))

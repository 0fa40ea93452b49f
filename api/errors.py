"""Errors of the server: one tree; each class has its HTTP status and its code on the wire."""

import math
from typing import ClassVar


class RaglanError(Exception):
    """Base of every error that a request may end in; its text is a sentence for the client.

    `data` goes into the envelope beside the message. `retry_after` is after how many seconds
    asking again may help; 0 where it does not.
    """

    status: ClassVar[int] = 500
    retry_after: int = 0
    code: int = 100

    def __init__(self, message: str, *, data: object = None, code: int | None = None) -> None:
        """Remember the sentence, what goes beside it, and a code other than the class's own."""
        super().__init__(message)
        self.message = message
        self.data = data
        if code is not None:
            self.code = code


class ArgumentError(RaglanError):
    """An argument is missing, malformed or out of range."""

    status = 400
    code = 101


class AuthenticationError(RaglanError):
    """The key or token is missing, wrong or revoked, or the password does not match."""

    status = 401
    code = 109


class ForbiddenError(RaglanError):
    """The caller is known but may not do this."""

    status = 403
    code = 103


class PermissionDeniedError(RaglanError):
    """The caller lacks permission for a dataset."""

    status = 403
    code = 108


class NotFoundError(RaglanError):
    """The thing does not exist, or belongs to somebody else."""

    status = 404
    code = 102


class ConflictError(RaglanError):
    """A rule of the data forbids this now: a duplicate name, a document being processed."""

    status = 409
    code = 102


class RuleError(RaglanError):
    """The arguments are well formed but the data's rules refuse them."""

    status = 400
    code = 102


class QuotaError(RaglanError):
    """A tenant or a dataset holds as much as it may."""

    status = 403
    code = 102


class TooLargeError(RaglanError):
    """The upload or body is over a limit."""

    status = 413
    code = 101


class SlowBodyError(RaglanError):
    """The body of the request does not come, or comes too slowly."""

    status = 408
    code = 101


class UnsupportedTypeError(RaglanError):
    """The kind of file or content is not supported."""

    status = 415
    code = 500


class RateLimitError(RaglanError):
    """Too many attempts for now; `after` is in how many seconds there may be another."""

    status = 429
    code = 100

    def __init__(self, message: str, *, after: float) -> None:
        """Remember the sentence and whole seconds, at least one."""
        super().__init__(message)
        self.retry_after = max(1, math.ceil(after))


class UnavailableError(RaglanError):
    """A part that is needed for this does not answer; trying again later may help."""

    status = 503
    retry_after = 5
    code = 105


class DiskFullError(UnavailableError):
    """A disk of the server, or that of its database, is full or down to its reserve."""

    status = 507
    retry_after = 60


class StartError(RaglanError):
    """The server cannot start; the message is one line that says what to do."""

"""The codes of the envelope and the HTTP statuses, by kind of error: where doors begin from."""

from werkzeug.exceptions import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from api import errors
from api.http.words import Case, Wording, Words
from api.things import Kind

CODES: Words = {
    Case(errors.RaglanError): Wording(code=100, status=500),
    Case(errors.RateLimitError): Wording(code=100, status=429),
    Case(errors.ArgumentError): Wording(code=101, status=400),
    Case(errors.RepeatedKeyError): Wording(code=101, status=422),
    Case(errors.SlowBodyError): Wording(code=101, status=408),
    Case(errors.TooLargeError): Wording(code=101, status=413),
    Case(errors.UnreadableFileError): Wording(code=101, status=422),
    Case(errors.RuleError): Wording(code=102, status=400),
    Case(errors.QuotaError): Wording(code=102, status=403),
    Case(errors.NotFoundError): Wording(code=102, status=404),
    Case(errors.NoPageError): Wording(code=102, status=404),
    Case(errors.ConflictError): Wording(code=102, status=409),
    Case(errors.ForbiddenError): Wording(code=103, status=403),
    Case(errors.NotAllowedError): Wording(code=103, status=403),
    Case(errors.UnavailableError): Wording(code=105, status=503),
    Case(errors.DiskFullError): Wording(code=105, status=507),
    Case(errors.AuthenticationError): Wording(code=109, status=401),
    Case(errors.NotBuiltError): Wording(code=501, status=501),
    Case(errors.NotConfiguredError): Wording(code=501, status=501),
    Case(errors.UnsupportedTypeError): Wording(code=500, status=415),
    Case(errors.NotFoundError, Kind.ADDRESS): Wording(
        "The address holds an id with a NUL character, which no id has."
    ),
    Case(errors.ForbiddenError, Kind.ACCOUNT): Wording(
        "The account waits for an administrator to approve it."
    ),
    Case(errors.ForbiddenError, Kind.INVITATION): Wording(
        "This takes an invitation: one that is not over, not taken up, and for this address."
    ),
    # What Flask finds out. The code of the others is their status.
    Case(BadRequest): Wording(code=101),
    Case(UnsupportedMediaType): Wording(code=101),
    Case(RequestEntityTooLarge): Wording(
        "The request body is larger than the server accepts.", 101
    ),
    Case(NotFound): Wording("Not Found: there is no such address."),
    Case(MethodNotAllowed): Wording(
        "Method Not Allowed: this address does not answer to this method."
    ),
}

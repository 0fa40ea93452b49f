"""What the door of SCIM says of errors; the codes stand for what SCIM calls them."""

from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from api.errors import ArgumentError, TakenError
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.services.provisioning.errors import (
    InvalidFilterError,
    InvalidPathError,
    InvalidValueError,
    MutabilityError,
    NoTargetError,
    StaleVersionError,
)
from api.things import Kind

OWN: Words = {
    Case(ArgumentError): Wording(code=111),
    Case(BadRequest): Wording(code=111),
    Case(UnsupportedMediaType): Wording(code=111),
    Case(InvalidFilterError): Wording(code=112, status=400),
    Case(InvalidPathError): Wording(code=113, status=400),
    Case(NoTargetError): Wording(code=114, status=400),
    Case(InvalidValueError): Wording(code=115, status=400),
    Case(MutabilityError): Wording(code=116, status=400),
    Case(TakenError): Wording(code=117, status=409),
    Case(TakenError, Kind.ACCOUNT): Wording("There is an account {name} already.", 117, 409),
    Case(StaleVersionError): Wording(code=102, status=412),
}

WORDS = extended(CODES, OWN)

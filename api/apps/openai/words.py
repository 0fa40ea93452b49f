"""What OpenAI's door says of errors; statuses are what its clients decide by."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import (
    InvalidKeyError,
    Kind,
    MissingKeyError,
    NotFoundError,
    UnauthorizedModelError,
    UnknownModelError,
)
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended

OWN: Words = {
    Case(MissingKeyError): Wording("You did not send an API key: `Authorization: Bearer <key>`."),
    Case(InvalidKeyError): Wording("The API key is not valid."),
    Case(NotFoundError, Kind.CHAT): Wording(
        "There is no model {ids}: GET /v1/models lists the assistants that answer."
    ),
    Case(UnknownModelError): Wording(
        "There is no model {name}: GET /v1/models lists those that embed.", 102, 404
    ),
    Case(UnauthorizedModelError): Wording(
        "The model {name} cannot be used: its provider has no key here.", 102, 404
    ),
    Case(NotFound): Wording("There is no such address: clients take https://HOST:PORT/v1 as base."),
    Case(MethodNotAllowed): Wording("This address does not answer to this method."),
}

WORDS = extended(CODES, OWN)

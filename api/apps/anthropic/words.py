"""What Anthropic's door says of errors; statuses are what its clients decide by."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import InvalidKeyError, MissingKeyError, NotFoundError
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

OWN: Words = {
    Case(MissingKeyError): Wording("You did not send an API key: `x-api-key: <key>`."),
    Case(InvalidKeyError): Wording("The API key is not valid."),
    Case(NotFoundError, Kind.CHAT): Wording(
        "There is no model {ids}: GET /v1/models lists the assistants that answer."
    ),
    Case(NotFound): Wording("There is no such address: clients take https://HOST:PORT as base."),
    Case(MethodNotAllowed): Wording("This address does not answer to this method."),
}

WORDS = extended(CODES, OWN)

"""What Ollama's door says of errors."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import (
    InvalidKeyError,
    MissingKeyError,
    NotFoundError,
    UnauthorizedModelError,
    UnknownModelError,
)
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

OWN: Words = {
    Case(MissingKeyError): Wording(
        "An API key is needed: send `Authorization: Bearer <key>`, or name the account for clients"
        " without keys in the setting auth.ollama_account."
    ),
    Case(InvalidKeyError): Wording("The API key is not valid."),
    Case(NotFoundError, Kind.CHAT): Wording("model '{ids}' not found"),
    Case(UnknownModelError): Wording("model '{name}' not found", 102, 404),
    Case(UnauthorizedModelError): Wording("model '{name}' not found", 102, 404),
    Case(NotFound): Wording("There is no such address."),
    Case(MethodNotAllowed): Wording("This address does not answer to this method."),
}

WORDS = extended(CODES, OWN)

"""What the door of reranking says of errors; statuses are what its clients decide by."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import InvalidKeyError, MissingKeyError, UnauthorizedModelError, UnknownModelError
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended

OWN: Words = {
    Case(MissingKeyError): Wording("You did not send an API key: `Authorization: Bearer <key>`."),
    Case(InvalidKeyError): Wording("The API key is not valid."),
    Case(UnknownModelError): Wording(
        "There is no rerank model {name}: leave `model` out for the one that is configured.",
        102,
        404,
    ),
    Case(UnauthorizedModelError): Wording(
        "The rerank model {name} cannot be used: its provider has no key here.", 102, 404
    ),
    Case(NotFound): Wording("There is no such address: texts are ranked at /v1/rerank."),
    Case(MethodNotAllowed): Wording("Texts are ranked by POST."),
}

WORDS = extended(CODES, OWN)

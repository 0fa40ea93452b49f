"""What OpenAI's door says of errors; statuses are what its clients decide by."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import (
    ForbiddenError,
    InvalidKeyError,
    MissingKeyError,
    NotFoundError,
    UnauthorizedModelError,
    UnknownModelError,
    UnsupportedTypeError,
    UnusableRerankerError,
)
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

OWN: Words = {
    Case(MissingKeyError): Wording("You did not send an API key: `Authorization: Bearer <key>`."),
    Case(InvalidKeyError): Wording("The API key is not valid."),
    Case(NotFoundError, Kind.CHAT): Wording(
        "There is no model {ids}: GET /v1/models lists the assistants that answer."
    ),
    Case(NotFoundError, Kind.CHAT, "completions"): Wording(
        "There is no assistant {ids}: assistants alone complete a prompt, plain models answer at"
        " /v1/chat/completions."
    ),
    Case(NotFoundError, Kind.DATASET): Wording("There is no vector store {ids}.", 404),
    Case(NotFoundError, Kind.FILE): Wording("There is no file {ids}.", 404),
    Case(NotFoundError, Kind.DOCUMENT): Wording("There is no file {ids}.", 404),
    Case(NotFoundError, Kind.BATCH): Wording("There is no batch {ids}.", 404),
    Case(NotFoundError, Kind.RESPONSE): Wording(
        "There is no response {ids}: it was not stored, was deleted, or is too old.", 404
    ),
    Case(ForbiddenError, Kind.FILE): Wording(
        "The file {ids} was put into its vector store as it is: delete it there, and upload it to"
        " /v1/files for others."
    ),
    Case(ForbiddenError, Kind.DATASET): Wording(
        "The vector store {ids} is somebody else's, who shares it."
    ),
    Case(UnusableRerankerError): Wording(
        "ranking_options.ranker: there is no rerank model {name} to be used; `auto` and `none` need"
        " none."
    ),
    Case(UnsupportedTypeError): Wording("{name}: files of this kind cannot be read.", 102, 400),
    Case(UnknownModelError): Wording(
        "There is no model {name}: GET /v1/models lists the assistants and models.", 102, 404
    ),
    Case(UnauthorizedModelError): Wording(
        "The model {name} cannot be used: its provider has no key here.", 102, 404
    ),
    Case(NotFound): Wording("There is no such address: clients take https://HOST:PORT/v1 as base."),
    Case(MethodNotAllowed): Wording("This address does not answer to this method."),
}

WORDS = extended(CODES, OWN)

"""What the door of MCP says of errors: codes of JSON-RPC, and sentences for models and people."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import (
    ArgumentError,
    InvalidKeyError,
    MissingKeyError,
    NotAllowedError,
    RaglanError,
)
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.schemas.mcp.protocol import Code

OWN: Words = {
    Case(RaglanError): Wording(code=Code.INTERNAL),
    Case(ArgumentError): Wording(code=Code.PARSE),
    Case(NotAllowedError): Wording(code=Code.REQUEST),
    Case(MissingKeyError): Wording(
        "An API key is needed: send the header `Authorization: Bearer <API key>`.", Code.REQUEST
    ),
    Case(InvalidKeyError): Wording("The API key is not valid.", Code.REQUEST),
    Case(NotFound): Wording("There is no such address: MCP is at /mcp.", Code.REQUEST),
    Case(MethodNotAllowed): Wording(
        "There are no streams and no sessions here: send each message by POST.", Code.REQUEST
    ),
}

WORDS = extended(CODES, OWN)

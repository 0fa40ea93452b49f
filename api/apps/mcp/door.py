"""The door of MCP, at /mcp: one JSON-RPC message in, one JSON answer out."""

from flask import Response

from api.apps.mcp.words import WORDS
from api.http.authentication import bearer
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Told
from api.schemas.mcp.protocol import present_error


def refused(what: Told) -> Response:
    """Answer what did not become an answer to a message."""
    return plain(present_error(what.code, what.message, what.data), what.status)


DOOR = Door(
    name="mcp",
    prefix="/mcp",
    authenticate=bearer,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
)

key_required = DOOR.guarded

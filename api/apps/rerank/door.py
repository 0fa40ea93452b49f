"""The door of reranking, at the addresses that clients of Cohere, Jina and TEI ask.

Cohere's clients add `/v1` or `/v2` to their base, and some people's base has `/v1` already.
"""

from flask import Response

from api.apps.rerank.words import WORDS
from api.http.authentication import bearer
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Told
from api.schemas.rerank.ranking import present_refusal


def refused(what: Told) -> Response:
    """Answer an error."""
    return plain(present_refusal(what.code, what.message), what.status)


DOOR = Door(
    name="rerank",
    prefix="",
    paths=("/v1/rerank", "/v2/rerank", "/rerank", "/v1/v2/rerank"),
    authenticate=bearer,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
)

key_required = DOOR.guarded
success = DOOR.success

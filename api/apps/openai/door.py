"""The door of OpenAI's API, at /v1 beside the console's pages.

Some people leave `/v1` out of the base address, and some clients add it once more: both get there.
"""

from dataclasses import replace

from flask import Response

from api.apps.openai.words import WORDS
from api.http.authentication import bearer, bearer_or_own_header
from api.http.door import Door
from api.http.framing import Framing
from api.http.responses import as_it_is, plain
from api.http.words import Told
from api.schemas.failures import present_failure, present_openai
from api.schemas.openai.chat import failure_object

NOUNS = (
    *("chat", "completions", "responses", "models", "embeddings"),
    *("files", "vector_stores"),
)


def refused(what: Told) -> Response:
    """Answer an error in both forms: JavaScript clients read the inner, Python ones show all."""
    inner = present_failure(what.status, what.code, what.message)
    return plain(present_openai(what.code, what.message, inner), what.status)


DOOR = Door(
    name="openai",
    prefix="",
    paths=tuple(f"{base}/{noun}" for base in ("/v1", "", "/v1/v1") for noun in NOUNS),
    authenticate=bearer,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=Framing(failure_object, b"data:[DONE]\n\n"),
)

key_required = DOOR.guarded
any_key_required = replace(DOOR, authenticate=bearer_or_own_header).guarded
"""The same for a page at which Anthropic's clients ask, too."""

success = DOOR.success


def bases(path: str) -> tuple[str, str, str]:
    """Return the addresses at which a path is found, the right one first."""
    return f"/v1{path}", path, f"/v1/v1{path}"

"""The door of Ollama's API, whose clients mostly know no keys.

A request without a key stands for the account in `auth.ollama_account`, if one is named there.
"""

from flask import Response, request

from api.apps.ollama.words import WORDS
from api.http.authentication import bearer
from api.http.context import services
from api.http.door import Credential, Door
from api.http.framing import Framing
from api.http.pace import TENANT
from api.http.responses import as_it_is, plain
from api.http.words import Told
from api.schemas.ollama.chat import SIGN, failure, line
from api.services.accounts.records import Principal


def keyed_or_named() -> Principal:
    """Return whose key the request carries; without one, who is named in the settings."""
    email = services().live.current.auth.ollama_account
    if not email or request.headers.get("Authorization"):
        return bearer()
    found = services().accounts.accounts.standing_for(email)
    request.environ[TENANT] = found.tenant_id
    return found


def refused(what: Told) -> Response:
    """Answer an error."""
    return plain(failure(what.message), what.status)


DOOR = Door(
    name="ollama",
    prefix="/api",
    paths=tuple(
        f"/api/{noun}"
        for noun in (
            "chat",
            "generate",
            "tags",
            "show",
            "version",
            "ps",
            "embed",
            "embeddings",
        )
    ),
    authenticate=keyed_or_named,
    credentials=(Credential.BEARER, Credential.NONE),
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=Framing(failure, b"", SIGN, line, "application/x-ndjson"),
)

key_required = DOOR.guarded
success = DOOR.success

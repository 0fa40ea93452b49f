"""The door of the descriptions, at /openapi.json and /docs, which anybody may read."""

from api.http.authentication import bearer
from api.http.codes import CODES
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, refusal

DOOR = Door(
    name="docs",
    prefix="",
    paths=("/openapi.json", "/openapi", "/docs"),
    authenticate=bearer,
    words=CODES,
    success=as_it_is,
    error=refusal,
    stream=CHAT,
)

"""The door of the console: RAGFlow's own pages of accounts, models and the server, under /v1."""

from dataclasses import replace

from api.apps.words import WORDS
from api.http.authentication import bearer, bearer_or_cookie
from api.http.door import Door
from api.http.responses import CHAT, refusal
from api.http.responses import success as envelope

DOOR = Door(
    name="console",
    prefix="/v1",
    suffix="_app",
    authenticate=bearer,
    words=WORDS,
    success=envelope,
    error=refusal,
    stream=CHAT,
)

login_required = DOOR.guarded
file_login_required = replace(DOOR, authenticate=bearer_or_cookie).guarded
"""The same for pages that show a file, to which browsers send the session as a cookie."""

success = DOOR.success

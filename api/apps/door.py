"""The door of the console: RAGFlow's own pages of accounts, models and the server, under /v1."""

from api.apps.words import WORDS
from api.http.authentication import bearer
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
success = DOOR.success

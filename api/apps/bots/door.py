"""The door of bots: assistants and search apps on pages that are shown to anybody.

It lets in whoever has the token of a bot, which opens nothing else.
"""

from api.apps.bots.words import WORDS
from api.http.authentication import bot
from api.http.door import Door
from api.http.responses import CHAT, refusal
from api.http.responses import success as envelope

DOOR = Door(
    name="bots",
    prefix="/api/v1",
    paths=("/api/v1/chatbots", "/api/v1/searchbots"),
    authenticate=bot,
    words=WORDS,
    success=envelope,
    error=refusal,
    stream=CHAT,
)

bot_required = DOOR.guarded
success = DOOR.success

"""The door of shared assistants: their pages, and what these ask.

The token of a share stands in the address; it opens one assistant, and nothing else.
"""

from api.apps.share.words import WORDS
from api.http.door import Door
from api.http.responses import CHAT
from api.http.responses import success as envelope
from api.http.visitors import visitor
from api.web.shares import refused

DOOR = Door(
    name="share",
    prefix="/share",
    authenticate=visitor,
    credentials=(),
    words=WORDS,
    success=envelope,
    error=refused,
    stream=CHAT,
    for_programs=False,
)

visitors_only = DOOR.guarded
success = DOOR.success

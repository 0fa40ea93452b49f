"""The door of the console that people have in their browsers, at /console.

It sends a shell, modules and style. All else the console gets from /api/v1, as any client does.
"""

from api.http.authentication import console_session
from api.http.codes import CODES
from api.http.door import Credential, Door
from api.http.responses import CHAT, as_it_is
from api.web.addresses import BASE
from api.web.answers import refused

DOOR = Door(
    name="web",
    prefix="",
    paths=("/", BASE),
    authenticate=console_session,
    credentials=(Credential.COOKIE,),
    words=CODES,
    success=as_it_is,
    error=refused,
    stream=CHAT,
    for_programs=False,
)

signed_in_only = DOOR.guarded

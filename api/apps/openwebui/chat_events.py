"""What programs beside the front end tell of messages in chats."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.chat_telling import tell_others
from api.http.context import principal, services
from api.http.process import web_process
from api.http.requests import json_body
from api.schemas.openwebui.conversation import EventRequest, key_of
from api.schemas.openwebui.events import present_told
from api.schemas.openwebui.session import present_truth

blueprint = Blueprint("chat_events", __name__)


@blueprint.post("/api/v1/chats/<conversation_id>/messages/<message_id>/event")
@signed_in_only
def tell(conversation_id: str, message_id: str) -> Response:
    """Tell of a message, the asker's sockets and all who are in its chat, and keep what stays."""
    given, asker, chat_id = json_body(EventRequest), principal(), key_of(conversation_id)
    services().webui.message_events.add(asker, chat_id, message_id, given.type, given.data)
    answers = web_process().answers
    if answers is not None:
        told = present_told(chat_id, message_id, given.type, given.data)
        answers.tells.tell(asker.user_id, told)
        if services().webui.shares.is_open(chat_id):
            tell_others(chat_id, told)
    return success(present_truth(value=True))

"""Events that tell people of each other in a chat."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from api.schemas.openwebui.conversation import dashed, history_of
from api.schemas.openwebui.events import Event, present_told
from api.schemas.openwebui.folder import present_unread
from api.services.webui.records import Conversation

MOST_HISTORY = 256 << 10
"""Bytes of the messages of a chat that are told; a longer one is to be read anew."""


class Present(NamedTuple):
    """Somebody who is in a chat."""

    user_id: str
    name: str


def present_shared(chat_id: str, user_id: str | None, kind: str, data: object) -> Event:
    """Return an event for all who are in a chat; `user_id` is who has caused it, if one has."""
    return {
        "chat_id": dashed(chat_id),
        "message_id": None,
        "shared": True,
        "user_id": user_id,
        "data": {"type": kind, "data": data},
    }


def present_presence(chat_id: str, people: Sequence[Present]) -> Event:
    """Return who is in a chat."""
    users = [{"id": one.user_id, "name": one.name} for one in people]
    return present_shared(chat_id, None, "chat:presence", {"users": users})


def present_typing(chat_id: str, who: Present, *, typing: bool) -> Event:
    """Return that somebody is writing, or no longer."""
    data = {"typing": typing, "user": {"id": who.user_id, "name": who.name}}
    return present_shared(chat_id, who.user_id, "typing", data)


def present_read(chat_id: str, folder_id: str, counts: Mapping[str, int], read_ms: int) -> Event:
    """Return that somebody has read a chat, for their own sockets."""
    data = present_unread(chat_id, folder_id, counts, read_ms // 1000)
    return {
        "chat_id": dashed(chat_id),
        "message_id": None,
        "data": {"type": "chat:list", "data": data},
    }


def present_messages_of(found: Conversation) -> Event:
    """Return how the messages of a chat hang together now, or that it is to be read anew."""
    history = {"currentId": found.tree.current_id or None, "messages": history_of(found)}
    text = orjson.dumps(history)
    if len(text) > MOST_HISTORY:
        return present_told(found.row.id, found.tree.current_id, "chat:reload", {})
    told = orjson.loads(text)  # other processes are told by an encoder that takes objects alone
    return present_told(found.row.id, found.tree.current_id, "chat:messages", told)


def present_access(chat_id: str) -> Event:
    """Return that it has changed who may do what in a chat."""
    return present_shared(chat_id, None, "chat:access", {})


def present_missed(chat_id: str) -> Event:
    """Return that a chat is to be read anew: something may not have been told."""
    return present_shared(chat_id, None, "chat:reload", {})

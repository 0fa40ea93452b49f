"""Events that tell people what happens in channels."""

import orjson

from api.schemas.openwebui.channel import present_row
from api.schemas.openwebui.channel_message import MOST_SAID, present_author, present_message
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.events import Event
from api.services.channels.records import Author, ChannelRow, Posted

NOTHING: Event = {}


def present_event(
    channel: ChannelRow, kind: str, data: object, message_id: str = "", who: Author | None = None
) -> Event:
    """Return an event about a channel, or about a message of it."""
    return {
        "channel_id": dashed(channel.id),
        "message_id": dashed(message_id) if message_id else None,
        "data": {"type": kind, "data": data},
        "user": present_author(who),
        "channel": {**present_row(channel), "data": {}, "meta": {}},
    }


def present_posted(
    posted: Posted, kind: str, who: Author | None = None, more: Event = NOTHING
) -> Event:
    """Return an event about a message, as long as it may be to go to other processes."""
    shown = present_message(posted.message)
    told: Event = {**shown, "content": shown["content"][:MOST_SAID], **more}
    if len(orjson.dumps(shown["meta"])) > MOST_SAID:
        told = {**told, "meta": {}}
    author = who or posted.message.author
    return present_event(posted.channel, kind, told, posted.message.row.id, author)


def present_reply_told(posted: Posted) -> Event | None:
    """Return that the thread of a message has changed; None for one that is in none."""
    if posted.parent is None:
        return None
    parent = Posted(posted.channel, posted.parent)
    return present_posted(parent, "message:reply", posted.message.author)


def present_typing(channel_id: str, message_id: str, who: Author, *, typing: bool) -> Event:
    """Return that somebody is writing, or no longer."""
    return {
        "channel_id": dashed(channel_id),
        "message_id": dashed(message_id) if message_id else None,
        "data": {"type": "typing", "data": {"typing": typing}},
        "user": present_author(who),
    }

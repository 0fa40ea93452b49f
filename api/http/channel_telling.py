"""Tells people what happens in channels, through the sockets of all processes, if there are any."""

from collections.abc import Iterable

from api.errors import NotConfiguredError
from api.http.channel_answering import ChannelAnswers
from api.http.channel_rooms import ChannelRooms
from api.http.context import principal, services
from api.http.process import web_process
from api.schemas.openwebui.channel import present_row
from api.schemas.openwebui.channel_events import (
    NOTHING,
    present_event,
    present_posted,
    present_reply_told,
)
from api.schemas.openwebui.events import Event
from api.services.channels.answers import called
from api.services.channels.records import Channel, ChannelKind, ChannelRow, Posted

NO_ANSWERS = "Models answer in channels where a front end is served (setting frontend.dir)."


def rooms() -> ChannelRooms | None:
    """Return the rooms of this process, if it holds sockets."""
    sockets = web_process().sockets
    return sockets.channels if sockets is not None else None


def answers_for(content: str) -> ChannelAnswers | None:
    """Return what makes answers where a message calls models, before it is posted.

    Raises RuleError where it calls too many, and NotConfiguredError where none is made.
    """
    if not called(content):
        return None
    found = web_process().channel_answers
    if found is None:
        raise NotConfiguredError(NO_ANSWERS)
    return found


def tell_message(posted: Posted, kind: str, more: Event = NOTHING) -> None:
    """Tell all who read a channel of a message, and of the thread that it is in."""
    hearing = rooms()
    if hearing is None:
        return
    hearing.tell(posted.channel.id, present_posted(posted, kind, more=more))
    reply = present_reply_told(posted)
    if reply is not None and kind in {"message", "message:delete"}:
        hearing.tell(posted.channel.id, reply)


def begin_answers(posted: Posted, making: ChannelAnswers) -> None:
    """Let the models that a message calls answer it."""
    for place, wanted in services().channels.answers.begin(principal(), posted):
        tell_message(place, "message")
        making.begin(principal(), place, wanted)


def tell_channel(
    channel: Channel | ChannelRow, people: Iterable[str] = (), kind: str = "channel:created"
) -> None:
    """Have all processes look who hears of a channel; tell who did, who does, and these people.

    Clients read their lists again then, whatever has changed of a channel.
    """
    hearing = rooms()
    if hearing is None:
        return
    row = channel.row if isinstance(channel, Channel) else channel
    event = present_event(row, kind, present_row(row))
    hearing.tell(row.id, event)
    hearing.readers_changed(row.id)
    if row.kind == ChannelKind.STANDARD:
        hearing.tell(row.id, event)
    for one in people:
        hearing.tell_person(one, event)


def tell_muted(channel: Channel) -> None:
    """Tell the asker that they hear of a channel no more, or again."""
    hearing = rooms()
    if hearing is not None:
        data = {"is_muted": channel.standing.is_muted}
        event = present_event(channel.row, "channel:mute", data)
        hearing.tell_person(principal().user_id, event)

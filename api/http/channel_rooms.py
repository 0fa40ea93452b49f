"""The rooms in which sockets hear of channels, and what clients say there."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from api.container import Services
from api.errors import RaglanError
from api.http.holding import Holds
from api.schemas.openwebui.channel_events import present_typing
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.events import Event
from api.services.accounts.records import Principal
from api.services.channels.records import Author

log = logging.getLogger(__name__)

NAME = "events:channel"
PREFIX = "channel:"

SAID = "message"
"""How the kinds of events begin that hold what is said."""

LOOK = ""
"""In the place of an event: that all processes look anew who may be in a room."""

LOOK_EVERY = 60.0
"""Seconds between two looks at who may be in the rooms of channels: groups of people change."""

TYPED_EVERY = 0.2
"""Seconds between two words of a client that somebody is writing: more are passed over."""

Data = Mapping[str, Any] | None


class ChannelRooms:
    """Says who of this process hears of which channel, and tells them through all processes."""

    def __init__(self, sockets: Holds, services: Services) -> None:
        """Initialize with the sockets of the process."""
        self.sockets = sockets
        self.channels = services.channels.channels
        self.people = services.accounts.accounts
        self.typed: dict[str, float] = {}

    # Who is in which room.

    def enter(self, sid: str, asker: Principal) -> None:
        """Let a client hear of all channels that somebody may read, and of no others."""
        try:
            wanted = {room_of(one) for one in self.channels.ids_of(asker)}
        except RaglanError as error:
            log.warning("A client hears of no channels for a while: %s", error)
            return
        server = self.sockets.server
        before = {room for room in server.rooms(sid) if room.startswith(PREFIX)}
        for room in before - wanted:
            server.leave_room(sid, room)
        for room in wanted - before:
            server.enter_room(sid, room)

    def may_tell(self, name: str, data: Data, room: str) -> bool:
        """Return whether those in a room may hear an event now.

        What is said in a channel can come here before word of who may no longer read it: so who
        may is looked at before each message.
        """
        what = (data or {}).get("data")
        kind = str(what.get("type", "")) if isinstance(what, Mapping) else ""
        return name != NAME or not kind.startswith(SAID) or self.look(room)

    def look(self, room: str) -> bool:
        """Look anew who of this process may be in the room of a channel; return whether one can."""
        server = self.sockets.server
        whose = dict(self.connected())
        if not whose:
            return True
        try:
            may = self.channels.readers(room.removeprefix(PREFIX), set(whose.values()))
        except RaglanError as error:
            log.warning("Who hears of a channel cannot be seen: %s", error)
            return False
        inside = {sid for sid, _ in list(server.manager.get_participants("/", room))}
        for sid, user_id in whose.items():
            if user_id in may and sid not in inside:
                server.enter_room(sid, room)
            elif user_id not in may and sid in inside:
                server.leave_room(sid, room)
        return True

    def connected(self) -> list[tuple[str, str]]:
        """Return who is connected to this process, by their sockets."""
        found = []
        for sid, _ in list(self.sockets.server.manager.get_participants("/", None)):
            asker = self.sockets.asker_of(sid)
            if asker is not None:
                found.append((sid, asker.user_id))
        return found

    def look_all(self) -> None:
        """Look again and again who may be in the rooms of channels."""
        while True:
            time.sleep(LOOK_EVERY)
            self.typed.clear()
            rooms = list(self.sockets.server.manager.rooms.get("/", {}))
            for room in [one for one in rooms if one and one.startswith(PREFIX)]:
                self.look(room)

    # What they are told.

    def readers_changed(self, channel_id: str) -> None:
        """Have all processes look who may read a channel now."""
        self.sockets.tell_room(LOOK, {}, room_of(channel_id))

    def tell(self, channel_id: str, event: Event, without: str | None = None) -> None:
        """Tell all who hear of a channel."""
        self.sockets.tell_room(NAME, event, room_of(channel_id), without)

    def tell_person(self, user_id: str, event: Event) -> None:
        """Tell a person of a channel, whether they have heard of it or not."""
        self.sockets.tell_room(NAME, event, f"user:{user_id}")

    # What clients send.

    def take(self, sid: str, data: Data = None) -> bool:
        """Pass on that somebody writes, or note what they have read; return whether they may."""
        asker = self.sockets.asker_of(sid)
        what = (data or {}).get("data")
        if asker is None or not isinstance(what, dict):
            return False
        channel_id = key_of(str((data or {}).get("channel_id", "")))
        message_id = str((data or {}).get("message_id") or "")
        if room_of(channel_id) not in self.sockets.server.rooms(sid):
            return False
        try:
            if what.get("type") == "typing":
                self.pass_on(sid, asker, channel_id, message_id, what)
            elif what.get("type") == "last_read_at":
                self.channels.mark_read(asker, channel_id)
        except (RaglanError, ValueError):
            return False
        return True

    def pass_on(
        self, sid: str, asker: Principal, channel_id: str, message_id: str, what: Mapping[str, Any]
    ) -> None:
        """Tell the others in a channel that somebody writes."""
        given = what.get("data")
        typing = bool(given.get("typing")) if isinstance(given, dict) else True
        now = time.monotonic()
        if typing and now - self.typed.get(sid, 0) < TYPED_EVERY:
            return
        self.typed[sid] = now
        profile = self.people.profile_of(asker.user_id)
        role = "admin" if profile.is_superuser else "user"
        who = Author(asker.user_id, profile.nickname, role)
        event = present_typing(channel_id, key_of(message_id)[:64], who, typing=typing)
        self.tell(channel_id, event, sid)


def room_of(channel_id: str) -> str:
    """Return the room in which people hear of a channel."""
    return f"{PREFIX}{channel_id}"

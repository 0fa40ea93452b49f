"""The rooms of chats: who is in one, who writes there, and what somebody has read.

Each process knows its own sockets, and is told by the others who is in the rooms that it has.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from api.container import Services
from api.errors import RaglanError
from api.http.channel_rooms import LOOK
from api.http.holding import Holds
from api.schemas.openwebui.chat_room import (
    Present,
    present_missed,
    present_presence,
    present_read,
    present_typing,
)
from api.schemas.openwebui.conversation import key_of
from api.services.accounts.records import Principal

log = logging.getLogger(__name__)

NAME = "events"
PREFIX = "chat:"

PRESENT = "present"
"""In the place of an event: who of this process is in rooms, for the other processes."""

KNOWN_FOR = 35.0
"""Seconds for which the word of a process holds; it comes every ten seconds, and a process dies."""

MOST_ROOMS = 100
"""Chats in which a client is at once, at most."""

TOLD_AT_ONCE = 500
"""Rooms of a word to other processes, at most."""

TYPED_EVERY = 0.2
"""Seconds between two words of a client that somebody is writing: more are passed over."""

Data = Mapping[str, Any] | None


class Heard(NamedTuple):
    """Who is in a room by the word of another process, and when that came (monotonic, in s)."""

    people: frozenset[Present]
    when: float


class ChatRooms:
    """Says who is in which chat, and tells these through all processes."""

    def __init__(self, sockets: Holds, services: Services) -> None:
        """Initialize with the sockets of the process."""
        self.sockets = sockets
        self.services = services
        self.here: dict[str, dict[str, Present]] = {}
        self.there: dict[str, dict[str, Heard]] = {}
        self.rooms: dict[str, set[str]] = {}
        self.typed: dict[str, float] = {}

    # What clients send.

    def take(self, sid: str, data: object = None) -> bool:
        """Let somebody in or out, or note what they do; return whether they may."""
        given = data if isinstance(data, dict) else {}
        asker, what = self.sockets.asker_of(sid), given.get("data")
        if asker is None or not isinstance(what, dict):
            return False
        chat_id = key_of(str(given.get("chat_id", "")))
        try:
            match what.get("type"):
                case "join":
                    return self.join(sid, asker, chat_id)
                case "leave":
                    return self.leave(sid, room_of(chat_id))
                case "typing":
                    return self.pass_on(sid, chat_id, what)
                case "last_read_at":
                    return self.read(asker, chat_id)
        except RaglanError as error:
            log.info("What somebody does in a chat is refused: %s", error)
        return False

    def join(self, sid: str, asker: Principal, chat_id: str) -> bool:
        """Let somebody be in a chat that they may read."""
        room = room_of(chat_id)
        if not self.services.webui.shares.is_readable(asker, chat_id):
            return False
        name = self.services.accounts.accounts.profile_of(asker.user_id).nickname
        mine = self.rooms.setdefault(sid, set())
        is_gone = not self.sockets.server.manager.is_connected(sid, "/")
        if is_gone or len(mine | {room}) > MOST_ROOMS:
            if not mine:
                del self.rooms[sid]
            return False
        is_new = room not in self.here
        self.sockets.server.enter_room(sid, room)
        self.here.setdefault(room, {})[sid] = Present(asker.user_id, name)
        mine.add(room)
        self.say([room], asks=is_new)
        self.show(room)
        return True

    def leave(self, sid: str, room: str) -> bool:
        """Let somebody be in a chat no more; return whether they were."""
        if room not in self.rooms.get(sid, ()):
            return False
        self.sockets.server.leave_room(sid, room)
        self.left(sid, room)
        return True

    def gone(self, sid: str) -> None:
        """Tell the others in all chats in which somebody was that they are gone."""
        self.typed.pop(sid, None)
        for room in list(self.rooms.get(sid, ())):
            self.left(sid, room)

    def pass_on(self, sid: str, chat_id: str, what: Mapping[str, Any]) -> bool:
        """Tell the others in a chat that somebody writes."""
        who = self.here.get(room_of(chat_id), {}).get(sid)
        if who is None:
            return False
        inner = what.get("data")
        typing = bool((inner if isinstance(inner, dict) else what).get("typing", True))
        now = time.monotonic()
        if not typing or now - self.typed.get(sid, 0) >= TYPED_EVERY:
            self.typed[sid] = now
            told = present_typing(chat_id, who, typing=typing)
            self.sockets.tell_room(NAME, told, room_of(chat_id), sid)
        return True

    def read(self, asker: Principal, chat_id: str) -> bool:
        """Note that somebody has read a chat of theirs, and tell their sockets."""
        kept, now = self.services.webui.conversations, time.time_ns() // 1_000_000
        row = kept.row(asker, chat_id)
        kept.mark_read(asker, chat_id, now)
        counts = self.services.webui.folders.unread(asker)
        told = present_read(chat_id, row.folder, counts, now)
        self.sockets.tell_room(NAME, told, f"user:{asker.user_id}")
        return True

    # Who is in which room.

    def look(self, sid: str) -> None:
        """Let somebody be no more in chats that they may read no more."""
        for room in list(self.rooms.get(sid, ())):
            self.check(sid, room)

    def look_at(self, room: str) -> None:
        """Let those of this process be in a chat no more who may read it no more."""
        for sid in list(self.here.get(room, ())):
            self.check(sid, room)

    def check(self, sid: str, room: str) -> None:
        """Let somebody be in a chat no more who may read it no more."""
        asker = self.sockets.asker_of(sid)
        chat_id = room.removeprefix(PREFIX)
        try:
            if asker is None or not self.services.webui.shares.is_readable(asker, chat_id):
                self.leave(sid, room)
        except RaglanError as error:
            log.warning("Whether a chat may be read cannot be seen: %s", error)

    def left(self, sid: str, room: str) -> None:
        """Forget that somebody is in a chat, and tell the others."""
        self.rooms[sid].discard(room)
        if not self.rooms[sid]:
            del self.rooms[sid]
        del self.here[room][sid]
        self.say([room])
        if self.here[room]:
            self.show(room)
        else:
            del self.here[room]
            self.there.pop(room, None)

    def people(self, room: str) -> list[Present]:
        """Return who is in a chat, through whichever process, each once, by name."""
        now = time.monotonic()
        found = set(self.here.get(room, {}).values())
        for heard in self.there.get(room, {}).values():
            if now - heard.when < KNOWN_FOR:
                found |= heard.people
        by_id = {one.user_id: one for one in sorted(found)}
        return sorted(by_id.values(), key=lambda one: (one.name, one.user_id))

    def own(self, data: object, room: str) -> list[str]:
        """Return the sockets in a room of who has caused an event that is for the others."""
        if not isinstance(data, dict) or not data.get("shared"):
            return []
        here = self.here.get(room, {})
        return [sid for sid, who in list(here.items()) if who.user_id == data.get("user_id")]

    def room(self, chat_id: str) -> str:
        """Return the room in which people are in a chat."""
        return room_of(chat_id)

    def make_up(self) -> None:
        """Tell those of this process to read chats anew in which others write, too."""
        for room in list(self.here):
            chat_id = room.removeprefix(PREFIX)
            if self.services.webui.shares.is_open(chat_id):
                event = present_missed(chat_id)
                self.sockets.server.emit(NAME, event, room=room, ignore_queue=True)

    def readers_changed(self, chat_id: str) -> None:
        """Have all processes look who may be in a chat."""
        self.sockets.tell_room(LOOK, {}, room_of(chat_id))

    # What processes tell each other, and those in a room.

    def show(self, room: str) -> None:
        """Tell those of this process in a chat who is in it."""
        told = present_presence(room.removeprefix(PREFIX), self.people(room))
        self.sockets.server.emit(NAME, told, room=room, ignore_queue=True)

    def say(self, rooms: Iterable[str], *, asks: bool = False) -> None:
        """Tell the other processes who of this one is in rooms, and ask who of theirs is."""
        told = {room: sorted(set(self.here.get(room, {}).values())) for room in rooms}
        self.sockets.tell_room(PRESENT, {"rooms": told, "asks": asks}, "")

    def hear(self, host: str, word: Mapping[str, Any]) -> None:
        """Take the word of another process on who is in rooms."""
        for room, given in word["rooms"].items():
            if room not in self.here:
                continue
            before = self.people(room)
            people = frozenset(Present(*one) for one in given)
            self.there.setdefault(room, {})[host] = Heard(people, time.monotonic())
            if word["asks"]:
                self.say([room])
            if self.people(room) != before:
                self.show(room)

    def renew(self) -> None:
        """Tell the other processes anew who is here, and forget those that say nothing."""
        rooms = list(self.here)
        for start in range(0, len(rooms), TOLD_AT_ONCE):
            self.say(rooms[start : start + TOLD_AT_ONCE])
        now = time.monotonic()
        for room, hosts in list(self.there.items()):
            old = [host for host, heard in hosts.items() if now - heard.when >= KNOWN_FOR]
            for host in old:
                del hosts[host]
            if old:
                self.show(room)


def room_of(chat_id: str) -> str:
    """Return the room in which people are in a chat."""
    return f"{PREFIX}{chat_id}"

"""Notes in which several people write at once: the events `ydoc:*` of Open WebUI's front end.

Loaded with the sockets, and pycrdt with it. A note's document is of Yjs; what is written in it is
kept and passed on as it comes, and put together from time to time.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gevent
from pycrdt import Doc, get_state, merge_updates

from api.container import Services
from api.errors import ArgumentError, ForbiddenError, NotFoundError, RaglanError
from api.http.holding import Holds
from api.permissions import NOTES
from api.schemas.openwebui.conversation import dashed, key_of
from api.schemas.openwebui.note import note_room
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.stores.queries.notes import CONTENT
from api.services.webui.note_documents import MOST_BYTES
from api.services.webui.note_records import NoteRow
from api.things import Kind

log = logging.getLogger(__name__)

NOTE = "note:"
"""What the name of a document begins with that is a note's."""

ROOM = "doc_"
"""What the name of the room begins with in which a document is written."""

EMPTY = b"\0\0"
"""An update that says nothing; without bytes, a front end would ask again and again."""

QUIET, LATEST = 0.5, 5.0
"""Seconds without a change after which a note is kept as it reads, and how long that waits."""

MOST_AWARENESS = 64 << 10
"""Bytes that tell where somebody's cursor is, and who they are."""

MOST_NAME = 255

Data = Mapping[str, Any] | None

Handler = Callable[[str, Data], object]


class YjsMerges:
    """Puts updates of Yjs together by pycrdt."""

    def together(self, updates: Sequence[bytes]) -> bytes:
        """Return one update that says what several do, nothing left out."""
        return updates[0] if len(updates) == 1 else merge_updates(*updates)

    def lean(self, updates: Sequence[bytes]) -> bytes:
        """Return one without the text of what was deleted, or of what needs other updates."""
        document: Doc[Any] = Doc()
        for one in updates:
            document.apply_update(one)
        return document.get_update()


class Saving:
    """What a note reads as now, and who wrote that last; it waits to be kept."""

    def __init__(self, asker: Principal, content: Mapping[str, object]) -> None:
        """Begin to wait."""
        self.asker = asker
        self.content = content
        self.changes = 0


class Noting:
    """Lets people write in notes together, whatever process holds their sockets."""

    def __init__(self, services: Services, holds: Holds) -> None:
        """Initialize with the parts."""
        self.services = services
        self.documents = services.webui.note_documents
        self.holds = holds
        self.merges = YjsMerges()
        self.waiting: dict[str, Saving] = {}
        self.compacting: set[str] = set()

    def handlers(self) -> Mapping[str, Callable[..., object]]:
        """Return what answers the events of clients, by their names."""
        found: Mapping[str, Handler] = {
            "join-note": self.follow,
            "ydoc:document:join": self.join,
            "ydoc:document:state": self.state,
            "ydoc:document:update": self.update,
            "ydoc:document:leave": self.leave,
            "ydoc:awareness:update": self.show,
        }
        return {name: of_objects(handler) for name, handler in found.items()}

    def stop(self) -> None:
        """Keep all that waits to be kept."""
        for note_id in list(self.waiting):
            self.keep(note_id)

    # What clients send.

    def follow(self, sid: str, data: Data = None) -> bool:
        """Let somebody hear what else changes of a note; return whether they may."""
        note_id = key_of(str((data or {}).get("note_id", "")))
        asker = self.holds.asker_of(sid)
        if asker is None or not self.may_read(asker, note_id):
            return False
        self.holds.server.enter_room(sid, note_room(note_id))
        return True

    def join(self, sid: str, data: Data = None) -> bool:
        """Let somebody write in a note, or see how others do, and tell these."""
        asker, note_id = self.holds.asker_of(sid), note_of(data)
        if asker is None or not self.may_read(asker, note_id):
            return False
        room = room_of(note_id)
        self.holds.server.enter_room(sid, room)  # before it is read: nothing is missed between
        self.state(sid, data)
        told = {
            "document_id": document_of(note_id),
            "user_id": asker.user_id,
            "user_name": str((data or {}).get("user_name") or "")[:MOST_NAME],
            "user_color": str((data or {}).get("user_color") or "")[:MOST_NAME],
        }
        self.holds.tell_room("ydoc:user:joined", told, room, but=sid)
        return True

    def state(self, sid: str, data: Data = None) -> bool:
        """Send somebody what is written in a note so far, what came out of order with it."""
        asker, note_id = self.holds.asker_of(sid), note_of(data)
        try:
            if asker is None:
                return False
            row, updates = self.documents.read(asker, note_id)
        except RaglanError as error:
            log.info("A note is not shown: %s", error)
            return False
        told = {
            "document_id": document_of(note_id),
            "state": [*self.merges.together(updates or [EMPTY])],
            "content": content_of(row),
        }
        self.holds.server.emit("ydoc:document:state", told, to=sid, ignore_queue=True)
        return True

    def update(self, sid: str, data: Data = None) -> list[int] | Mapping[str, str]:
        """Keep what somebody writes, and pass it on; return what is kept, or why it is not.

        With the text as it reads now, or with that alone.
        """
        asker, note_id = self.holds.asker_of(sid), note_of(data)
        try:
            if asker is None:
                raise NotFoundError(Kind.NOTE, note_id)
            return self.written(sid, asker, note_id, data or {})
        except (RaglanError, TypeError, ValueError) as error:
            log.info("What was written in a note is refused: %s", error)
            return {"error": str(error)}

    def written(
        self, sid: str, asker: Principal, note_id: str, data: Mapping[str, Any]
    ) -> list[int]:
        """Keep what somebody writes; raises RaglanError, TypeError or ValueError."""
        self.check(asker)
        if data.get("update") is None:
            self.services.webui.notes.right(asker, note_id, Right.CHANGE)
            self.later(asker, note_id, data.get("data"))
            return []
        update = update_of(data, MOST_BYTES)
        get_state(update)  # what cannot be read is not kept: all the rest could not be, either
        kept = [update]
        if data.get("initialize"):
            kept = self.documents.begin(asker, note_id, update)
        elif self.documents.add(asker, note_id, update):
            gevent.spawn(self.compact, note_id)
        if kept == [update]:
            told = {
                "document_id": document_of(note_id),
                "user_id": asker.user_id,
                "socket_id": sid,
                "update": [*update],
            }
            self.holds.tell_room("ydoc:document:update", told, room_of(note_id), but=sid)
            self.later(asker, note_id, data.get("data"))
        return [*self.merges.together(kept)]

    def show(self, sid: str, data: Data = None) -> bool:
        """Pass on where somebody is in a note."""
        asker, note_id = self.holds.asker_of(sid), note_of(data)
        room = room_of(note_id)
        try:
            if asker is None or room not in self.holds.server.rooms(sid):
                return False
            update = update_of(data or {}, MOST_AWARENESS)
        except (KeyError, RaglanError, TypeError, ValueError) as error:
            log.info("Where somebody is in a note is not told: %s", error)
            return False
        told = {
            "document_id": document_of(note_id),
            "user_id": asker.user_id,
            "update": [*update],
        }
        self.holds.tell_room("ydoc:awareness:update", told, room, but=sid)
        return True

    def leave(self, sid: str, data: Data = None) -> bool:
        """Let somebody write no more, and tell the others."""
        self.left(sid, note_of(data))
        return True

    def gone(self, sid: str) -> None:
        """Tell the others in all notes in which somebody was that they are gone."""
        for note_id in self.notes_of(sid, ROOM + NOTE):
            self.left(sid, note_id)

    def look(self, sid: str) -> None:
        """Let somebody hear no more of notes that they may read no more."""
        asker = self.holds.asker_of(sid)
        for note_id in self.notes_of(sid, ROOM + NOTE, NOTE):
            if asker is None or not self.may_read(asker, note_id):
                self.holds.server.leave_room(sid, note_room(note_id))
                self.left(sid, note_id)

    def make_up(self) -> None:
        """Send all who are here what is written in their notes: events may not have come here."""
        rooms = self.holds.server.manager.rooms.get("/", {})
        for room in [str(room) for room in rooms]:
            if room.startswith(ROOM + NOTE):
                for sid, _ in list(self.holds.server.manager.get_participants("/", room)):
                    self.state(sid, {"document_id": room.removeprefix(ROOM)})

    # How that is done.

    def left(self, sid: str, note_id: str) -> None:
        """Let somebody be in a note no more."""
        asker, room = self.holds.asker_of(sid), room_of(note_id)
        if asker is None or room not in self.holds.server.rooms(sid):
            return
        self.holds.server.leave_room(sid, room)
        told = {"document_id": document_of(note_id), "user_id": asker.user_id}
        self.holds.tell_room("ydoc:user:left", told, room)

    def notes_of(self, sid: str, *firsts: str) -> set[str]:
        """Return the notes of the rooms in which somebody is whose names begin so."""
        rooms = [str(room) for room in self.holds.server.rooms(sid)]
        return {
            key_of(room.removeprefix(first))
            for room in rooms
            for first in firsts
            if room.startswith(first)
        }

    def may_read(self, asker: Principal, note_id: str) -> bool:
        """Return whether somebody may read a note."""
        try:
            self.services.webui.notes.right(asker, note_id, Right.READ)
        except (ForbiddenError, NotFoundError):
            return False
        except RaglanError as error:
            log.warning("Whether a note may be read cannot be seen: %s", error)
            return False
        return True

    def check(self, asker: Principal) -> None:
        """Raise NotAllowedError for who may change no notes."""
        permissions = self.services.groups.permissions
        if NOTES in permissions.denied():
            permissions.check(asker, [NOTES])

    def later(self, asker: Principal, note_id: str, data: object) -> None:
        """Keep what a note reads as once nothing has changed for a while."""
        content = data.get(CONTENT) if isinstance(data, Mapping) else None
        if not isinstance(content, Mapping):
            return
        saving = self.waiting.get(note_id)
        if saving is None:
            saving = self.waiting[note_id] = Saving(asker, content)
            gevent.spawn(self.wait, note_id, saving)
        saving.asker, saving.content = asker, content
        saving.changes += 1

    def wait(self, note_id: str, saving: Saving) -> None:
        """Keep what a note reads as after some quiet, or when that has waited for long."""
        for _ in range(int(LATEST / QUIET)):
            before = saving.changes
            gevent.sleep(QUIET)
            if saving.changes == before:
                break
        self.keep(note_id)

    def keep(self, note_id: str) -> None:
        """Keep what a note reads as now."""
        saving = self.waiting.pop(note_id, None)
        if saving is None:
            return
        try:
            self.documents.save(saving.asker, note_id, {CONTENT: dict(saving.content)})
        except (RaglanError, TypeError) as error:  # a value that is no JSON is a TypeError
            log.warning("A note is not kept as it reads: %s", error)

    def compact(self, note_id: str) -> None:
        """Put the updates of a note together, once at a time."""
        if note_id in self.compacting:
            return
        self.compacting.add(note_id)
        try:
            self.documents.compact(note_id, self.merges)
        except RaglanError as error:
            log.info("The updates of a note stay as they are: %s", error)
        finally:
            self.compacting.discard(note_id)


def of_objects(handler: Handler) -> Callable[..., object]:
    """Return a handler of events that come with an object; any other data is as none."""

    def handled(sid: str, data: object = None) -> object:
        return handler(sid, data if isinstance(data, dict) else None)

    return handled


def note_of(data: Data) -> str:
    """Return the id of the note that is meant; empty for none."""
    document = str((data or {}).get("document_id", ""))
    return key_of(document.removeprefix(NOTE)) if document.startswith(NOTE) else ""


def document_of(note_id: str) -> str:
    """Return the name of a note's document."""
    return NOTE + dashed(note_id)


def room_of(note_id: str) -> str:
    """Return the room in which a note is written."""
    return ROOM + document_of(note_id)


def update_of(data: Mapping[str, Any], most: int) -> bytes:
    """Return an update that was sent as numbers, or as bytes; raises as `bytes` for any other."""
    given = data.get("update")
    if not isinstance(given, (list, bytes)):
        raise ArgumentError("update: give a list of bytes.")
    if len(given) > most:
        raise ArgumentError(f"update: give at most {most:,} bytes.")
    return bytes(given)


def content_of(row: NoteRow) -> Mapping[str, object]:
    """Return what a note says, in the forms that editors use."""
    content = row.data.get(CONTENT)
    return content if isinstance(content, Mapping) else {}

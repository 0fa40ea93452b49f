"""The sockets of Open WebUI's clients in this process (Socket.IO, on Engine.IO 4).

Loaded with python-socketio where a front end is served. Who connects without a good token is let
in, as the page to sign in connects so, and hears nothing.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, NamedTuple

from socketio import Server

from api.config.settings import Settings
from api.container import Services
from api.errors import RaglanError
from api.http.bridging import Bridge, ThroughRedis
from api.http.channel_rooms import LOOK, ChannelRooms
from api.http.chat_rooms import PREFIX, PRESENT, ChatRooms
from api.http.neighbours import Neighbours
from api.http.noting import Noting
from api.http.turns import give_way
from api.redis_clients import redis_client
from api.schemas.openwebui.events import joined_pieces, present_ended
from api.services.accounts.records import Principal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

MOST_MESSAGE = 8 << 20
"""Bytes of a message of a client, at most."""

FAREWELL = 1.0
"""Seconds in which clients may close their sockets before these are cut."""

LOOK_EVERY = 10.0
"""Seconds between two looks at whether the sessions of those who hear are still good."""

WAITING = 10_000
"""Events that wait to be sent, at most: where one more is lost, ends are told anew."""

SLACK = 5.0
"""Seconds before events were lost from which on ends are told anew: clocks may differ."""

USER = "user"
"""How rooms of people begin."""

Data = Mapping[str, Any] | None


class Outgoing(NamedTuple):
    """An event that is told to all in a room, but not to the connection `but`."""

    name: str
    data: object
    room: str
    but: str | None = None


def joined(events: Iterable[Outgoing]) -> list[Outgoing]:
    """Return events with the pieces of an answer that wait behind each other made one."""
    found: list[Outgoing] = []
    last: dict[object, int] = {}
    for one in events:
        data = one.data if isinstance(one.data, Mapping) else {}
        about = one.room, data.get("chat_id"), data.get("message_id")
        place = last.get(about, -1)
        whole = joined_pieces(found[place].data, data) if place >= 0 else None
        if whole is not None:
            found[place] = one._replace(data=whole)
        else:
            last[about] = len(found)
            found.append(one)
    return found


class Whole:
    """A connection of which `send` sends all that it is given."""

    def __init__(self, connection: Any) -> None:
        """Wrap a connection."""
        self._connection = connection

    def send(self, data: bytes) -> int:
        """Send all of some bytes."""
        self._connection.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        """Return what else the connection has."""
        return getattr(self._connection, name)


class Sockets:
    """Answers at the address of Socket.IO, and tells people what happens in their chats."""

    def __init__(self, services: Services) -> None:
        """Make the server; nothing is opened before `start`."""
        self.services = services
        self.waiting: queue.Queue[Outgoing] = queue.Queue(WAITING)
        self.open: dict[Any, WSGIEnvironment] = {}
        self.ended: set[Any] = set()
        self.manager: Bridge | None = None
        self.lost_since = 0.0
        self.missed_since = 0.0
        self.has_missed = threading.Event()
        self.server: Any = None
        self.noting = Noting(services, self)
        self.channels = ChannelRooms(self, services)
        self.chats = ChatRooms(self, services)

    def start(self) -> None:
        """Be reached by clients, and by other processes."""
        frontend = self.services.settings.frontend
        self.manager = manager = bridge_of(self.services.settings)
        manager.missed, manager.looks = self.missed, self.look_at
        manager.may_tell, manager.hears = self.channels.may_tell, self.chats.hear
        manager.leaves_out = self.chats.own
        self.server = Server(
            client_manager=manager,
            async_mode="threading",
            always_connect=True,
            ping_interval=frontend.ping_interval,
            ping_timeout=frontend.ping_timeout,
            max_http_buffer_size=MOST_MESSAGE,
            transports=["websocket"],
            logger=False,
        )
        handlers = {
            "connect": self.connect,
            "user-join": self.join,
            "heartbeat": self.beat,
            "usage": self.take,
            "join-channels": self.join,
            "events:chat": self.chats.take,
            "events:channel": self.channels.take,
            "disconnect": self.gone,
            **self.noting.handlers(),
        }
        for name, handler in handlers.items():
            self.server.on(name, handler)
        self.server.manager_initialized = True
        manager.initialize()  # at once, not with the first client: others send from now on
        for going_on in (self.send_all, self.look_all, self.make_up, self.channels.look_all):
            threading.Thread(target=going_on, daemon=True).start()

    def stop(self) -> None:
        """Say to all clients that they are to connect anew."""
        if self.server is not None:
            self.noting.stop()
            for session in list(self.server.eio.sockets.values()):
                session.close(wait=False)
            if self.open:
                time.sleep(FAREWELL)  # a worker that ends has nothing else to do
            for connection in list(self.open):
                with suppress(OSError):  # it is gone
                    connection.shutdown(SHUT_RDWR)
            with suppress(OSError):
                self.server.manager.close()

    def answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve a connection until its end, which is told by StopIteration."""
        connection = environ["gunicorn.socket"]
        environ["gunicorn.socket"] = Whole(connection)
        self.open[connection] = environ
        try:
            found: Iterable[bytes] = self.server.handle_request(environ, start_response)
        finally:
            del self.open[connection]
        return found

    # What clients send.

    def connect(self, sid: str, _environ: object, auth: Data = None) -> None:
        """Let somebody in."""
        self.known(sid, auth)

    def join(self, sid: str, data: Data = None) -> Mapping[str, str] | None:
        """Let somebody hear of their chats; return who they are."""
        given = (data or {}).get("auth")
        user_id = self.known(sid, given if isinstance(given, dict) else None)
        if not user_id:
            return None
        profile = self.services.accounts.accounts.profile_of(user_id)
        return {"id": user_id, "name": profile.nickname}

    def known(self, sid: str, auth: Data) -> str:
        """Return who connects; empty for a token that is not good."""
        token = str((auth or {}).get("token", ""))
        try:
            found = self.services.sign_in.tokens.authenticate(token)
        except RaglanError as error:
            log.warning("Nobody can be let in: %s", error)
            return ""
        if found is None:
            return ""
        self.server.save_session(sid, {"asker": found, "token": token})
        self.server.enter_room(sid, room_of(found.user_id))
        self.channels.enter(sid, found)
        return found.user_id

    def asker_of(self, sid: str) -> Principal | None:
        """Return who has a connection; None for somebody who has not signed in, or is gone."""
        try:
            found: Principal | None = self.server.get_session(sid).get("asker")
        except KeyError:
            return None
        return found

    def gone(self, sid: str, _reason: object = None) -> None:
        """Tell others that somebody is there no more."""
        self.noting.gone(sid)
        self.chats.gone(sid)

    def beat(self, sid: str, _data: Data = None) -> None:
        """Note that somebody is there."""
        asker = self.asker_of(sid)
        if asker is not None:
            try:
                self.services.webui.presence.see(asker.user_id)
            except RaglanError as error:
                log.warning("That somebody is there cannot be noted: %s", error)

    def take(self, _sid: str, _data: Data = None) -> None:
        """Take what is not kept: which models answer is known without it."""

    def look_all(self) -> None:
        """Let nobody hear on whose session has ended, and cut who does not answer."""
        while True:
            time.sleep(LOOK_EVERY)
            self.cut_ended()
            for sid, _ in list(self.server.manager.get_participants("/", None)):
                self.look(sid)
            self.chats.renew()

    def look_at(self, room: str) -> None:
        """Look anew who of this process may be in a room."""
        look = self.chats.look_at if room.startswith(PREFIX) else self.channels.look
        look(room)

    def cut_ended(self) -> None:
        """Cut connections that were given up a while ago, whose clients have not closed them.

        Nothing is read from a browser that sleeps: the server would wait for its farewell.
        """
        going = {id(environ) for environ in list(self.server.environ.values())}
        ended = {one for one, environ in list(self.open.items()) if id(environ) not in going}
        for connection in ended & self.ended:
            with suppress(OSError):  # it is gone
                connection.shutdown(SHUT_RDWR)
        self.ended = ended

    def look(self, sid: str) -> None:
        """Disconnect a client whose session has ended."""
        try:
            token = self.server.get_session(sid).get("token")
            if token and self.services.sign_in.tokens.authenticate(token) is None:
                self.server.disconnect(sid, ignore_queue=True)
            else:
                self.noting.look(sid)
                self.chats.look(sid)
        except KeyError:
            return  # it has gone meanwhile
        except RaglanError as error:
            log.warning("Whether a session is good cannot be seen: %s", error)

    # What they are told.

    def tell(self, user_id: str, event: Mapping[str, object]) -> None:
        """Tell a person of an event, through whichever process holds their sockets."""
        self.send(Outgoing("events", event, room_of(user_id)))

    def tell_chat(self, chat_id: str, user_id: str, event: Mapping[str, object]) -> None:
        """Tell all who are in a chat of an event, but not the person who has caused it."""
        told = {**event, "shared": True, "user_id": user_id}
        self.send(Outgoing("events", told, f"{PREFIX}{chat_id}"))

    def tell_room(
        self, name: str, data: Mapping[str, object], room: str, but: str | None = None
    ) -> None:
        """Tell a room of an event, but not the connection `but`."""
        self.send(Outgoing(name, data, room, but))

    def send(self, one: Outgoing) -> None:
        """Tell a room of an event, in the order of calls, through whichever process holds it."""
        try:
            self.waiting.put_nowait(one)
        except queue.Full:
            if not self.lost_since:
                log.warning("Events come faster than they are sent: ends will be told anew.")
            self.lost_since = self.lost_since or time.time()

    def send_all(self) -> None:
        """Send events in their order: Redis may be slow, and no answer is to wait for it."""
        while True:
            self.tell_lost()
            for one in joined(self.those_waiting()):
                give_way()
                try:
                    self.tell_now(one)
                except Exception:  # a defect must not keep the events after it back
                    log.exception("An event could not be sent.")

    def tell_now(self, one: Outgoing) -> None:
        """Send an event, or what processes tell each other of who is in a room."""
        if one.name == LOOK:
            self.server.manager.look_at(one.room)
        elif one.name == PRESENT:
            self.server.manager.tell_present(one.data)
        else:
            self.server.emit(one.name, one.data, room=one.room, skip_sid=one.but)

    def those_waiting(self) -> list[Outgoing]:
        """Return the events that wait, once there are some."""
        found = [self.waiting.get()]
        while not self.waiting.empty():
            found.append(self.waiting.get())
        return found

    def tell_lost(self) -> None:
        """Let all processes look for what was lost, once there is room again."""
        if self.lost_since and self.waiting.empty():
            since, self.lost_since = self.lost_since, 0.0
            self.missed(since)
            self.server.manager.tell_gap(since)

    def missed(self, since: float) -> None:
        """Note that events may not have come here since a time, in seconds since 1970."""
        self.missed_since = min(self.missed_since or since, since)
        self.has_missed.set()

    def make_up(self) -> None:
        """Tell those who are here what ended and was written while events were lost."""
        while True:
            self.has_missed.wait()
            self.has_missed.clear()
            since, self.missed_since = self.missed_since, 0.0
            try:
                self.tell_ends(since - SLACK)
                self.noting.make_up()
                self.chats.make_up()
            except RaglanError as error:
                log.warning("What was missed cannot be looked for yet: %s", error)
                time.sleep(LOOK_EVERY)
                self.missed(since)

    def tell_ends(self, since: float) -> None:
        """Tell those who are here of answers that ended since a time."""
        rooms = [room for room in self.server.manager.rooms.get("/", {}) if room]
        for room in rooms:
            kind, _, user_id = room.partition(":")
            if kind != USER:
                continue
            for ended in self.services.webui.ended.since(user_id, int(since * 1000)):
                for event in present_ended(ended):
                    self.server.emit("events", event, room=room, ignore_queue=True)


def room_of(user_id: str) -> str:
    """Return the room in which a person hears of their chats."""
    return f"{USER}:{user_id}"


def bridge_of(settings: Settings) -> Bridge:
    """Return what reaches the other processes."""
    url = settings.redis.url.get_secret_value()
    if url:
        return ThroughRedis(redis_client(url, settings.redis.timeout))
    return Neighbours(settings.data_path / "sockets")

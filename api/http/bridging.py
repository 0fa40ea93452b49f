"""Word of events between the processes that hold sockets: through Redis, and of lost ones.

This is loaded with the first sockets, and python-socketio with it. A manager is made after the
fork: one that is made before has the same id in each worker, and these pass each other's events
over as their own.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from socketio import PubSubManager

from api.errors import UnavailableError
from api.redis_clients import Client, redis_errors

log = logging.getLogger(__name__)

AGAIN = 1.0
"""Seconds until Redis is asked again that was away."""

GAP = b'{"gap": '
"""How word begins that events were lost: it has since when, in seconds since 1970."""


class Bridge(PubSubManager):  # type: ignore[misc]  # python-socketio comes without types
    """Reaches other processes; what could not be told them, they are told to look for.

    It also has each look anew who of its own may be in a room.
    """

    def __init__(self) -> None:
        """Initialize without anybody who looks."""
        super().__init__(channel="raglan:sockets")
        self.missed: Callable[[float], object] = float
        """Is told since when events of others may not have come here, in seconds since 1970."""
        self.looks: Callable[[str], object] = str
        """Looks who of this process may be in a room."""
        self.hears: Callable[[str, Any], object] = lambda _host, _word: None
        """Takes the word of another process on who is in rooms."""
        self.may_tell: Callable[[str, Any, str], bool] = lambda _name, _data, _room: True
        """Returns whether those of this process in a room may hear an event now."""
        self.leaves_out: Callable[[Any, str], list[str]] = lambda _data, _room: []
        """Returns those of this process in a room who are not to hear an event."""

    def tell_gap(self, since: float) -> None:
        """Tell the other processes that events were lost since a time."""
        raise NotImplementedError

    def close(self) -> None:
        """Be reached no more by other processes."""

    def look_at(self, room: str) -> None:
        """Have all processes look anew who may be in a room."""
        self.looks(room)
        self._publish({"method": "enter_room", "look": room, "host_id": self.host_id})

    def tell_present(self, word: object) -> None:
        """Tell the other processes who of this one is in rooms."""
        self._publish({"method": "enter_room", "present": word, "host_id": self.host_id})

    def _handle_enter_room(self, message: Mapping[str, Any]) -> None:
        """Look at a room, hear who is in some, or let one of our own enter one for another."""
        if "look" in message:
            self.looks(message["look"])
        elif "present" in message:
            self.hears(message["host_id"], message["present"])
        else:
            super()._handle_enter_room(message)

    def _handle_emit(self, message: Mapping[str, Any]) -> None:
        """Tell those in a room of this process of an event, if they may hear it."""
        data, room = message["data"], message["room"]
        told = data[0] if data else None
        if self.may_tell(message["event"], told, room):
            without = self.leaves_out(told, room)
            if without:
                message = {**message, "skip_sid": [*without, message["skip_sid"]]}
            super()._handle_emit(message)

    def events_in(self, data: bytes) -> Iterator[bytes]:
        """Yield what came, unless it is word that events were lost."""
        if data.startswith(GAP):
            self.missed(float(json.loads(data)["gap"]))
        else:
            yield data


def told_gap(since: float) -> bytes:
    """Return word that events were lost since a time."""
    return json.dumps({"gap": since}).encode()


class ThroughRedis(Bridge):
    """Reaches the processes of all machines; while Redis is away, those of none.

    What was not heard or told meanwhile is looked for once it is back.
    """

    name = "redis"

    def __init__(self, make_client: Callable[[], Client]) -> None:
        """Initialize with the way to connect."""
        super().__init__()
        self.make_client = make_client
        self.out: Any = None
        self.lost_since = 0.0
        self.heard_until = time.time()

    def initialize(self) -> None:
        """Begin to listen, and to tell what could not be told."""
        super().initialize()
        threading.Thread(target=self.tell_again, daemon=True).start()

    def tell_gap(self, since: float) -> None:
        """Tell the other processes that events were lost since a time, now or later."""
        self.lost_since = min(self.lost_since or since, since)

    def tell_again(self) -> None:
        """Tell of lost events as soon as Redis is there."""
        while True:
            time.sleep(AGAIN)
            since, self.lost_since = self.lost_since, 0.0
            if since:
                self.send(told_gap(since), since)

    def _publish(self, data: Mapping[str, object]) -> None:
        self.send(json.dumps(data).encode(), time.time())

    def send(self, text: bytes, since: float) -> None:
        """Send something, or note since when things are lost."""
        try:
            with redis_errors():
                self.out = self.out or self.make_client()
                self.out.publish(self.channel, text)
        except UnavailableError as error:
            if not self.lost_since:
                log.warning("Events reach this process alone for a while: %s", error)
            self.tell_gap(since)

    def _listen(self) -> Iterator[bytes]:
        while True:
            try:
                yield from self._heard()
            except UnavailableError as error:
                log.warning("No event of others comes here for a while: %s", error)
                time.sleep(AGAIN)

    def _heard(self) -> Iterator[bytes]:
        with redis_errors():
            client: Any = self.make_client()
            subscription = client.pubsub()
            subscription.subscribe(self.channel)
            while True:
                message = subscription.get_message(timeout=AGAIN)
                if message and message["type"] == "subscribe":
                    self.missed(self.heard_until)  # only now does nothing pass unheard
                self.heard_until = time.time()
                if message and message["type"] == "message":
                    yield from self.events_in(message["data"])

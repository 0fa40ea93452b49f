"""The broker by Celery's own protocol, on Redis or RabbitMQ."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from kombu.connection import Connection
from kombu.exceptions import KombuError

from api.errors import UnavailableError
from api.tasks.broker.celery_app import celery_app, queue_name, queue_of

T = TypeVar("T")

ASK_SECONDS = 1.0
"""For how long workers are waited for that are asked whether they are there."""


class CeleryBroker:
    """One connection for sending, which the threads of a process take in turn."""

    is_there = True

    def __init__(self, url: str, timeout: float) -> None:
        """Initialize with the address, and the seconds that a call may wait."""
        options = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
        self._is_redis = url.lower().startswith("redis")
        self._app = celery_app(
            url,
            broker_transport_options=options if self._is_redis else {},
            broker_connection_timeout=timeout,
            # A connection that is idle sends no heartbeats, as nobody serves it.
            broker_heartbeat=0,
        )
        # It would send by connections of its own, which wait for ever.
        self._app.control.mailbox.producer_pool = None
        transport = self._app.connection_for_write()
        self._trouble: tuple[type[Exception], ...] = (
            *(KombuError, OSError),
            *transport.connection_errors,
            *transport.channel_errors,
        )
        self._timeout = timeout
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def waiting(self, kind: str) -> int:
        """Return how many messages no worker has taken yet."""
        queue = queue_of(kind)
        return self._call(
            lambda connection: int(queue(connection.default_channel).queue_declare().message_count)
        )

    def announce(self, kind: str, task_ids: Sequence[str]) -> None:
        """Send a message for each of some tasks."""
        name, queue = queue_name(kind), queue_of(kind)

        def send(connection: Connection) -> None:
            producer = self._app.amqp.Producer(connection.default_channel, auto_declare=False)
            options = {"producer": producer, "queue": queue, "ignore_result": True}
            for task_id in task_ids:
                self._app.send_task(name, (task_id,), task_id=task_id, **options)

        self._call(send)

    def revoke(self, task_ids: Sequence[str]) -> None:
        """Have workers pass over the messages of tasks that will never run."""
        self._call(
            lambda connection: self._app.control.revoke(list(task_ids), connection=connection)
        )

    def workers(self) -> int:
        """Return how many workers answer; it takes a second."""
        return self._call(
            lambda connection: len(
                self._app.control.ping(timeout=ASK_SECONDS, connection=connection)
            )
        )

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        with self._lock:
            self._drop()

    def _call(self, work: Callable[[Connection], T]) -> T:
        """Do something with the connection, again if it is one that was cut while idle."""
        with self._lock:
            for is_last in (self._connection is None, True):
                try:
                    return work(self._connected())
                except self._trouble as error:
                    self._drop()
                    if is_last:
                        raise UnavailableError(f"The broker does not answer: {error}") from error
        raise AssertionError("the last attempt returns or raises")

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = connection = self._app.connection_for_write()
            connection.ensure_connection(max_retries=0, timeout=self._timeout)
            # AMQP waits for ever by itself; Redis has its option.
            if (sock := getattr(connection.connection, "sock", None)) is not None:
                sock.settimeout(self._timeout)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(*self._trouble):
            if self._is_redis:
                connection.release()
            else:
                connection.collect()  # without a word to a server that may be stalled

"""Brokers for tests: Redis and RabbitMQ, which may be killed and started again where they were."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import redis

from tests.components import Component, folder, program, redis_server, running
from tests.running import free_port

RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
"""Not the one on PATH, which changes to a user of its own."""

KINDS = [
    pytest.param("redis", marks=pytest.mark.xdist_group("brokers")),
    pytest.param("rabbitmq", marks=pytest.mark.xdist_group("brokers")),
]
"""Each kind of broker, in one process of the run of tests: RabbitMQ takes 4 s of CPU to start."""


class BrokerServer:
    """A broker; what it holds is lost when it is killed, but for the queues of RabbitMQ."""

    def __init__(
        self,
        kind: str,
        url: str,
        run: Callable[[], AbstractContextManager[Component]],
        stack: ExitStack,
    ) -> None:
        """Start it; `run` does so once more after each time that it is killed."""
        self.kind = kind
        self.url = url
        self._run = run
        self._stack = stack
        self.component = stack.enter_context(run())

    def kill(self) -> None:
        """Kill it."""
        self.component.process.kill()
        self.component.process.wait()

    def start(self) -> None:
        """Start it again."""
        self.component = self._stack.enter_context(self._run())

    def flush(self) -> None:
        """Have a Redis forget everything while it runs."""
        with redis.Redis(port=self.component.port) as client:
            client.flushall()


@contextmanager
def redis_broker() -> Iterator[BrokerServer]:
    """Run Redis as a broker."""
    port = free_port()
    with ExitStack() as stack:
        run = partial(redis_server, port=port)
        yield BrokerServer("redis", f"redis://127.0.0.1:{port}/1", run, stack)


@contextmanager
def rabbitmq_broker() -> Iterator[BrokerServer]:
    """Run RabbitMQ with a node, ports and folders of its own."""
    port, mapper = free_port(), free_port()
    with ExitStack() as stack:
        data = stack.enter_context(folder())
        stack.enter_context(port_mapper(mapper))
        run = partial(rabbitmq_server, data, port, mapper)
        yield BrokerServer("rabbitmq", f"amqp://guest:guest@127.0.0.1:{port}//", run, stack)


@contextmanager
def port_mapper(port: int) -> Iterator[None]:
    """Run the port mapper of Erlang: a RabbitMQ that finds none leaves its own behind."""
    command = [program("epmd", "rabbitmq-server"), "-port", str(port), "-address", "127.0.0.1"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def rabbitmq_server(data: Path, port: int, mapper: int) -> Iterator[Component]:
    """Run RabbitMQ on a folder; a killed one keeps its queues there."""
    server = program(RABBITMQ, "rabbitmq-server")
    (data / "plugins").write_text("[].\n")
    (data / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
    environment = {
        "HOME": str(data),
        "RUNNING_UNDER_SYSTEMD": "true",  # the server is this process, no shell before it
        "RABBITMQ_NODENAME": f"raglan{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(data / "db"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(data),
        "RABBITMQ_PID_FILE": str(data / "pid"),
        "RABBITMQ_CONFIG_FILE": str(data / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(data / "plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    with running([server], partial(greet, port), port, data / "log", environment) as component:
        yield component


def greet(port: int) -> None:
    """Raise OSError unless an AMQP server answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"AMQP\x00\x00\x09\x01")
        if not client.recv(1):
            raise ConnectionError("it hung up")

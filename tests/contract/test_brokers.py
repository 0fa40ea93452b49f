"""What every broker promises to the table of tasks: word of what waits, and no more than that."""

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peewee import Database

from api.config.queue import QueueSettings
from api.db.base import now_ms
from api.errors import UnavailableError
from api.tasks.base import ENRICHING
from api.tasks.broker.base import Broker, NoBroker
from api.tasks.broker.celery_app import celery_app, queue_of
from api.tasks.broker.registry import open_broker
from tests.brokers import KINDS, BrokerServer
from tests.contract.office import Office
from tests.running import halt, wait_until

pytestmark = pytest.mark.databases("sqlite")

BEFORE_ANY_TIME_OUT = 60


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> BrokerServer:
    """Return a broker with empty queues, of one kind after the other."""
    running: BrokerServer = request.getfixturevalue(f"broker_{request.param}")
    forget(running)
    return running


@pytest.fixture
def broker(server: BrokerServer) -> Iterator[Broker]:
    """Open the broker as the settings name it."""
    opened = open_broker(QueueSettings(url=server.url, timeout=2))
    yield opened
    opened.close()


@pytest.fixture
def office(database: Database, tmp_path: Path, broker: Broker) -> Office:
    """Open a queue that has a broker."""
    return Office(database, tmp_path, broker=broker)


def forget(server: BrokerServer) -> None:
    """Have a broker lose all messages."""
    with celery_app(server.url).connection_for_write() as connection:
        for kind in ("parse", "enrich"):
            queue = queue_of(kind)(connection.default_channel)
            queue.declare()
            queue.purge()


def arrived(broker: Broker, many: int, kind: str = "parse") -> None:
    """Wait until messages are counted: RabbitMQ may answer before it has queued them."""
    wait_until(lambda: broker.waiting(kind) == many, "the messages")


def test_each_task_that_is_due_has_a_message_and_only_one(office: Office, broker: Broker) -> None:
    for _ in range(3):
        office.add()

    assert office.queue.announce() == 3
    arrived(broker, 3)

    assert office.queue.announce() == 0
    assert (broker.waiting("parse"), broker.waiting("enrich")) == (3, 0)


def test_a_task_has_no_message_before_its_time(office: Office, broker: Broker) -> None:
    office.add(not_before=now_ms() + 60_000)

    assert office.queue.announce() == 0
    assert broker.waiting("parse") == 0


def test_each_kind_of_work_has_its_own_queue(office: Office, broker: Broker) -> None:
    office.add(part=ENRICHING)

    assert office.queue.announce() == 1
    arrived(broker, 1, "enrich")
    assert broker.waiting("parse") == 0


def test_messages_that_were_lost_are_sent_again(
    office: Office, server: BrokerServer, broker: Broker
) -> None:
    office.add()
    office.queue.announce()
    arrived(broker, 1)
    forget(server)

    assert office.queue.announce() == 1


def test_messages_of_claimed_tasks_are_enough_for_those_that_wait(
    office: Office, broker: Broker
) -> None:
    office.add()
    office.queue.announce()
    arrived(broker, 1)
    office.claim()
    office.add()

    assert office.queue.announce() == 0


def test_a_broker_is_told_soon_after_the_commit(office: Office, broker: Broker) -> None:
    office.add()
    office.queue.wake()

    arrived(broker, 1)


@pytest.mark.parametrize("server", KINDS[:1], indirect=True)
def test_a_broker_that_was_killed_is_used_again_when_it_is_back(
    office: Office, server: BrokerServer, broker: Broker
) -> None:
    office.add()
    office.queue.announce()
    server.kill()
    try:
        with pytest.raises(UnavailableError, match="The broker does not answer"):
            office.queue.announce()
        office.add()
        office.queue.wake()  # which whoever uploads calls, and is not kept or refused
    finally:
        server.start()

    wait_until(lambda: office.queue.announce() == 0, "no message to be lacking")
    assert broker.waiting("parse") >= 2


def test_a_broker_that_stalls_keeps_nobody(
    office: Office, server: BrokerServer, broker: Broker
) -> None:
    office.add()
    broker.waiting("parse")  # over the connection that stalls
    halt(server.component.process.pid)
    try:
        with pytest.raises(UnavailableError):
            office.queue.announce()
        office.queue.wake()
    finally:
        server.component.process.send_signal(signal.SIGCONT)

    wait_until(lambda: office.queue.announce() == 0, "the message")


def test_threads_may_share_a_broker(office: Office, broker: Broker) -> None:
    for _ in range(20):
        office.add()
    threads = [threading.Thread(target=office.queue.announce) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BEFORE_ANY_TIME_OUT)

    assert broker.waiting("parse") >= 20


def test_a_broker_without_workers_says_so(broker: Broker) -> None:
    assert broker.workers() == 0


def test_nobody_is_told_where_there_is_no_broker(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, broker=NoBroker())
    office.add()
    office.queue.wake()

    assert office.queue.announce() == 0


@pytest.mark.parametrize("make", [NoBroker])
def test_calls_without_a_broker_do_nothing(make: Callable[[], Broker]) -> None:
    broker = make()
    broker.announce("parse", ["id"])
    broker.revoke(["id"])
    broker.close()

    assert (broker.waiting("parse"), broker.workers(), broker.is_there) == (0, 0, False)

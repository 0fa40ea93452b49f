"""Competing for a lease: who may act, and until when."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from api.db.migrate import migrate
from api.leases.base import LeaseLock
from api.leases.database import DatabaseLease, migration_lease
from api.leases.elector import Elector
from api.leases.memory import MemoryLease
from api.leases.redis import RedisLease
from api.redis_clients import redis_client
from tests.components import Component, redis_server
from tests.databases import opened

PATIENCE = 20


@contextmanager
def elected(lease: LeaseLock, owner: str, ttl: float = 0.3) -> Iterator[Elector]:
    """Run an elector for a `with` block."""
    elector = Elector(lease, owner, ttl)
    elector.start()
    try:
        yield elector
    finally:
        elector.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def holds(elector: Elector) -> bool:
    """Return whether an elector may act."""
    return elector.fence is not None


@pytest.fixture
def server() -> Iterator[Component]:
    """Run a Redis of the test's own."""
    with redis_server() as running:
        yield running


@pytest.fixture
def redis_lease(server: Component) -> Iterator[RedisLease]:
    """Open a lease in it whose calls fail soon."""
    with closing(redis_client(f"redis://{server.address}/0", 0.2)()) as client:
        yield RedisLease(lambda: client, "x")


def test_an_elector_that_has_not_started_may_not_act() -> None:
    elector = Elector(MemoryLease(), "a", 60)

    assert elector.fence is None
    elector.stop()  # as a worker does that ends while it starts


def test_an_elector_takes_a_free_lease_and_keeps_it() -> None:
    lease, clock = MemoryLease(), MemoryLease()
    with elected(lease, "a") as elector:
        wait_until(lambda: holds(elector))
        fence = elector.fence
        clock.acquire("clock", 0.6)
        wait_until(lambda: not clock.holder())  # twice the time to live goes by

        assert lease.holder() == "a"
        wait_until(lambda: elector.fence == fence)


def test_of_two_electors_one_may_act_and_the_other_takes_over_when_it_stops() -> None:
    lease = MemoryLease()
    with elected(lease, "b", ttl=60) as second:
        wait_until(lambda: holds(second))
        first = Elector(lease, "a", 0.3)
        first.start()
        try:
            assert first.fence is None
            before = second.fence
            second.stop()
            wait_until(lambda: holds(first))
            assert second.fence is None
            assert first.fence is not None
            assert before is not None
            assert first.fence > before
        finally:
            first.stop()


def test_a_long_lease_that_is_given_back_is_taken_soon() -> None:
    lease = MemoryLease()
    with elected(lease, "a", ttl=600) as first:
        wait_until(lambda: holds(first))
        with elected(lease, "b", ttl=600) as second:
            first.stop()

            wait_until(lambda: holds(second))


def test_a_holder_takes_itself_for_deposed_after_a_part_of_the_time() -> None:
    lease = MemoryLease()
    elector = Elector(lease, "a", 600, renewals=2, step_down=0.0005)
    elector.start()
    try:
        wait_until(lambda: lease.holder() == "a")
        wait_until(lambda: not holds(elector))
        assert lease.holder() == "a"
    finally:
        elector.stop()


def test_a_lease_is_renewed_as_often_as_is_wished() -> None:
    lease, clock = MemoryLease(), MemoryLease()
    elector = Elector(lease, "a", 600, renewals=6000, step_down=0.001)
    elector.start()
    try:
        wait_until(lambda: holds(elector))
        clock.acquire("clock", 1.2)
        wait_until(lambda: not clock.holder())  # twice the time after which it would step down

        wait_until(lambda: holds(elector))
    finally:
        elector.stop()


def test_an_elector_gives_the_lease_back_when_it_stops() -> None:
    lease = MemoryLease()
    with elected(lease, "a", ttl=60) as elector:
        wait_until(lambda: holds(elector))

    assert lease.holder() == ""
    assert elector.fence is None


def test_an_elector_takes_over_from_one_that_died() -> None:
    lease = MemoryLease()
    lost = lease.acquire("dead", 0.3)
    assert lost is not None
    with elected(lease, "b") as elector:
        wait_until(lambda: holds(elector))

        assert elector.fence == lost + 1


def test_an_elector_that_lost_the_lease_competes_again() -> None:
    lease = MemoryLease()
    with elected(lease, "a") as elector:
        wait_until(lambda: holds(elector))
        lost = elector.fence
        assert lost is not None
        lease.release("a", lost)
        taken = lease.acquire("b", 0.6)

        wait_until(lambda: not holds(elector))
        wait_until(lambda: holds(elector))

        assert taken is not None
        assert elector.fence is not None
        assert lost < taken < elector.fence


def test_a_holder_whose_token_is_too_low_gets_a_higher_one() -> None:
    lease = MemoryLease()
    with elected(lease, "a") as elector:
        wait_until(lambda: holds(elector))

        elector.step_down(1000)  # as when Redis had lost what it gave before

        wait_until(lambda: elector.fence == 1001)
        assert lease.holder() == "a"


def test_a_holder_that_was_deposed_leaves_the_lease_to_the_newer_one() -> None:
    lease, lost = MemoryLease(), MemoryLease()
    with elected(lost, "a") as elector:
        wait_until(lambda: holds(elector))
        elector.lease = lease  # a failover: the lease is elsewhere now, and held by another
        newer = lease.acquire("b", 60)
        assert newer is not None

        elector.step_down(newer + 1)

        assert elector.fence is None
        assert lease.holder() == "b"


def test_a_holder_that_cannot_renew_steps_down_before_the_lease_ends(
    server: Component, redis_lease: RedisLease
) -> None:
    with elected(redis_lease, "a", ttl=2) as elector:
        wait_until(lambda: holds(elector))
        fence = elector.fence
        assert fence is not None
        server.process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: not holds(elector))
        finally:
            server.process.send_signal(signal.SIGCONT)

        wait_until(lambda: answers(redis_lease))
        assert redis_lease.check(fence), "nobody else can have had it meanwhile"
        wait_until(lambda: holds(elector))


def answers(lease: RedisLease) -> bool:
    """Return whether a lease can be asked."""
    try:
        lease.holder()
    except Exception:  # noqa: BLE001 - whatever it is, it is asked again
        return False
    return True


def test_an_elector_stops_though_the_lease_cannot_be_given_back(
    server: Component, redis_lease: RedisLease, caplog: pytest.LogCaptureFixture
) -> None:
    with elected(redis_lease, "a", ttl=2) as elector:
        wait_until(lambda: holds(elector))
        server.process.kill()
        server.process.wait()

    assert elector.fence is None
    assert "could not be given back" in caplog.text


def test_an_elector_waits_for_a_redis_that_comes_later(
    server: Component, redis_lease: RedisLease, caplog: pytest.LogCaptureFixture
) -> None:
    server.process.send_signal(signal.SIGSTOP)
    with elected(redis_lease, "a") as elector:
        wait_until(lambda: "could not be asked for" in caplog.text)
        assert elector.fence is None
        server.process.send_signal(signal.SIGCONT)

        wait_until(lambda: holds(elector))


def test_an_elector_survives_an_error_that_nobody_expected(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        opened(f"sqlite:///{tmp_path}/x.db") as database,  # its tables are not there yet
        elected(DatabaseLease(database, "x"), "a") as elector,
    ):
        wait_until(lambda: "no such table" in caplog.text)
        migrate(database, migration_lease(database))

        wait_until(lambda: holds(elector))
    assert caplog.text.count("The lease could not be asked for: ") == 1
    assert caplog.text.count("The lease can be asked for again.") == 1

"""What becomes of leases when the place where they are kept is away, stalls or forgets."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from peewee import Database

from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.coordination import Lease
from api.errors import UnavailableError
from api.leases.base import LeaseLock
from api.leases.database import DatabaseLease
from tests.components import redis_sentinel, redis_server
from tests.contract.leasing import (
    LONG,
    database_place,
    redis_place,
    taken,
    unless_unavailable,
    wait_until,
)
from tests.proxy import proxy_to
from tests.running import free_port

T = TypeVar("T")


def assert_unavailable(lease: LeaseLock) -> None:
    """Fail unless every call says that the place of the lease does not answer."""
    calls: list[Callable[[], object]] = [
        lambda: lease.acquire("a", LONG),
        lambda: lease.renew("a", 1, LONG),
        lambda: lease.release("a", 1),
        lambda: lease.check(1),
        lease.holder,
    ]
    for call in calls:
        with pytest.raises(UnavailableError):
            call()


def test_a_redis_that_stopped_is_unavailable() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(redis_server())
        place = stack.enter_context(redis_place(f"redis://{server.address}/0", timeout=2))
        lease = place.make("x")
        taken(lease, "a")
        server.process.kill()
        server.process.wait()

        assert_unavailable(lease)


@pytest.mark.parametrize("seconds", [0.7, 3])
def test_a_redis_that_stalls_carries_everything_out_again_without_harm(seconds: float) -> None:
    """Each call is sent again when there is no answer in time: two or three are carried out.

    The longer stall outlasts all tries of a call, which says then that Redis does not answer.
    """
    with ExitStack() as stack:
        server = stack.enter_context(redis_server())
        proxy = stack.enter_context(proxy_to(server.port))
        lease = stack.enter_context(redis_place(f"redis://{proxy.address}/0", 0.5)).make("x")
        direct = stack.enter_context(redis_place(f"redis://{server.address}/0")).make("x")

        def calling(call: Callable[[], T | None]) -> T:
            timer = threading.Timer(seconds, proxy.flow)
            proxy.stall()
            timer.start()
            try:
                return wait_until(lambda: unless_unavailable(call))
            finally:
                timer.join()

        fence = calling(lambda: lease.acquire("a", LONG))
        assert direct.check(fence), "the holder does not know its token"
        assert calling(lambda: lease.renew("a", fence, LONG))
        assert direct.holder() == "a"
        assert calling(lambda: lease.acquire("a", LONG)) == fence
        calling(lambda: lease.release("a", fence) or True)
        wait_until(lambda: not direct.holder())
        taken(direct, "b")
        assert calling(lease.holder) == "b"


@pytest.mark.parametrize("form", ["redis://{}/0", "redis+sentinel://{}/m", "redis+cluster://{}"])
def test_a_redis_that_nobody_started_is_unavailable(form: str) -> None:
    with redis_place(form.format(f"127.0.0.1:{free_port()}"), timeout=2) as place:
        assert_unavailable(place.make("x"))


@pytest.mark.parametrize(
    "form",
    ["sqlite:///{folder}/absent/x.db", "postgresql://x@{address}/x", "mariadb://x@{address}/x"],
)
def test_a_database_that_nobody_started_is_unavailable(form: str, tmp_path: Path) -> None:
    url = form.format(folder=tmp_path, address=f"127.0.0.1:{free_port()}")
    with database_place(url) as place:
        assert_unavailable(place.make("x"))


def test_a_redis_that_lost_everything_still_gives_greater_tokens() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(redis_server())
        place = stack.enter_context(redis_place(f"redis://{server.address}/0"))
        lease = place.make("x")
        lost = taken(lease, "a")
        with redis.Redis(port=server.port) as client:
            client.flushall()

        assert not lease.renew("a", lost, LONG)
        assert not lease.check(lost)
        assert taken(lease, "b") > lost


@pytest.mark.xdist_group("redis-sentinel")
def test_tokens_grow_over_a_failover_to_a_replica_that_heard_of_none() -> None:
    with ExitStack() as stack:
        master = stack.enter_context(redis_server("--repl-diskless-sync-delay", "0"))
        replica = stack.enter_context(redis_server("--replicaof", f"127.0.0.1 {master.port}"))
        wait_until(lambda: role(replica.port)["master_link_status"] == "up")
        sentinel = stack.enter_context(redis_sentinel(master))
        place = stack.enter_context(redis_place(f"redis+sentinel://{sentinel.address}/m"))
        lease = place.make("x")
        lost = taken(lease, "a")
        with redis.Redis(port=sentinel.port) as client:
            wait_until(lambda: client.sentinel_slaves("m"))
        master.process.kill()
        master.process.wait()
        wait_until(lambda: role(replica.port)["role"] == "master")
        with redis.Redis(port=replica.port) as client:
            client.flushall()

        fence = wait_until(lambda: unless_unavailable(lambda: lease.acquire("b", LONG)))

        assert fence > lost
        assert not lease.renew("a", lost, LONG)
        assert lease.holder() == "b"


def role(port: int) -> dict[str, Any]:
    """Return what a Redis server says of its replication."""
    with redis.Redis(port=port) as client:
        said: dict[str, Any] = client.info("replication")
    return said


@pytest.mark.parametrize("minutes", [10, 60 * 24 * 365])
def test_a_clock_that_was_set_back_does_not_lock_everybody_out(
    database: Database, minutes: int
) -> None:
    lease = DatabaseLease(database, "x")
    lost = taken(lease, "a", 3)
    with connection(database):
        Lease.update(expires_time=now_ms() + minutes * 60_000).execute()

    assert lease.acquire("b", 3) == lost + 1

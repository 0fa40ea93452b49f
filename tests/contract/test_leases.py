"""What a lease keeps to, wherever it is kept."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
from peewee import Database

from api.db.base import new_id, now_ms
from api.db.connection import connection
from api.db.models.coordination import Lease
from api.errors import UnavailableError
from api.leases.base import LeaseLock
from api.leases.database import DatabaseLease
from api.leases.memory import MemoryLease
from api.leases.redis import RedisLease
from api.redis_clients import redis_client
from tests.components import redis_sentinel, redis_server
from tests.databases import KINDS, opened
from tests.proxy import proxy_to
from tests.running import ROOT, free_port

T = TypeVar("T")

LONG = 60.0
SHORT = 0.15
PATIENCE = 20

CONTENDER = """
import sys
from api.redis_clients import redis_client
from api.leases.redis import RedisLease
from api.db.connection import open_database
from api.leases.database import DatabaseLease

url, name, owner = sys.argv[1:]
if url.startswith("redis"):
    lease = RedisLease(redis_client(url, 10), name)
else:
    lease = DatabaseLease(open_database(url, 2, 10), name)
print(repr(lease.holder()), flush=True)
sys.stdin.readline()
print(lease.acquire(owner, 60), flush=True)
"""

Open = Callable[[], LeaseLock]


@dataclass(frozen=True)
class Place:
    """A place for leases: `make` opens one by name, as another process would; `url` names it."""

    make: Callable[[str], LeaseLock]
    url: str = ""


def redis_url(kind: str, request: pytest.FixtureRequest) -> str:
    """Return the address of a Redis of this kind."""
    if kind == "redis":
        return f"redis://{request.getfixturevalue('redis_standalone').address}/0"
    if kind == "sentinel":
        return f"redis+sentinel://{request.getfixturevalue('redis_sentinel_master').address}/m"
    nodes = ",".join(node.address for node in request.getfixturevalue("redis_cluster_nodes"))
    return f"redis+cluster://{nodes}"


@contextmanager
def redis_place(url: str, timeout: float = 10) -> Iterator[Place]:
    """Keep leases in Redis; the connections are closed afterwards."""
    with ExitStack() as stack:

        def connect() -> Any:
            return stack.enter_context(closing(redis_client(url, timeout)()))

        yield Place(lambda name: RedisLease(connect, name), url)


@contextmanager
def database_place(url: str) -> Iterator[Place]:
    """Keep leases in a database."""
    with opened(url) as database:
        yield Place(lambda name: DatabaseLease(database, name), url)


@contextmanager
def memory_place() -> Iterator[Place]:
    """Keep leases in memory."""
    leases: dict[str, LeaseLock] = {}
    yield Place(lambda name: leases.setdefault(name, MemoryLease()))


SHARED_PLACES = [
    *KINDS,
    "redis",
    # Their servers take seconds to start: one process of a parallel run has them all.
    pytest.param("sentinel", marks=pytest.mark.xdist_group("redis-sentinel")),
    pytest.param("cluster", marks=pytest.mark.xdist_group("redis-cluster")),
]
"""Those that several processes see."""


@pytest.fixture(params=["memory", *SHARED_PLACES])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Give a place for leases, of one kind after the other."""
    kind = request.param
    chosen = str(request.config.getoption("--databases")).split(",")
    if kind in KINDS and kind not in chosen:
        pytest.skip(f"--databases leaves {kind} out")
    if kind == "memory":
        context = memory_place()
    elif kind in KINDS:
        context = database_place(request.getfixturevalue(f"{kind}_maker").migrated())
    else:
        context = redis_place(redis_url(kind, request))
    with context as opened_place:
        yield opened_place


@pytest.fixture
def open_lease(place: Place) -> Open:
    """Open one and the same lease again and again, which nobody held before."""
    return partial(place.make, new_id())


@pytest.fixture
def lease(open_lease: Open) -> LeaseLock:
    """Open a lease that nobody held before."""
    return open_lease()


def taken(lease: LeaseLock, owner: str, ttl: float = LONG) -> int:
    """Take a lease that is free."""
    fence = lease.acquire(owner, ttl)
    assert fence is not None
    return fence


def taken_in_time(lease: LeaseLock, owner: str) -> int:
    """Take a lease as soon as it is free."""
    return wait_until(lambda: lease.acquire(owner, LONG))


def let_expire(lease: LeaseLock) -> None:
    """Wait until nobody holds a lease any more."""
    wait_until(lambda: not lease.holder())


def wait_until(condition: Callable[[], T | None]) -> T:
    """Return what a condition gives as soon as that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def test_a_lease_has_one_holder(open_lease: Open) -> None:
    first, second = open_lease(), open_lease()
    assert first.holder() == ""

    fence = taken(first, "a")

    assert second.acquire("b", LONG) is None
    assert second.acquire("b", 1) is None
    assert first.holder() == second.holder() == "a"
    assert first.check(fence)
    assert second.check(fence)


def test_its_holder_may_ask_again_and_keeps_its_token(open_lease: Open) -> None:
    lease = open_lease()
    fence = taken(lease, "a", SHORT)

    assert open_lease().acquire("a", LONG) == fence
    clock = open_lease()
    assert clock.renew("a", fence, LONG), "the answer to the first may have been lost"

    assert lease.acquire("a", LONG, above=fence - 1) == fence
    newer = lease.acquire("a", LONG, above=fence)
    assert newer is not None
    assert newer > fence
    assert not lease.check(fence)
    assert lease.check(newer)


@pytest.mark.parametrize(("holder", "other"), [("host", "host:1"), ("host:1", "host")])
def test_owners_whose_names_begin_alike_are_two(lease: LeaseLock, holder: str, other: str) -> None:
    taken(lease, holder)

    assert lease.acquire(other, LONG) is None
    assert lease.holder() == holder


def test_an_owner_may_be_named_like_a_host_and_a_process(lease: LeaseLock) -> None:
    fence = taken(lease, "host:4711")

    assert lease.holder() == "host:4711"
    assert lease.check(fence)


def test_leases_of_other_names_are_independent(place: Place) -> None:
    first, second = place.make(new_id()), place.make(new_id())

    taken(first, "a")
    taken(second, "b")

    assert (first.holder(), second.holder()) == ("a", "b")


def test_tokens_grow_whoever_takes_it_and_however_it_ended(open_lease: Open) -> None:
    fences = []
    for owner in ("a", "a", "b", "a"):
        lease = open_lease()
        fences.append(taken(lease, owner))
        lease.release(owner, fences[-1])
    fences.append(taken(open_lease(), "a", SHORT))
    fences.append(taken_in_time(open_lease(), "b"))

    assert all(older < newer for older, newer in pairwise(fences)), fences


def test_a_token_may_be_asked_to_be_above_another(open_lease: Open) -> None:
    lease = open_lease()
    fence = lease.acquire("a", LONG, above=9_000_000_000_000)
    assert fence is not None
    assert fence > 9_000_000_000_000
    assert lease.check(fence)
    lease.release("a", fence)

    newer = open_lease().acquire("b", LONG, above=5)

    assert newer is not None
    assert newer > fence


def test_a_lease_ends_by_itself(open_lease: Open) -> None:
    lost = taken(open_lease(), "a", SHORT)

    fence = taken_in_time(open_lease(), "b")

    lease = open_lease()
    assert lease.holder() == "b"
    assert (lease.check(lost), lease.check(fence)) == (False, True)


def test_a_renewed_lease_outlives_its_first_time(place: Place, lease: LeaseLock) -> None:
    fence = taken(lease, "a", SHORT)
    assert lease.renew("a", fence, LONG)
    clock = place.make(new_id())
    taken(clock, "clock", SHORT)

    let_expire(clock)

    assert lease.holder() == "a"
    assert lease.acquire("b", LONG) is None


def test_a_renewal_may_shorten_a_lease(lease: LeaseLock) -> None:
    fence = taken(lease, "a")

    assert lease.renew("a", fence, SHORT)

    assert taken_in_time(lease, "b") > fence


def test_a_lost_lease_cannot_be_renewed(lease: LeaseLock) -> None:
    assert not lease.renew("a", 1, LONG), "nobody ever held it"
    lost = taken(lease, "a", SHORT)
    let_expire(lease)
    assert not lease.renew("a", lost, LONG), "its time is over"
    fence = taken(lease, "b")
    assert not lease.renew("a", lost, LONG), "another one has it"
    assert not lease.renew("a", fence, LONG)
    assert not lease.renew("b", lost, LONG)
    lease.release("b", fence)
    assert not lease.renew("b", fence, LONG), "it was given back"


def test_a_released_lease_is_free_at_once(open_lease: Open) -> None:
    fence = taken(open_lease(), "a")

    open_lease().release("a", fence)

    assert open_lease().holder() == ""
    assert not open_lease().check(fence)
    assert taken(open_lease(), "b") > fence


def test_a_release_by_a_zombie_does_nothing(lease: LeaseLock) -> None:
    lost = taken(lease, "a", SHORT)
    let_expire(lease)
    lease.release("a", lost)
    fence = taken(lease, "a")

    lease.release("a", lost)
    lease.release("b", fence)

    assert lease.holder() == "a"
    assert lease.check(fence)


def test_a_token_that_was_never_given_is_not_valid(lease: LeaseLock) -> None:
    assert not lease.check(0)
    fence = taken(lease, "a")

    assert not lease.check(fence + 1)
    assert not lease.check(fence - 1)


def test_of_many_threads_one_wins_each_time(open_lease: Open) -> None:
    contenders = 8
    leases = [open_lease() for _ in range(contenders)]
    start = threading.Barrier(contenders)
    fences = []

    def compete(number: int) -> tuple[str, int] | None:
        start.wait()
        owner = f"thread{number}"
        fence = leases[number].acquire(owner, LONG)
        return None if fence is None else (owner, fence)

    with ThreadPoolExecutor(contenders) as pool:
        for _ in range(5):
            winners = [found for found in pool.map(compete, range(contenders)) if found]
            assert len(winners) == 1, winners
            assert leases[0].holder() == winners[0][0]
            leases[0].release(*winners[0])
            fences.append(winners[0][1])

    assert fences == sorted(set(fences))


@pytest.mark.parametrize("place", SHARED_PLACES, indirect=True)
def test_of_many_processes_one_wins(place: Place) -> None:
    name = new_id()
    with ExitStack() as stack:
        contenders = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", CONTENDER, place.url, name, f"process{number}"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=ROOT,
                )
            )
            for number in range(3)
        ]
        outputs = [contender.stdout for contender in contenders if contender.stdout]
        assert [output.readline() for output in outputs] == ["''\n"] * 3
        for contender in contenders:
            assert contender.stdin
            contender.stdin.write("\n")
            contender.stdin.flush()
        answers = [output.readline().strip() for output in outputs]

    won = [number for number, answer in enumerate(answers) if answer != "None"]
    assert len(won) == 1, answers
    assert place.make(name).holder() == f"process{won[0]}"
    assert place.make(name).check(int(answers[won[0]]))


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


def unless_unavailable(call: Callable[[], T | None]) -> T | None:
    """Return what a call does; None while the place of the lease does not answer."""
    with suppress(UnavailableError):
        return call()
    return None


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

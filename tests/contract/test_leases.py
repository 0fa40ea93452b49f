"""What a lease keeps to, wherever it is kept."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import pairwise

import pytest

from api.db.base import new_id
from api.leases.base import LeaseLock
from tests.contract.leasing import (
    LONG,
    SHORT,
    Place,
    database_place,
    memory_place,
    redis_place,
    taken,
    wait_until,
)
from tests.databases import KINDS
from tests.running import ROOT

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


def redis_url(kind: str, request: pytest.FixtureRequest) -> str:
    """Return the address of a Redis of this kind."""
    if kind == "redis":
        return f"redis://{request.getfixturevalue('redis_standalone').address}/0"
    if kind == "sentinel":
        return f"redis+sentinel://{request.getfixturevalue('redis_sentinel_master').address}/m"
    nodes = ",".join(node.address for node in request.getfixturevalue("redis_cluster_nodes"))
    return f"redis+cluster://{nodes}"


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
    """Return a place for leases, of one kind after the other."""
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


def taken_in_time(lease: LeaseLock, owner: str) -> int:
    """Acquire a lease as soon as it is free."""
    return wait_until(lambda: lease.acquire(owner, LONG))


def let_expire(lease: LeaseLock) -> None:
    """Wait until nobody holds a lease any more."""
    wait_until(lambda: not lease.holder())


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
    fence = taken(lease, "a")

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
    first_time = 1.0  # a busy machine needs some of it to renew the lease
    fence = taken(lease, "a", first_time)
    assert lease.renew("a", fence, LONG)
    clock = place.make(new_id())
    taken(clock, "clock", first_time)

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


@pytest.mark.long
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

"""One web worker of all does the background work, whatever befalls it and its lease.

Real servers, real processes, real Redis. A site on PostgreSQL without Redis and one with it have
two servers each, as two machines would: own data folders, one database and one chunk store. On
SQLite and under the other forms of Redis the two workers of one server compete.
"""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.running import Server, wait_until
from tests.service.lease_places import PostgresqlStore
from tests.service.lease_site import Site, Sites, Work, ended

WHOLE = ("sqlite", "redis")
"""Kinds of sites that are run with their ingest workers, too."""

LINE = "The keeper of the light writes into the log how far the lamp was seen. "
LINES = 6000

LOST = "has lost the lease"
IN_VAIN = "The lease could not be asked for"
REFUSED = "The job update_progress broke off"


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Yield the sites, which run until all tests are done."""
    with ExitStack() as stack:
        yield Sites(stack, tmp_path_factory.mktemp("sites"))


@pytest.fixture
def site(sites: Sites, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Yield a site whose lease is in one place after the other; check what its holders wrote."""
    found = sites.of(request.param)
    yield found
    found.assert_one_at_a_time()


def on(*kinds: str) -> Any:
    """Run a test on sites of some kinds; each kind's servers are started in one process only."""
    marked = [pytest.param(kind, marks=pytest.mark.xdist_group(f"lease-{kind}")) for kind in kinds]
    return pytest.mark.parametrize("site", marked, indirect=True)


everywhere = on("sqlite", "postgresql", "redis", "sentinel", "cluster")
in_redis = on("redis", "sentinel", "cluster")
on_two_hosts = on("postgresql", "redis")


@everywhere
def test_a_killed_holder_is_followed_by_another(site: Site) -> None:
    with site.work() as work:
        victim = site.signal_holder(signal.SIGKILL)

        site.taken_over_from(victim)

        work.goes_on(0.2)


@everywhere
def test_a_holder_that_was_paused_cannot_write_what_it_meant_to(site: Site) -> None:
    with site.work() as work:
        progress, refusals = 0.2, site.logged(REFUSED)
        while site.logged(REFUSED) == refusals:
            assert progress < 0.9, "no holder was refused to write"
            victim = site.settled()
            with site.store.stopped_before_writing(victim, lambda told=progress: work.tell(told)):
                site.taken_over_from(victim)
                work.goes_on(round(progress + 0.05, 2))
            progress = round(progress + 0.1, 2)
            work.goes_on(progress)  # the paused one has had time to write, too


@on_two_hosts
def test_a_holder_that_is_paused_in_its_transaction_keeps_nobody_waiting(site: Site) -> None:
    assert isinstance(site.store, PostgresqlStore)
    with site.work() as work:
        victim = site.settled()
        store = site.store
        with store.stopped_in_transaction(victim, work.document, lambda: work.tell(0.2)):
            work.tell(0.3)
            site.taken_over_from(victim)
            work.wait_for(0.3)
        work.goes_on(0.4)


@everywhere
def test_a_holder_that_is_told_to_stop_leaves_the_lease_to_others_at_once(site: Site) -> None:
    with site.work() as work:
        victim = site.signal_holder(signal.SIGTERM)

        wait_until(lambda: ended(victim), "the worker's end")
        assert site.holder() != victim, "the lease was not given back"

        site.taken_over_from(victim)
        work.goes_on(0.2)


@on("sqlite", "postgresql", "redis")
def test_a_reload_moves_the_lease_to_a_new_worker(site: Site) -> None:
    with site.work() as work:
        before = site.workers()
        for host in site.hosts:
            host.tree()[0].send_signal(signal.SIGHUP)

        wait_until(lambda: not before & site.workers(), "the workers to be replaced")
        assert site.settled() not in before
        work.goes_on(0.2)


@on("sqlite", "redis")
def test_workers_may_come_and_go(site: Site) -> None:
    with site.work() as work:
        victim, progress = site.settled(), 0.1
        host = site.host_of(victim)
        while victim in site.workers():  # the oldest goes first
            assert progress < 0.5
            host.tree()[0].send_signal(signal.SIGTTIN)
            wait_until(lambda: len(host.web_workers()) == 3, "a third worker")
            work.goes_on(round(progress + 0.05, 2))
            host.tree()[0].send_signal(signal.SIGTTOU)
            wait_until(lambda: len(host.web_workers()) == 2, "two workers")
            progress = round(progress + 0.1, 2)
            work.goes_on(progress)
        assert site.settled() != victim


@on_two_hosts
def test_a_host_that_is_lost_is_followed_by_the_other(site: Site) -> None:
    with site.work() as work:
        # The test asks the first server.
        victim = site.settled()
        lost = site.host_of(victim)
        [other] = [host for host in site.hosts if host is not lost]
        work.host = other
        lost.kill_everything()
        try:
            newer = site.taken_over_from(victim)
            assert site.host_of(newer) is other
            work.goes_on(0.2)
        finally:
            lost.start()


@on_two_hosts
def test_a_host_that_is_stopped_leaves_the_lease_to_the_other_at_once(site: Site) -> None:
    with site.work() as work:
        victim = site.settled()
        stopped = site.host_of(victim)
        [other] = [host for host in site.hosts if host is not stopped]
        work.host = other
        try:
            assert stopped.stop(signal.SIGTERM) == 0
            holder = site.holder()
            assert holder == 0 or site.host_of(holder) is other
            work.goes_on(0.2)
        finally:
            stopped.start()


@in_redis
def test_a_redis_that_forgets_everything_does_no_harm(site: Site) -> None:
    assert site.redis
    with site.work() as work:
        for number in (2, 3):
            site.settled()  # without a holder nothing would be lost
            lost = site.logged(LOST)
            site.redis.flush()
            wait_until(lambda before=lost: site.logged(LOST) > before, "the lease to be lost")
            work.goes_on(number / 10)


@on("redis")
def test_nobody_writes_while_redis_is_gone_and_all_goes_on_when_it_is_back(site: Site) -> None:
    assert site.redis
    with site.work() as work:
        with site.redis.killed():
            nobody_writes(site, work, 2 * len(site.workers()))
        work.wait_for(0.2)


@on("cluster")
def test_nobody_writes_while_redis_hangs_and_all_goes_on_when_it_is_back(site: Site) -> None:
    assert site.redis
    with site.work() as work:
        with site.redis.paused():
            nobody_writes(site, work, 3)
        work.wait_for(0.2)


def nobody_writes(site: Site, work: Work, times: int) -> None:
    """Fail if progress is told though no lease can be had; it is asked for so often meanwhile."""
    site.wait_for_log(IN_VAIN, times)  # so long that the last holder's is over
    work.tell(0.2)
    site.wait_for_log(IN_VAIN, times)  # so long that a holder would have looked
    assert work.shown()[0] == 0.1
    assert all(host.is_ready() for host in site.hosts)


@on("sentinel")
def test_all_goes_on_after_a_failover(site: Site) -> None:
    assert site.redis
    with site.work() as work:
        site.redis.fail_over()

        work.goes_on(0.2)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.xdist_group(f"lease-{kind}")) for kind in WHOLE],
)
def test_no_progress_is_lost_or_told_twice_while_holders_are_killed(
    kind: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        site = Sites(stack, tmp_path, Server).of(kind)
        host = site.host_of(site.settled())  # whose requests wake the holder
        dataset = host.dataset()
        documents = host.upload(dataset, *map(log_book, range(8)))
        host.parse(dataset, documents)
        seen: dict[str, list[tuple[float, str]]] = defaultdict(list)
        killed: list[int] = []

        def all_done() -> bool:
            """Read the state of all documents; kill the holder once it has written something."""
            listed = host.data_of("GET", f"/datasets/{dataset}/documents")["docs"]
            for item in listed:
                seen[item["id"]].append((item["progress"], item["progress_msg"]))
            acted = {fence for fence, *_ in site.store.writes()}
            holder = site.holder()
            if holder in site.workers() - {*killed} and len(acted) > len(killed):
                os.kill(holder, signal.SIGKILL)
                killed.append(holder)
            return all(item["run"] == "DONE" for item in listed)

        wait_until(all_done, "all documents to be done")

        assert killed, "no holder was killed before all was done"
        site.assert_one_at_a_time()
        for course in seen.values():
            assert all(before[0] <= after[0] for before, after in pairwise(course)), course
        said = {message for course in seen.values() for _, message in course}
        assert any("tasks are ahead in the queue..." in message for message in said)
        assert_counted(host, dataset, documents)


def log_book(year: int) -> tuple[str, bytes]:
    """Return a file that takes a while to be parsed."""
    lines = (f"{year}.{number}. {LINE}" for number in range(LINES))
    return f"{year}.txt", "\n".join(lines).encode()


def assert_counted(host: Server, dataset: str, documents: list[str]) -> None:
    """Fail unless each document was done once, and all counters say what there is."""
    counts = []
    for document in documents:
        shown = host.document(dataset, document)
        assert shown["progress"] == 1.0
        assert shown["progress_msg"].count("Task done") == 1, shown["progress_msg"]
        chunks = host.data_of("GET", f"/datasets/{dataset}/documents/{document}/chunks")
        assert chunks["total"] == shown["chunk_count"]
        counts.append(shown["chunk_count"])
    [found] = host.data_of("GET", "/datasets", params={"id": dataset})
    assert (found["document_count"], found["chunk_count"]) == (len(documents), sum(counts))

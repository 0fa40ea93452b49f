"""Who among the connections of a worker has to make place for whom."""

import logging
from contextlib import ExitStack

import pytest

from api.http.crowd import TELL_EVERY, Crowd, Places
from api.http.proxies import Proxies, site_of

PROXY = "127.0.0.1"


class Client:
    """A connection that remembers whether it was dropped."""

    def __init__(self, site: str) -> None:
        """Stand in for the crowd."""
        self.site = site
        self.dropped = False

    def drop(self) -> None:
        """Record the call."""
        self.dropped = True


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def crowd_of(
    total: int = 100, site: int = 90, waiting: int = 50, clock: Clock | None = None
) -> Crowd:
    return Crowd(Places(total, site, waiting, Proxies(PROXY)), clock or Clock())


class Hall(ExitStack):
    """Clients of a crowd for a `with` block."""

    def __init__(self, crowd: Crowd) -> None:
        """Begin with nobody of our own."""
        super().__init__()
        self.crowd = crowd

    def enter(self, site: str, *, waits: bool = True) -> tuple[Client, bool]:
        """Return a new client and whether there was a place for it."""
        client = Client(site)
        welcome = self.enter_context(self.crowd.joined(client))
        if welcome and waits:
            self.crowd.waits(client)
        return client, welcome


def test_of_those_that_wait_the_longest_silent_of_the_same_address_goes() -> None:
    with Hall(crowd_of(waiting=2)) as hall:
        other, _ = hall.enter("192.0.2.9")
        clients = [hall.enter("192.0.2.1")[0] for _ in range(4)]
        assert [client.dropped for client in clients] == [True, True, False, False]
        assert not other.dropped


def test_who_is_served_is_not_among_those_that_wait() -> None:
    with Hall(crowd_of(waiting=2)) as hall:
        served, _ = hall.enter("192.0.2.1")
        hall.crowd.goes_on(served)
        for _ in range(3):
            hall.enter("192.0.2.1")
        assert not served.dropped
        hall.crowd.waits(served)  # for its next request, after the others
        hall.enter("192.0.2.1")
        assert not served.dropped
        hall.enter("192.0.2.1")
        assert served.dropped


def test_a_worker_that_is_nearly_full_drops_one_of_the_address_with_the_most() -> None:
    with Hall(crowd_of(total=20)) as hall:
        lone, _ = hall.enter("192.0.2.1")
        many = [hall.enter("192.0.2.2")[0] for _ in range(17)]
        few = [hall.enter(f"198.51.100.{n}")[0] for n in range(2)]
        assert many[0].dropped
        assert not any(client.dropped for client in [lone, *many[2:], *few])


def test_an_address_has_its_limit_but_a_proxy_has_none() -> None:
    with Hall(crowd_of(site=2)) as hall:
        assert [hall.enter("192.0.2.1", waits=False)[1] for _ in range(3)] == [True, True, False]
        assert all(hall.enter(PROXY, waits=False)[1] for _ in range(5))
        assert hall.enter("192.0.2.2")[1]
    with Hall(hall.crowd) as again:
        assert again.enter("192.0.2.1", waits=False)[1]


def test_a_silent_connection_makes_place_for_one_of_its_address_beyond_the_limit() -> None:
    with Hall(crowd_of(site=2)) as hall:
        silent, _ = hall.enter("192.0.2.1")
        hall.enter("192.0.2.1", waits=False)
        assert hall.enter("192.0.2.1", waits=False)[1]
        assert silent.dropped


def test_nobody_is_left_when_all_have_gone() -> None:
    crowd = crowd_of(total=4, site=3, waiting=2)
    for _ in range(20):
        with Hall(crowd) as hall:
            for site in ("192.0.2.1", "192.0.2.2"):
                client, welcome = hall.enter(site)
                assert welcome
                crowd.goes_on(client)
                assert not client.dropped


def test_the_log_has_one_line_an_address_and_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with caplog.at_level(logging.WARNING), Hall(crowd_of(waiting=1, clock=clock)) as hall:
        for site in ("192.0.2.1", "192.0.2.2"):
            for _ in range(5):
                hall.enter(site)
        assert [record.args[0] for record in caplog.records] == ["192.0.2.1", "192.0.2.2"]
        clock.now += TELL_EVERY
        hall.enter("192.0.2.1")
        assert len(caplog.records) == 3


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("local", "local"),
    ],
)
def test_an_ipv6_client_is_known_by_its_network(address: str, site: str) -> None:
    assert site_of(address) == site


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5, 10.1.2.3", "203.0.113.5"),
        ("127.0.0.1", "10.0.0.9, 10.1.2.3", "10.0.0.9"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.5, <script>", "127.0.0.1"),
    ],
)
def test_only_proxies_are_believed_who_asks(peer: str, forwarded: str, client: str) -> None:
    assert Proxies("127.0.0.1, ::1, 10.0.0.0/8").client_of(peer, forwarded) == client

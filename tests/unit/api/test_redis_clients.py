"""Addresses of Redis in its three forms."""

from typing import Any

import pytest
from redis import Redis

from api.errors import StartError
from api.redis_clients import FORMS, parse, redis_client


def parts(url: str) -> tuple[Any, ...]:
    """Return what an address says, without the address itself."""
    found = parse(url)
    return (found.form, found.nodes, found.user, found.password, found.master, found.database)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://h", ("redis", (("h", 6379),), None, None, "", 0)),
        ("redis://h:1/", ("redis", (("h", 1),), None, None, "", 0)),
        ("rediss://u:p@h:1/15", ("rediss", (("h", 1),), "u", "p", "", 15)),
        ("redis://:p%40%2F@h:1/0", ("redis", (("h", 1),), None, "p@/", "", 0)),
        ("redis://[::1]:7", ("redis", (("::1", 7),), None, None, "", 0)),
        (
            "redis+sentinel://a,b:2/main",
            ("redis+sentinel", (("a", 26379), ("b", 2)), None, None, "main", 0),
        ),
        (
            "redis+sentinel://u:p@[::1],[fe80::2]:3/main/4",
            ("redis+sentinel", (("::1", 26379), ("fe80::2", 3)), "u", "p", "main", 4),
        ),
        (
            "redis+cluster://:p@a:1,b",
            ("redis+cluster", (("a", 1), ("b", 6379)), None, "p", "", 0),
        ),
        ("redis+cluster://a/0", ("redis+cluster", (("a", 6379),), None, None, "", 0)),
    ],
)
def test_addresses_say_where_and_who(url: str, said: tuple[Any, ...]) -> None:
    assert parts(url) == said


@pytest.mark.parametrize("url", ["", "h:6379", "http://h", "redis+other://h", "postgresql://h"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(StartError) as caught:
        redis_client(url, 1)
    assert str(caught.value).startswith("redis.url must begin with redis://, rediss://,")


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis:///0",
        "redis://:secret-word@h:port/0",
        "redis://:secret-word@h:65536/0",
        "redis://:secret-word@h:1/x",
        "redis://:secret-word@h:1/0/1",
        "redis://:secret-word@a:1,b:2/0",
        "rediss://:secret-word@h:1/-1",
        "redis+sentinel://:secret-word@h:1",
        "redis+sentinel://:secret-word@h:1/",
        "redis+sentinel://:secret-word@h:1/m/x",
        "redis+sentinel://:secret-word@h:1,/m",
        "redis+cluster://:secret-word@h:1,:2",
        "redis+cluster://:secret-word@h:1/3",
    ],
)
def test_bad_addresses_are_refused_with_an_example_and_without_the_password(url: str) -> None:
    with pytest.raises(StartError) as caught:
        redis_client(url, 1)
    assert "secret-word" not in str(caught.value)
    assert FORMS[url.partition(":")[0]] in str(caught.value)


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("redis://h/0?protocol=3", "protocol"),
        ("redis://h?socket_timeout=0&decode_responses=1", "decode_responses, socket_timeout"),
        ("redis://h?ssl_cert_reqs=none", "ssl_cert_reqs"),
        ("rediss://h?ssl_ca_certs=/ca.pem&protocol=", "protocol"),
        ("redis+sentinel://h/m?protocol=3", "protocol"),
        ("redis+cluster://h?max_connections=1", "max_connections"),
    ],
)
def test_options_that_would_change_what_the_client_does_are_refused_by_name(
    url: str, names: str
) -> None:
    with pytest.raises(StartError) as caught:
        redis_client(url, 1)
    assert str(caught.value).startswith(f"redis.url must not set {names} after")


def test_options_of_tls_reach_the_client() -> None:
    client = redis_client("rediss://h/2?ssl_ca_certs=/ca.pem&ssl_check_hostname=false", 1)()
    assert isinstance(client, Redis)
    told = client.connection_pool.connection_kwargs
    assert (told["ssl_ca_certs"], told["ssl_check_hostname"]) == ("/ca.pem", False)
    assert told["socket_timeout"] == 1
    client.close()


def test_a_client_of_one_server_is_told_everything() -> None:
    client = redis_client("redis://u:p%40@[::1]:7/3", 1.5)()
    assert isinstance(client, Redis)
    told = client.connection_pool.connection_kwargs
    assert (told["host"], told["port"], told["db"]) == ("::1", 7, 3)
    assert (told["username"], told["password"]) == ("u", "p@")
    assert told["socket_timeout"] == told["socket_connect_timeout"] == 1.5
    client.close()


def test_a_client_behind_sentinels_is_told_everything() -> None:
    client = redis_client("redis+sentinel://u:p@a:1,b/main/3", 1.5)()
    assert isinstance(client, Redis)
    pool: Any = client.connection_pool
    told = pool.connection_kwargs
    assert pool.service_name == "main"
    assert (told["username"], told["password"], told["db"]) == ("u", "p", 3)
    assert told["socket_timeout"] == 1.5
    known = [item.connection_pool.connection_kwargs for item in pool.sentinel_manager.sentinels]
    assert [(item["host"], item["port"]) for item in known] == [("a", 1), ("b", 26379)]
    assert {item["socket_timeout"] for item in known} == {1.5}
    client.close()

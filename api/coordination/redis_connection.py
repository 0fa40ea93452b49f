"""Clients of Redis in its three forms, from one kind of address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from redis import BlockingConnectionPool, Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisError
from redis.sentinel import Sentinel

from api.errors import StartError, UnavailableError

CONNECTIONS = 8
DEFAULT_PORT = 6379
SENTINEL_PORT = 26379

Client = Redis | RedisCluster


def redis_client(url: str, timeout: float) -> Callable[[], Client]:
    """Return what makes a client of the Redis at `url`; `timeout` is in seconds.

    URLs: `redis://[user:password@]host:port/0` (`rediss://` for TLS),
    `redis+sentinel://[:password@]host:port,host:port/master-name[/0]` and
    `redis+cluster://[:password@]host:port,host:port`. Raises StartError for any other.
    """
    builders: dict[str, Callable[[str, float], Client]] = {
        "redis": standalone,
        "rediss": standalone,
        "redis+sentinel": sentinel,
        "redis+cluster": cluster,
    }
    scheme = urlsplit(url).scheme
    if scheme not in builders:
        raise StartError(
            "redis.url must begin with redis://, rediss://, redis+sentinel:// or"
            f" redis+cluster://, not {scheme}://."
        )
    return lambda: builders[scheme](url, timeout)


def standalone(url: str, timeout: float) -> Client:
    """Return a client of one server."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
    )
    return Redis(connection_pool=pool)


def sentinel(url: str, timeout: float) -> Client:
    """Return a client of whichever server the sentinels call the master."""
    name, _, number = urlsplit(url).path.strip("/").partition("/")
    untyped: Any = Sentinel
    known = untyped(
        nodes(url, SENTINEL_PORT), socket_timeout=timeout, socket_connect_timeout=timeout
    )
    client: Redis = known.master_for(
        name,
        password=password(url),
        db=int(number or 0),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
    )
    return client


def cluster(url: str, timeout: float) -> Client:
    """Return a client of a cluster."""
    node: Any = ClusterNode
    return RedisCluster(
        startup_nodes=[node(host, port) for host, port in nodes(url, DEFAULT_PORT)],
        password=password(url),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
    )


def nodes(url: str, default_port: int) -> list[tuple[str, int]]:
    """Return the hosts and ports that an address names."""
    places = urlsplit(url).netloc.rpartition("@")[2].split(",")
    found = []
    for place in places:
        host, _, port = place.rpartition(":") if ":" in place else (place, "", "")
        found.append((host, int(port or default_port)))
    return found


def password(url: str) -> str | None:
    """Return the password of an address."""
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    return unquote(user.partition(":")[2]) if at else None


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn Redis's own errors into UnavailableError for a `with` block."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise UnavailableError(f"Redis does not answer as it should: {error}") from error

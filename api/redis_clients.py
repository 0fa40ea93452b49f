"""Clients of Redis in its three forms, from one kind of address."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis import BlockingConnectionPool, Redis
from redis.backoff import ConstantBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from api.errors import StartError, UnavailableError

CONNECTIONS = 8
DEFAULT_PORT = 6379
SENTINEL_PORT = 26379

RETRY = Retry(ConstantBackoff(0.05), 2)
"""Enough for a connection that was cut while idle; who needs Redis for longer asks again."""

NO_RETRY = Retry(ConstantBackoff(0), 0)
"""For one of several sentinels: the next is asked instead, and all again with the retries above."""

Client = Redis | RedisCluster

FORMS = {
    "redis": "redis://[user:password@]host:port/0",
    "rediss": "rediss://[user:password@]host:port/0",
    "redis+sentinel": "redis+sentinel://[user:password@]host:port,host:port/master-name[/0]",
    "redis+cluster": "redis+cluster://[user:password@]host:port,host:port",
}
"""What addresses look like, by scheme; `rediss` is TLS."""

TLS_OPTIONS = frozenset(
    {
        "ssl_ca_certs",
        "ssl_ca_path",
        "ssl_cert_reqs",
        "ssl_certfile",
        "ssl_check_hostname",
        "ssl_keyfile",
        "ssl_min_version",
        "ssl_password",
    }
)
"""What may stand behind the `?` of a `rediss` address, and is handed on to the client. Anything
else would be, too: `protocol` changes what commands answer, `socket_timeout` how long they take."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address; `master` is the name that sentinels know a master by."""

    url: str
    form: str
    nodes: tuple[tuple[str, int], ...]
    user: str | None
    password: str | None
    master: str
    database: int


def redis_client(url: str, timeout: float) -> Callable[[], Client]:
    """Return what makes a client of the Redis at `url`; `timeout` is in seconds.

    Nothing is connected to yet. Raises StartError for an address that is none of `FORMS`.
    """
    form = url.partition("://")[0].lower() if "://" in url else ""
    if form not in FORMS:
        raise StartError(
            "redis.url must begin with redis://, rediss://, redis+sentinel:// or"
            f" redis+cluster://, not {form}://."
        )
    check_options(url, TLS_OPTIONS if form == "rediss" else frozenset())
    try:
        address = parse(url)
    except ValueError as error:
        # The address itself may hold a password.
        raise StartError(f"redis.url cannot be read: it must look like {FORMS[form]}.") from error
    builders = {"redis+sentinel": sentinel, "redis+cluster": cluster}
    build = builders.get(form, standalone)
    return lambda: build(address, timeout)


def check_options(url: str, allowed: Collection[str]) -> None:
    """Refuse an address with options that are not allowed; raises StartError, which names them."""
    options = parse_qs(url.partition("?")[2], keep_blank_values=True)
    if refused := sorted(options.keys() - allowed):
        raise StartError(
            f"redis.url must not set {', '.join(refused)} after its question mark: only rediss://"
            f" has options, and these are {', '.join(sorted(TLS_OPTIONS))}."
        )


def redis_ping(url: str, timeout: float) -> Callable[[], object]:
    """Return what asks the Redis at `url` whether it is there; it raises UnavailableError."""
    client = cache(redis_client(url, timeout))

    def ping() -> object:
        with redis_errors():
            return client().ping()

    return ping


def parse(url: str) -> Address:
    """Return the parts of an address; raises ValueError."""
    # Not by `urlsplit`: newer ones of the library refuse several hosts with brackets.
    form, _, rest = url.partition("://")
    form = form.lower()
    place, _, path = rest.partition("?")[0].partition("/")
    default = SENTINEL_PORT if form == "redis+sentinel" else DEFAULT_PORT
    credentials, at, places = place.rpartition("@")
    user, _, password = credentials.partition(":")
    found = tuple(node(place, default) for place in places.split(","))
    master, database = path_of(form, path)
    if form in {"redis", "rediss"} and len(found) > 1:
        raise ValueError("one server has one address")
    return Address(
        url=url,
        form=form,
        nodes=found,
        user=unquote(user) or None,
        password=unquote(password) if at else None,
        master=master,
        database=database,
    )


def node(place: str, default_port: int) -> tuple[str, int]:
    """Return the host and port of `host`, `host:port` or `[IPv6]:port`; raises ValueError."""
    parts = urlsplit(f"//{place}")
    if not parts.hostname:
        raise ValueError("a host is missing")
    return parts.hostname, parts.port or default_port


def path_of(form: str, path: str) -> tuple[str, int]:
    """Return the name of the master and the number of the database; raises ValueError."""
    names = path.strip("/").split("/")
    master = unquote(names.pop(0)) if form == "redis+sentinel" else ""
    if form == "redis+sentinel" and not master:
        raise ValueError("the name of the master is missing")
    database = int("".join(names) or 0)
    if len(names) > 1 or database < 0 or (database and form == "redis+cluster"):
        raise ValueError("there is no such database")
    return master, database


def standalone(address: Address, timeout: float) -> Client:
    """Return a client of one server."""
    pool = BlockingConnectionPool.from_url(
        address.url,
        max_connections=CONNECTIONS,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=RETRY,
    )
    return Redis(connection_pool=pool)


def sentinel(address: Address, timeout: float) -> Client:
    """Return a client of whichever server the sentinels call the master."""
    untyped: Any = Sentinel
    options = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    known = untyped(list(address.nodes), sentinel_kwargs={**options, "retry": NO_RETRY})
    client: Redis = known.master_for(
        address.master,
        username=address.user,
        password=address.password,
        db=address.database,
        retry=RETRY,
        **options,
    )
    return client


def cluster(address: Address, timeout: float) -> Client:
    """Return a client of a cluster."""
    untyped: Any = ClusterNode
    return RedisCluster(
        startup_nodes=[untyped(host, port) for host, port in address.nodes],
        username=address.user,
        password=address.password,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
    )


def pool_use(client: Client) -> tuple[int, int]:
    """Return how many connections of a client are lent out, and how many wait."""
    untyped: Any = client
    clients = [untyped]
    if isinstance(client, RedisCluster):
        nodes = (node.redis_connection for node in untyped.get_nodes())
        clients = [node for node in nodes if node is not None]  # None: not asked anything yet
    counts = [each.connection_pool.get_connection_count() for each in clients]
    return sum(used[0] for _, used in counts), sum(idle[0] for idle, _ in counts)


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn Redis's own errors into UnavailableError for a `with` block."""
    try:
        yield
    except MasterNotFoundError as error:
        # Its own words list everything that is known of every sentinel.
        raise UnavailableError("Redis does not answer: no sentinel names a master.") from error
    except (RedisError, RedisClusterException, OSError) as error:
        raise UnavailableError(f"Redis does not answer as it should: {error}") from error

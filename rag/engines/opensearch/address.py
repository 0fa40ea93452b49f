"""Where an OpenSearch is, as an address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from rag.errors import ConfigurationError

_SCHEMES = {"opensearch": "https", "opensearch+http": "http"}
_PORT = 9200
_PREFIX = "raglan"
_FORM = (
    "write opensearch://user:password@host:9200/raglan, with further host:port after commas,"
    " or opensearch+http:// without TLS"
)

SHARDS = 4
"""Of an index that is made; it cannot be changed later."""

EXACT_UP_TO = 50_000
"""Chunks that are looked at one by one: 10 ms of one core of the server for a thousand."""

SECONDS = 30.0
"""For one answer."""


@dataclass(frozen=True, slots=True)
class Address:
    """The nodes of a cluster, and what is said beside them; `prefix` begins names of indexes."""

    nodes: tuple[str, ...]
    user: str
    password: str
    prefix: str
    certificates: str
    shards: int
    exact_up_to: int
    seconds: float


def _number(options: Mapping[str, list[str]], name: str, default: int) -> int:
    [text] = options.get(name, [str(default)])
    if not text.isdecimal() or not int(text):
        raise ConfigurationError(f"The address of OpenSearch: {name} is a number above 0.")
    return int(text)


def read_address(url: str) -> Address:
    """Return what an address says; raises ConfigurationError if it is none."""
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    prefix = parts.path.strip("/") or _PREFIX
    options = parse_qs(parts.query, keep_blank_values=True)
    known = {"ca", "shards", "exact_up_to", "timeout"}
    is_named = prefix.replace("-", "").replace("_", "").isalnum() and prefix == prefix.lower()
    if not hosts or not is_named or not prefix[0].isalpha() or parts.scheme not in _SCHEMES:
        raise ConfigurationError(f"The address of OpenSearch cannot be read: {_FORM}.")
    if set(options) - known or any(len(values) > 1 for values in options.values()):
        listed = ", ".join(sorted(known))
        raise ConfigurationError(f"Behind ? the address of OpenSearch may have {listed}, once.")
    scheme = _SCHEMES[parts.scheme]
    return Address(
        nodes=tuple(_node(scheme, host) for host in hosts.split(",")),
        user=unquote(user),
        password=unquote(password),
        prefix=prefix,
        certificates=options.get("ca", [""])[0],
        shards=_number(options, "shards", SHARDS),
        exact_up_to=_number(options, "exact_up_to", EXACT_UP_TO),
        seconds=float(_number(options, "timeout", int(SECONDS))),
    )


def _node(scheme: str, host: str) -> str:
    try:
        parts = urlsplit(f"{scheme}://{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        name, port = None, None
    if not name:
        raise ConfigurationError(f"The address of OpenSearch cannot be read: {_FORM}.")
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{shown}:{port or _PORT}"

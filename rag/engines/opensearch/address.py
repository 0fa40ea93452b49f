"""Where an OpenSearch or Elasticsearch is, as an address says it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from rag.errors import ConfigurationError

_PRODUCTS = {"opensearch": "OpenSearch", "elasticsearch": "Elasticsearch"}
_PLAIN = "+http"
_PORT = 9200
_PREFIX = "raglan"
_FORM = (
    "write {0}://user:password@host:9200/raglan, with further host:port after commas,"
    " or {0}+http:// without TLS"
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

    product: str
    nodes: tuple[str, ...]
    user: str
    password: str
    prefix: str
    certificates: str
    shards: int
    exact_up_to: int
    seconds: float


def read_address(url: str) -> Address:
    """Return what an address says; raises ConfigurationError if it is none."""
    parts = urlsplit(url)
    kind = parts.scheme.removesuffix(_PLAIN)
    product = _PRODUCTS[kind]
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    prefix = parts.path.strip("/") or _PREFIX
    options = parse_qs(parts.query, keep_blank_values=True)
    known = {"ca", "shards", "exact_up_to", "timeout"}
    is_named = prefix.replace("-", "").replace("_", "").isalnum() and prefix == prefix.lower()
    scheme = "http" if parts.scheme.endswith(_PLAIN) else "https"
    nodes = [_node(scheme, host) for host in hosts.split(",")]
    if not all(nodes) or not is_named or not prefix[0].isalpha():
        form = _FORM.format(kind)
        raise ConfigurationError(f"The address of {product} cannot be read: {form}.")
    if set(options) - known or any(len(values) > 1 for values in options.values()):
        listed = ", ".join(sorted(known))
        raise ConfigurationError(f"Behind ? the address of {product} may have {listed}, once.")

    def number(name: str, default: int) -> int:
        [text] = options.get(name, [str(default)])
        if not text.isdecimal() or not int(text):
            raise ConfigurationError(f"The address of {product}: {name} is a number above 0.")
        return int(text)

    return Address(
        product=product,
        nodes=tuple(nodes),
        user=unquote(user),
        password=unquote(password),
        prefix=prefix,
        certificates=options.get("ca", [""])[0],
        shards=number("shards", SHARDS),
        exact_up_to=number("exact_up_to", EXACT_UP_TO),
        seconds=float(number("timeout", int(SECONDS))),
    )


def _node(scheme: str, host: str) -> str:
    """Return the address of a node, or nothing if it has none."""
    try:
        parts = urlsplit(f"{scheme}://{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not name:
        return ""
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{shown}:{port or _PORT}"

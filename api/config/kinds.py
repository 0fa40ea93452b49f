"""Kinds of settings: what values must look like, and which settings may change live."""

import json
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from rag.llm.keys import is_key

NACOS_SERVER = re.compile(r"(http://)?[\w.-]+(:\d{1,5})?")

ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[\w.\[\]:-]+/?")

SHORTEST_SECRET = 16

NO_KEY = "it holds a line break, another control character or one beyond Latin-1"
"""What is said of a key that cannot be sent; never the key."""

SWITCHED = {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}
"""What is taken for `on` and `off` beside these: YAML reads the words as truth values."""

LEAST, MOST = 0.01, 100.0
"""Between these is the weight of a tenant or dataset at the workers."""

LONGEST_JSON = 30_000
"""Characters of a setting that is JSON: twice quoted it has room in every database."""

T = TypeVar("T")


class LiveMark:
    """Marks a field whose changes take effect without a restart."""


LIVE = LiveMark()
Live = Annotated[T, LIVE]

Contract = Literal["classic", "rest"]
"""A contract of RAGFlow's REST API: that of v0.22 and before, or that of v0.26 and after."""

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def long_enough(value: SecretStr) -> SecretStr:
    """Refuse a secret that could be guessed; an empty one means that one is generated."""
    if 0 < len(value.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"it must have at least {SHORTEST_SECRET} characters, or be empty")
    return value


def http_address(value: str) -> str:
    """Refuse an address that is not http(s), or names no host; an empty one means none."""
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("it must begin with http:// or https://, or be empty")
    if any(char.isspace() or not char.isprintable() for char in value):
        raise ValueError("it holds a blank, a line break or another character that no address has")
    if value and not host_of(value):
        raise ValueError("a host is missing after http:// or https://")
    return value


def model_key(value: SecretStr) -> SecretStr:
    """Refuse a key that cannot be sent in a header; an empty one means none."""
    if not is_key(value.get_secret_value()):
        raise ValueError(NO_KEY)
    return value


def secret_address(value: SecretStr) -> SecretStr:
    """Refuse an address that cannot be taken apart; what it may be is its backend's affair."""
    host_of(value.get_secret_value())
    return value


def host_of(url: str) -> str:
    """Return the host that an address names, if any; raises ValueError for one that is none."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a look at the port finds one that is no number
    except ValueError as error:
        # What the library says would quote the address, and it may hold a password.
        raise ValueError("its host or port cannot be read; an IPv6 host stands in [ ]") from error
    return host or ""


def nacos_addresses(value: str) -> str:
    """Refuse what is no list of servers; an empty one means none."""
    if value and not all(NACOS_SERVER.fullmatch(part.strip()) for part in value.split(",")):
        raise ValueError("it must be host:port, or several with commas between, or be empty")
    return value


def switched(value: object) -> object:
    """Return `on` or `off` for what means it, in whatever case; anything else as it is."""
    if not isinstance(value, bool | int | str):
        return value
    word = str(value).strip().lower()
    return SWITCHED.get(word, word)


Switch = Annotated[Literal["auto", "on", "off"], BeforeValidator(switched)]
"""A setting that is on, off, or decided by the server."""


SignUp = Annotated[
    Literal["auto", "on", "off", "invitation", "approval"], BeforeValidator(switched)
]
"""Who may make an account for themselves."""

OnOff = Annotated[Literal["on", "off"], BeforeValidator(switched)]
"""A setting that is on or off."""


def networks_of(value: str) -> list[IPv4Network | IPv6Network]:
    """Return the addresses and networks in a list; raises ValueError."""
    return [ip_network(part.strip()) for part in value.split(",") if part.strip()]


def networks(value: str) -> str:
    """Refuse what is no list of addresses and networks; an empty one means none."""
    try:
        networks_of(value)
    except ValueError as error:
        raise ValueError(f"it must be addresses or networks with commas between: {error}") from None
    return value


def origins(value: str) -> str:
    """Refuse what is no list of origins; an empty one means none, and `*` all."""
    for part in filter(None, map(str.strip, value.split(","))):
        if part != "*" and not ORIGIN.fullmatch(part):
            raise ValueError(f"{part} is no origin: it must be scheme://host or scheme://host:port")
    return value


def aliases_of(value: str) -> dict[str, str]:
    """Return the names in a list of `name=model@Provider`; raises ValueError."""
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    found = {name.strip(): model.strip() for name, _, model in pairs}
    if not all(name and "@" in model.strip("@") for name, model in found.items()):
        raise ValueError("it must be name=model@Provider, or several with commas between")
    return found


def aliases(value: str) -> str:
    """Refuse what is no list of names of models; an empty one means none."""
    aliases_of(value)
    return value


def weights_of(value: str) -> dict[str, float]:
    """Return the weights in a list of `id=weight`; raises ValueError."""
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    try:
        found = {name.strip(): float(weight) for name, _, weight in pairs}
    except ValueError:
        found = {"": 0.0}
    if not all(name and LEAST <= weight <= MOST for name, weight in found.items()):
        raise ValueError(
            f"it must be id=weight, or several with commas between, each from {LEAST} to {MOST}"
        )
    return found


def weights(value: str) -> str:
    """Refuse what is no list of weights; an empty one means that all have the same."""
    weights_of(value)
    return value


def as_text(value: object) -> object:
    """Return a list or an object, as a file may have it, as the JSON text that the setting is."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def json_of(kind: type, items: type = object) -> Callable[[str], str]:
    """Return what refuses a text that is not JSON of a kind, or too long."""

    def checked(value: str) -> str:
        try:
            found = json.loads(value)
        except ValueError as error:
            raise ValueError(f"it is no JSON: {error}") from None
        listed = found if isinstance(found, list | dict) else ()
        if not isinstance(found, kind) or not all(isinstance(one, items) for one in listed):
            wanted = "an object" if kind is dict else "a list"
            raise ValueError(f"it must be {wanted} in JSON, of what docs/settings.md says")
        if len(json.dumps(value)) > LONGEST_JSON:
            raise ValueError(f"it has more than {LONGEST_JSON:,} characters")
        return value

    return checked


JsonObject = Annotated[str, BeforeValidator(as_text), AfterValidator(json_of(dict))]
"""An object of JSON, as its text."""

JsonObjects = Annotated[str, BeforeValidator(as_text), AfterValidator(json_of(list, dict))]
"""A list of objects of JSON, as its text."""

JsonTexts = Annotated[str, BeforeValidator(as_text), AfterValidator(json_of(list, str))]
"""A list of texts of JSON, as its text."""

ModelKey = Annotated[SecretStr, AfterValidator(model_key)]
LongSecret = Annotated[SecretStr, AfterValidator(long_enough)]
SecretAddress = Annotated[SecretStr, AfterValidator(secret_address)]
HttpAddress = Annotated[str, AfterValidator(http_address)]
Aliases = Annotated[str, AfterValidator(aliases)]
Weights = Annotated[str, AfterValidator(weights)]
Origins = Annotated[str, AfterValidator(origins)]
Networks = Annotated[str, AfterValidator(networks)]
NacosAddresses = Annotated[str, AfterValidator(nacos_addresses)]

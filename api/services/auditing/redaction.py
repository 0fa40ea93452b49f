"""What of a body may be kept: everything but what opens something.

A name says that its value is secret, or the value does by its form. What is secret in neither way
cannot be told from data, which is why bodies are kept only where the settings say so.
"""

import re
from collections.abc import Mapping
from typing import get_args
from urllib.parse import parse_qsl

import orjson
from pydantic import SecretStr

from api.config.settings import Settings, declared
from rag.addresses import HIDDEN, shown_address

NAMES = re.compile(
    r"passw|passphrase|secret|token|api[_-]?key|(^|[_.-])(key|keys|pin|otp|totp|code|codes|pwd|beta)$"
    r"|credential|authorization|cookie|recovery|private|signature|hash|refresh|jwt|assertion",
    re.IGNORECASE,
)
"""Names of what opens something, or did: of requests, answers and settings."""

COUNTS = re.compile(r"tokens?$|(token|chunk|top)_?(num|count|size|limit)", re.IGNORECASE)
"""Names of numbers that only sound so."""

VALUES = re.compile(
    r"ragflow-[\w-]{8,}|\bsk-[\w-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*|\bBearer\s+\S+"
    r"|\$argon2\w*\$\S+|-----BEGIN [^-]+-----[\s\S]*",
    re.IGNORECASE,
)
"""What opens something by its form, wherever it stands: keys, signed tokens, hashes."""

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)

NAME = re.compile(r"'([^']*)': ")
VALUE = re.compile(r"""'[^']*'?|"[^"]*"?|[^,{}\[\]'"]+""")
"""A name as Python writes it, and a value that holds no others; either may break off."""

DEEPEST = 32


def secret_settings() -> frozenset[str]:
    """Return the names of the settings that are secret, as `section.key`."""
    found = set()
    for section, key, _ in declared():
        model = Settings.model_fields[section].annotation if section else Settings
        annotation = getattr(model, "model_fields", {})[key].annotation
        if annotation is SecretStr or SecretStr in get_args(annotation):
            found.add(f"{section}.{key}" if section else key)
    return frozenset(found)


SETTINGS = secret_settings()


def is_secret(name: str, value: object) -> bool:
    """Return whether a name says that its value opens something."""
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, int | float) and COUNTS.search(name):
        return False
    return name in SETTINGS or NAMES.search(name) is not None


def redacted(value: object, depth: int = 0) -> object:
    """Return a value of JSON without what opens something."""
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if is_secret(str(name), one) else redacted(one, depth + 1)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [redacted(one, depth + 1) for one in value]
    return plain_text(value) if isinstance(value, str) else value


def plain_text(text: str) -> str:
    """Return a text without keys, tokens, and what addresses hold beside the place."""
    return ADDRESS.sub(lambda found: shown_address(found[0]), VALUES.sub(HIDDEN, text))


def without_secrets(shown: str) -> str:
    """Return a value as Python writes it, or the beginning of it, without what names say is secret.

    >>> without_secrets("{'email': 'a', 'password': 'open ses")
    "{'email': 'a', 'password': ****"
    """
    text, place = "", 0
    for found in NAME.finditer(shown):
        if found.start() >= place and is_secret(found[1], ""):
            value = VALUE.match(shown, found.end())
            text += shown[place : found.end()] + HIDDEN
            place = value.end() if value else len(shown)
    return text + shown[place:]


def redacted_json(body: bytes) -> object:
    """Return what a JSON body says without what opens something; how long it is if it is none."""
    try:
        return redacted(orjson.loads(body))
    except orjson.JSONDecodeError:
        return size_of(len(body))


def redacted_query(query: str) -> object:
    """Return the arguments of a query without what opens something."""
    return redacted(dict(parse_qsl(query, keep_blank_values=True)))


def size_of(count: int) -> str:
    """Return what is kept of a body that is not."""
    return f"{count} bytes, not kept"

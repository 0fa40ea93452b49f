"""The metadata that a chat model is to find in a document, and what it says of them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from rag.types import MetaValue

LONGEST_VALUE = 1000
"""In characters."""

MOST_VALUES = 100
"""Of a list."""

_TIME = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?)?)?")
_SAYS_NOTHING = frozenset({"", "null", "none", "n/a", "unknown"})


class WantedField(NamedTuple):
    """A field; `type` is string, list, number or time, `only` are the values that it may have."""

    name: str
    type: str = "string"
    description: str = ""
    examples: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def wanted_fields(config: Mapping[str, Any], auto: str) -> tuple[WantedField, ...] | None:
    """Return the fields of stored options and of the dataset's configuration; None if it is off.

    `enable_metadata` of the options has the last word; their `metadata` come before the `fields` of
    the dataset.
    """
    of_dataset = orjson.loads(auto) if auto else {}
    switch = config.get("enable_metadata")
    is_on = bool(of_dataset) and bool(of_dataset.get("enabled", True))
    if switch is False or (not switch and not is_on):
        return None
    own = config.get("metadata") if switch else None
    return tuple(_fields(own or of_dataset.get("fields") or ()))


def _fields(told: object) -> Iterable[WantedField]:
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            examples = tuple(one.get("examples") or ())
            yield WantedField(
                one["name"],
                one.get("type") or "string",
                one.get("description") or "",
                examples,
                examples if one.get("restrict_values") else (),
            )


def described(fields: Iterable[WantedField]) -> str:
    """Return what a model is told of fields: JSON, a line each."""
    return "\n".join(
        orjson.dumps({key: value for key, value in field._asdict().items() if value}).decode()
        for field in fields
    )


def found_values(said: str, fields: Sequence[WantedField]) -> dict[str, MetaValue]:
    """Return the values that a model names for fields, in JSON with whatever around it.

    What is not asked for, of another type or not among the values that are allowed, is dropped.
    """
    told = _object_in(said)
    values = ((field.name, _value(field, told.get(field.name))) for field in fields)
    return {name: value for name, value in values if value is not None}


def _object_in(said: str) -> Mapping[str, Any]:
    text = said[said.find("{") : said.rfind("}") + 1]
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _value(field: WantedField, told: object) -> MetaValue | None:
    if field.type == "number":
        return _number(told)
    if field.type == "list":
        parts = told if isinstance(told, list) else [told]
        texts = [text for part in parts[:MOST_VALUES] if (text := _text(field, part))]
        return list(dict.fromkeys(texts)) or None
    return _text(field, told)


def _number(told: object) -> float | int | None:
    if isinstance(told, str):
        try:
            told = float(told.replace(",", ""))
        except ValueError:
            return None
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told):
        return None
    return int(told) if told == int(told) and abs(told) < 2**53 else told


def _text(field: WantedField, told: object) -> str | None:
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return None
    text = str(told).replace("\0", "").strip()[:LONGEST_VALUE]
    if text.casefold() in _SAYS_NOTHING:
        return None
    if field.type == "time":
        return text if _TIME.fullmatch(text) else None
    if field.only:
        same = (value for value in field.only if value.casefold() == text.casefold())
        return next(same, None)
    return text

"""Filters of documents by their metadata, as assistants and search apps keep them, at all doors."""

from typing import Annotated, Any

import orjson
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import MAX_TEXT, means_off
from api.services.chats.filters import condition_of

MANUAL = "manual"


def read_filter(value: Any) -> Any:
    """Return a filter as it is kept, nothing for one that is off.

    Refuses conditions that cannot be read, and methods by which a model makes them.
    """
    if means_off(value):
        return {}
    if not isinstance(value, dict) or value.get("method") != MANUAL:
        raise PydanticCustomError("not_built", "Only conditions by hand are built: `manual`")
    listed = value.get("manual") or []
    if not isinstance(listed, list) or not all(isinstance(part, dict) for part in listed):
        raise PydanticCustomError("conditions", "`manual` must be a list of conditions")
    parts = [{name: part.get(name) for name in ("key", "op", "value")} for part in listed]
    kept = {"method": MANUAL, "logic": value.get("logic") or "and", "manual": parts}
    text = orjson.dumps(kept)
    if len(text) > MAX_TEXT or rb"\u0000" in text:
        raise PydanticCustomError("conditions", "A filter may have 65,535 characters, none a NUL")
    return kept if condition_of(kept) else {}


MetaFilter = Annotated[dict[str, Any], Field(max_length=3), BeforeValidator(read_filter)]
"""A filter as it is kept: empty where there is none."""

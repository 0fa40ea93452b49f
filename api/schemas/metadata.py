"""Metadata of documents on the wire, the same at all doors."""

from typing import Any

import orjson

from api.errors import ArgumentError, RuleError
from api.schemas.structure import check_structure
from api.services.library.metadata_edits import META_LIMIT, MOST_FIELDS
from rag.quoting import quoted

MAX_META_FIELDS = MOST_FIELDS


def checked_metadata(fields: Any) -> dict[str, Any]:
    """Return a document's metadata; raises RuleError for what cannot be compared with."""
    if not isinstance(fields, dict):
        raise RuleError("meta_fields must be a dictionary")
    for key, value in fields.items():
        if not key.strip() or not comparable(value):
            raise RuleError(
                f"meta_fields: `{quoted(key)}` must be a text, a number or a list of these."
            )
    text = orjson.dumps(fields)
    if len(text) > META_LIMIT or rb"\u0000" in text:
        raise RuleError(f"meta_fields must be at most {META_LIMIT:,} characters, none of them NUL.")
    return fields


def form_metadata(text: str) -> dict[str, Any]:
    """Return the metadata that a form field of an upload holds as JSON; none when it is empty."""
    if not text.strip():
        return {}
    content = text.encode(errors="replace")
    check_structure(content)
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ArgumentError(f"meta_fields must be a JSON object: {error}.") from error
    return checked_metadata(fields)


def comparable(value: Any) -> bool:
    """Return whether a value is a text, a number, or a list of these."""
    if isinstance(value, list):
        return all(isinstance(member, str | int | float) for member in value)
    return isinstance(value, str | int | float)

"""JSON schemas as all MCP clients take them: an object at the top, and no references.

One tool whose schema has a `$ref` at the top, or leads out of the document, makes several clients
refuse the whole list of tools.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter


@cache
def schema_of(kind: Any) -> dict[str, Any]:
    """Return the schema of a model or a TypedDict, with everything in its place."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        whole = kind.model_json_schema()
    else:
        whole = TypeAdapter(kind).json_schema()
    parts = whole.pop("$defs", {})
    found = inlined(whole, parts)
    return found if isinstance(found, dict) else {}


def inlined(part: Any, parts: dict[str, Any]) -> Any:
    """Return a part of a schema in which what is referred to stands in its place, without titles.

    A title is the name of a field or class of ours, and says nothing to a model.
    """
    if isinstance(part, list):
        return [inlined(item, parts) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return inlined(parts[part["$ref"].rpartition("/")[2]], parts)
    return {
        key: inlined(value, parts)
        for key, value in part.items()
        if key != "title" or not isinstance(value, str)
    }

"""Examples of requests and answers, made from their schemas."""

from collections.abc import Mapping
from typing import Any

from api.openapi.schemas import Schema, Schemas

DEEPEST = 8
ID = "65ea11f0cf2b11f0a4c50242ac120003"

NAMES: Mapping[str, object] = {
    "chunk_ids": ["d46a9d3ccd2b6fd4"],
    "content": "The keeper lights the lamp at dusk.",
    "dataset_ids": [ID],
    "dialog_id": ID,
    "document_ids": [ID],
    "documents": ["The keeper lights the lamp at dusk."],
    "email": "keeper@example.org",
    "ids": [ID],
    "kb_id": ID,
    "file_ids": [ID],
    "input": "When does the keeper light the lamp?",
    "messages": [{"role": "user", "content": "When does the keeper light the lamp?"}],
    "meta": '{"author": "Keeper"}',
    "model": "guide",
    "name": "handbook",
    "nickname": "Keeper",
    "parser_id": "naive",
    "password": "correct horse battery staple",
    "prompt": "When does the keeper light the lamp?",
    "query": "When does the keeper light the lamp?",
    "question": "When does the keeper light the lamp?",
}
"""What stands in examples by the name of a field, also where it may be left out of a request."""

PLAIN: Mapping[str, object] = {
    "string": "text",
    "integer": 1,
    "number": 0.5,
    "boolean": True,
    "null": None,
}


class Examples:
    """Makes examples from some schemas."""

    def __init__(self, schemas: Schemas) -> None:
        """Begin."""
        self.schemas = schemas

    def request(self, schema: Schema) -> Any:
        """Return a request: what must be there, and what is known by its name."""
        return self.made(schema, {}, is_request=True)

    def answer(self, schema: Schema, known: Mapping[str, object] | None = None) -> Any:
        """Return an answer in full; `known` is what its fields hold, by their names."""
        return self.made(schema, known or {}, is_request=False)

    def made(
        self, schema: Schema, known: Mapping[str, object], *, is_request: bool, depth: int = 0
    ) -> Any:
        """Return an example of a schema."""
        whole = self.schemas.resolved(schema)
        given = self.given(whole)
        if given is not None or depth > DEEPEST:
            return given
        if whole.get("type") == "object" or "properties" in whole:
            return self.filled(whole, known, is_request=is_request, depth=depth)
        if whole.get("type") == "array":
            inner = whole.get("items", {})
            least = max(1, whole.get("minItems", 1))
            one = self.made(inner, known, is_request=is_request, depth=depth + 1)
            return [] if one is None else [one] * least
        options = whole.get("anyOf", whole.get("oneOf", []))
        if options:
            return self.made(options[0], known, is_request=is_request, depth=depth)
        return plain(whole)

    def given(self, whole: Schema) -> Any:
        """Return the example that a schema has of itself."""
        if "examples" in whole:
            return whole["examples"][0]
        return whole.get("const", next(iter(whole.get("enum", ())), None))

    def filled(
        self, whole: Schema, known: Mapping[str, object], *, is_request: bool, depth: int
    ) -> dict[str, Any]:
        """Return an example of an object."""
        properties = whole.get("properties", {})
        if not properties and isinstance(whole.get("additionalProperties"), dict):
            properties = {"guide": whole["additionalProperties"]}
        required = set(whole.get("required", ())) | set(first_choice(whole))
        told = {}
        for name, part in properties.items():
            is_telling = name in NAMES and "description" not in part
            is_left_out = is_request and not is_telling
            if name not in required and (is_left_out or known.get(name, name) is None):
                continue
            told[name] = self.field(name, part, known, is_request=is_request, depth=depth)
        return told

    def field(
        self,
        name: str,
        part: Schema,
        known: Mapping[str, object],
        *,
        is_request: bool,
        depth: int,
    ) -> Any:
        """Return an example of a field."""
        whole = self.schemas.resolved(part)
        if name in known and whole.get("type") != "object":
            return known[name]
        if self.given(whole) is not None:
            return self.given(whole)
        if fits(NAMES.get(name), self.schemas, whole):
            return NAMES[name]
        if whole.get("type") == "string" and (name == "id" or name.endswith("_id")):
            return ID
        if whole.get("type") == "array" and name.endswith("_ids"):
            return [ID]
        return self.made(part, known, is_request=is_request, depth=depth + 1)


def first_choice(whole: Schema) -> list[str]:
    """Return the first of the names of which one must be there."""
    return next((one["required"] for one in whole.get("anyOf", ()) if "required" in one), [])


def fits(value: object, schemas: Schemas, whole: Schema) -> bool:
    """Return whether a value is of the type that a schema names, or one of several."""
    options = [schemas.resolved(one) for one in whole.get("anyOf", [whole])]
    kind = "string" if isinstance(value, str) else "array"
    return value is not None and any(one.get("type") == kind for one in options)


def plain(whole: Schema) -> Any:
    """Return an example of a text, a number or the like, within its limits."""
    kind = whole.get("type")
    if kind in {"integer", "number"}:
        least = whole.get("minimum", whole.get("exclusiveMinimum"))
        return whole.get("default", least if least is not None else PLAIN[kind])
    return whole.get("default", PLAIN.get(str(kind)))

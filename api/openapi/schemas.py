"""JSON schemas of what goes in and out, each model and answer once, by its name."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import ModelSchema, TupleSchema

Schema = dict[str, Any]
Way = Literal["validation", "serialization"]

PLACE = "#/components/schemas/"
LONG = re.compile(r"api__schemas__(\w+)")


class Generator(GenerateJsonSchema):
    """Makes the schema of a model with all the names under which a field may be sent.

    Pairs and the like are lists of either: few programs read what has a place in a list.
    """

    def tuple_schema(self, schema: TupleSchema) -> Schema:
        """Return the schema of a list with a type for each place."""
        made = super().tuple_schema(schema)
        places = made.pop("prefixItems", None)
        return made if places is None else {**made, "items": {"anyOf": places}}

    def model_schema(self, schema: ModelSchema) -> Schema:
        """Return the schema of a model."""
        made = super().model_schema(schema)
        for names, is_required in choices_of(schema["cls"]):
            add_choices(made, names, is_required=is_required)
        return made


def choices_of(model: type[BaseModel]) -> Iterator[tuple[list[str], bool]]:
    """Yield the names of each field that has several, and whether one of them must be there."""
    for field in model.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            yield [str(name) for name in field.validation_alias.choices], field.is_required()


def add_choices(made: Schema, names: list[str], *, is_required: bool) -> None:
    """Add to a schema the other names of a field; any of them will do where one is required."""
    first, *others = names
    properties = made.get("properties", {})
    for name in others:
        properties[name] = {**properties[first], "description": f"The same as `{first}`."}
    if is_required:
        made["required"] = [name for name in made["required"] if name != first]
        made["anyOf"] = [{"required": [name]} for name in names]


class Schemas:
    """The schemas of some models and answers, and those of all that they are made of."""

    def __init__(self, incoming: Iterable[object], outgoing: Iterable[object]) -> None:
        """Make all of them at once, so that two of one name are told apart."""
        self.numbers = {**numbered("validation", incoming), **numbered("serialization", outgoing)}
        inputs = [(number, way, adapter_of(hint)) for (way, hint), number in self.numbers.items()]
        made, whole = TypeAdapter.json_schemas(
            inputs, ref_template=PLACE + "{model}", schema_generator=Generator
        )
        self.parts: Schema = {
            short(name): tidy(part) for name, part in whole.get("$defs", {}).items()
        }
        self.made = {(way, number): tidy(part) for (number, way), part in made.items()}

    def of(self, way: Way, hint: object) -> Schema:
        """Return the schema of what goes in or out."""
        found: Schema = self.made[way, self.numbers[way, hint]]
        return found

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema, or that to which it refers."""
        while "$ref" in schema:
            schema = self.parts[schema["$ref"].removeprefix(PLACE)]
        return schema


def adapter_of(hint: Any) -> TypeAdapter[Any]:
    """Return what knows the schema of a type."""
    return TypeAdapter(hint)


def numbered(way: Way, hints: Iterable[object]) -> dict[tuple[Way, object], int]:
    """Return a number for each of some types, by the way it goes."""
    return {(way, hint): number for number, hint in enumerate(dict.fromkeys(hints))}


def short(name: str) -> str:
    """Return a name for a part: where two have one, those of their modules stand before it."""
    long = LONG.match(name)
    if long is None:
        return re.sub(r"\W", "_", name)
    words = re.split(r"_+", long[1])
    return "".join(word[:1].upper() + word[1:] for word in words)


def tidy(part: Any) -> Any:
    """Return a part of a schema without titles, and with short names."""
    if isinstance(part, list):
        return [tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: value if key == "examples" else tidy(value)
        for key, value in part.items()
        if key != "title" or not isinstance(value, str)
    }
    if isinstance(kept.get("$ref"), str):
        kept["$ref"] = PLACE + short(kept["$ref"].removeprefix(PLACE))
    return kept

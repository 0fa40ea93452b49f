"""No list or object of a request is without a bound."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from api.config.places import CHECKOUT
from api.schemas.base import Request, StrictRequest

SHAPES = frozenset({"list", "dict", "set", "frozenset", "tuple-variable"})


def models() -> list[type[BaseModel]]:
    """Return every model of a request."""
    for path in sorted((CHECKOUT / "api" / "schemas").rglob("*.py")):
        import_module(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
    found: list[type[BaseModel]] = []
    left: list[type[BaseModel]] = [Request, StrictRequest]
    while left:
        model = left.pop()
        found.append(model)
        left += model.__subclasses__()
    return [model for model in found if model.__module__.startswith("api.")]


def unbounded(schema: Any, place: str) -> Iterator[str]:
    """Yield the places of lists and objects in pydantic's own schema that have no bound."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        if isinstance(kind, str) and kind in SHAPES and "max_length" not in schema:
            yield f"{place}: {kind}"
        for value in schema.values():
            yield from unbounded(value, place)
    elif isinstance(schema, list):
        for value in schema:
            yield from unbounded(value, place)


def test_every_list_of_every_request_has_a_bound() -> None:
    lacking = [
        place
        for model in models()
        for name in model.model_fields
        for place in unbounded(core_of(model, name), f"{model.__name__}.{name}")
    ]
    assert not lacking


def core_of(model: type[BaseModel], name: str) -> Any:
    """Return pydantic's schema of a field."""
    schema: Any = model.__pydantic_core_schema__
    while "fields" not in schema:
        schema = schema["schema"]
    return schema["fields"][name]


def test_the_walk_finds_models() -> None:
    assert len(models()) > 30

"""Reading a request into validated models, with errors that name the field."""

from functools import cache
from typing import Any, TypeVar

import orjson
from flask import request
from pydantic import BaseModel, ValidationError

from api.errors import ArgumentError, NotFoundError

M = TypeVar("M", bound=BaseModel)

VALUE_LIMIT = 128


def refuse_nul(_endpoint: str | None, arguments: dict[str, Any] | None) -> None:
    """Answer an address with a NUL character as one of something unknown: no id holds any."""
    if any("\x00" in str(value) for value in (arguments or {}).values()):
        raise NotFoundError("The address holds an id with a NUL character, which no id has.")


def json_body(model: type[M]) -> M:
    """Return the JSON body of the request as a `model`; raises ArgumentError."""
    return validated(model, json_object())


def query_arguments(model: type[M]) -> M:
    """Return the query string as a `model`; a field that is a list takes every repetition."""
    if not request.query_string:  # most lists are asked for as they are
        return validated(model, {})
    many = lists_of(model)
    values = {
        name: items if name in many else items[-1] for name, items in request.args.lists() if items
    }
    return validated(model, values)


@cache
def lists_of(model: type[BaseModel]) -> frozenset[str]:
    """Return which fields of a model are lists."""
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if "list" in str(field.annotation))


def json_object() -> dict[str, object]:
    """Return the JSON object that the request carries; raises ArgumentError."""
    if not request.is_json:
        given = request.content_type or "nothing"
        raise ArgumentError(f"Unsupported content type: Expected application/json, got {given}")
    try:
        payload = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise ArgumentError(
            "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
        ) from error
    if not isinstance(payload, dict):
        raise ArgumentError(
            f"Invalid request payload: expected object, got {type(payload).__name__}"
        )
    return payload


def validated(model: type[M], values: object) -> M:
    """Return `values` as a `model`; raises ArgumentError with a line per field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ArgumentError(describe(error)) from error


def describe(error: ValidationError) -> str:
    """Return the contract's text of a validation error, one line per field."""
    return "\n".join(
        f"Field: <{'.'.join(str(part) for part in problem['loc'])}>"
        f" - Message: <{problem['msg']}> - Value: <{str(problem['input'])[:VALUE_LIMIT]}>"
        for problem in error.errors(include_url=False)
    )

"""Reading a request into validated models, with errors that name the field."""

from functools import cache
from typing import Any, TypeVar

import orjson
from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from api.errors import ArgumentError, NotFoundError

M = TypeVar("M", bound=BaseModel)

VALUE_LIMIT = 128

JSON_BYTES = 16 << 20
"""The longest JSON that is read: it is held in memory several times over, whoever sends it. The
largest that anything takes is a list of 10,000 ids, or the texts of a chunk."""


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
        payload = orjson.loads(
            body_within(min(request.max_content_length or JSON_BYTES, JSON_BYTES))
        )
    except orjson.JSONDecodeError as error:
        raise ArgumentError(
            "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
        ) from error
    if not isinstance(payload, dict):
        raise ArgumentError(
            f"Invalid request payload: expected object, got {type(payload).__name__}"
        )
    return payload


def body_within(limit: int) -> bytes:
    """Return the body of the request; raises RequestEntityTooLarge for a longer one."""
    request.max_content_length = limit
    content = request.get_data(cache=False)
    # Of a body whose length was not announced, what is beyond the limit is just not there.
    if request.content_length is None and len(content) == limit:
        raise RequestEntityTooLarge
    return content


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

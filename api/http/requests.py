"""Reading a request into validated models, with errors that name the field."""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import cache, partial
from typing import TypeVar

import gevent
import orjson
from flask import request
from gevent.lock import BoundedSemaphore
from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from api.errors import ArgumentError, FieldsError, NotAllowedError, NotFoundError
from api.http.bodies import RequestBody
from api.http.body_limits import json_limit, limit_body
from api.http.contracts import door
from api.http.current import this_request
from api.http.fronting import UNKNOWN_HOST
from api.http.hosts import UNKNOWN
from api.schemas.structure import check_structure
from api.services.auditing.redaction import is_secret, without_secrets
from api.things import Kind
from rag.quoting import MOST_LISTED, quoted

M = TypeVar("M", bound=BaseModel)

LARGE_BYTES = 256 << 10
"""From here on the JSON of one request is taken apart after the other: each step of it, a few
milliseconds for each megabyte, holds up all other requests."""

MOST_KEYS = 1000
"""How many keys the outermost object may have: each that is unknown may be a problem to tell."""

LONGEST_MESSAGE = 512
LARGE_IN_TURN = BoundedSemaphore()


def look_at() -> None:
    """Refuse a request that no page is to see, and limit what may come with it."""
    asked = this_request()
    refuse_unknown_host(asked.environ)
    refuse_nul(asked.view_args)
    refuse_empty_segments(asked.path)
    if "CONTENT_LENGTH" in asked.environ or "HTTP_TRANSFER_ENCODING" in asked.environ:
        limit_body(asked)


def refuse_nul(arguments: Mapping[str, object] | None) -> None:
    """Answer an address with a NUL character as one of something unknown: no id holds any."""
    for value in (arguments or {}).values():
        if "\x00" in str(value):
            raise NotFoundError(Kind.ADDRESS)


def refuse_empty_segments(path: str) -> None:
    """Answer an address with doubled slashes as one that is not there.

    A redirect would carry a body to another address than the one that it was sent to.
    """
    if "//" in path:
        raise NotFound


def refuse_unknown_host(environ: Mapping[str, object]) -> None:
    """Refuse a request to a name that is none of the server's; raises NotAllowedError."""
    if UNKNOWN_HOST in environ:
        raise NotAllowedError(UNKNOWN.format(name=quoted(environ[UNKNOWN_HOST])))


def json_body(model: type[M], given: Mapping[str, object] | None = None) -> M:
    """Return the JSON body of the request as a `model`; raises ArgumentError.

    `given` is the body where it has been read already: it can be read once.
    """
    return validated(model, door().reads(model, json_object() if given is None else given))


def query_arguments(model: type[M]) -> M:
    """Return the query string as a `model`; a field that is a list takes every repetition."""
    if not request.query_string:  # most lists are asked for as they are
        defaults: M = defaults_of(model)
        return defaults
    many = lists_of(model)
    values = {
        name: items if name in many else items[-1] for name, items in request.args.lists() if items
    }
    return validated(model, door().reads(model, values))


def path_arguments(model: type[M], **given: str) -> M:
    """Return arguments of the path as a `model`; raises ArgumentError."""
    return validated(model, given)


@cache
def defaults_of(model: type[M]) -> M:
    """Return a frozen `model` of a query that says nothing; raises ArgumentError."""
    return validated(model, {})


@cache
def lists_of(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of those fields of a model that are lists."""
    return frozenset(
        alias
        for name, field in model.model_fields.items()
        if "list" in str(field.annotation)
        for alias in aliases(name, field)
    )


def aliases(name: str, field: FieldInfo) -> list[str]:
    """Return the names by which a field may be given."""
    given = field.validation_alias
    choices = given.choices if isinstance(given, AliasChoices) else [given or name]
    return [choice for choice in choices if isinstance(choice, str)]


def has_json() -> bool:
    """Return whether a request that needs no body comes with a JSON body."""
    has_body = request.content_length or "Transfer-Encoding" in request.headers
    return request.is_json and bool(has_body)


def json_object() -> dict[str, object]:
    """Return the JSON object that the request carries; raises ArgumentError."""
    payload = json_value()
    if not isinstance(payload, dict):
        raise ArgumentError(
            f"Invalid request payload: expected object, got {type(payload).__name__}"
        )
    if len(payload) > MOST_KEYS:
        raise ArgumentError(f"Invalid request payload: more than {MOST_KEYS:,} keys.")
    return payload


def json_value() -> object:
    """Return the JSON that the request carries, `{}` if it has no body; raises ArgumentError."""
    asked = this_request()
    if not asked.content_length and "Transfer-Encoding" not in asked.headers:
        return {}
    if not asked.is_json:
        given = quoted(asked.content_type or "nothing")
        raise ArgumentError(f"Unsupported content type: Expected application/json, got {given}")
    text = body_within(json_limit())
    if not text:
        return {}
    try:
        with LARGE_IN_TURN if len(text) > LARGE_BYTES else nullcontext():
            check_structure(text, partial(gevent.sleep, 0))
            payload: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ArgumentError(
            "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
        ) from error
    return payload


def json_message(kind: object) -> object:
    """Return the JSON that the request carries, as `json_value` does.

    `kind` is the type of what clients are told to send; whoever takes the value apart checks it.
    """
    del kind
    return json_value()


def body_within(limit: int, *, keep: bool = False) -> bytes:
    """Return the body of the request; raises RequestEntityTooLarge for a longer one.

    It can be asked for once, and once more after each time that it was kept. Most are short, and
    read without Werkzeug's buffers.
    """
    asked = this_request()
    received = asked.environ["wsgi.input"]
    short = None if keep or not isinstance(received, RequestBody) else received.at_once(limit)
    if short is not None:
        return short
    asked.max_content_length = limit
    content = asked.get_data(cache=keep)
    # Of a body whose length was not announced, what is beyond the limit is just not there.
    if asked.content_length is None and len(content) == limit:
        raise RequestEntityTooLarge
    return content


def validated(model: type[M], values: object) -> M:
    """Return `values` as a `model`; raises FieldsError with a line per field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise FieldsError(describe(error)) from error


def describe(error: ValidationError) -> str:
    """Return the contract's text of a validation error, one line per field, of the first fields."""
    problems = error.errors(include_url=False, include_context=False)
    lines = [line_of(problem) for problem in problems[:MOST_LISTED]]
    if more := len(problems) - len(lines):
        lines.append(f"and {more:,} more")
    return "\n".join(lines)


def line_of(problem: ErrorDetails) -> str:
    """Return the line of a field; what is missing, or secret, has no value to show."""
    place = problem["loc"]
    field = quoted(".".join(quoted(part) for part in place))
    line = f"Field: <{field}> - Message: <{quoted(problem['msg'], LONGEST_MESSAGE)}>"
    if problem["type"] == "missing" or not place or any(is_secret(str(part), "") for part in place):
        return line
    # What is shown is short; all of what was given need not be.
    return f"{line} - Value: <{without_secrets(quoted(problem['input']))}>"

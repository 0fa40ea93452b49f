"""Bodies of JSON lines, which are read as they come and never held as a whole."""

from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO, TypeVar

import gevent
import orjson
from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from api.errors import ArgumentError, FieldsError, RuleError
from api.http.body_limits import lines_limit
from api.http.requests import describe
from api.schemas.structure import check_structure
from rag.quoting import MOST_LISTED, quoted

KINDS = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
"""What JSON lines are called by those who send them."""

BLOCK = 64 << 10
LONGEST_LINE = 1 << 20
"""Bytes of a line: a chunk of the longest content with a vector of ten thousand components."""

IN_A_ROW = 16
"""Lines that are taken apart before other requests have their turn, a millisecond at most."""

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def json_lines(model: type[M], most: int, made: Callable[[int, M], T]) -> list[T]:
    """Return what `made` makes of each line of the body, as a `model`, and its number from 1.

    Raises FieldsError with the lines that are not as they have to be, and ArgumentError where there
    is none, or where there are more than `most`; blank ones count as lines only.
    """
    found: list[T] = []
    wrong: list[str] = []
    for number, text in lines():
        if len(found) >= most:
            raise ArgumentError(f"Line {number}: at most {most:,} may be sent at once.")
        try:
            found.append(made(number, line_as(model, text)))
        except (ArgumentError, RuleError) as error:
            wrong += [f"Line {number}: {line}" for line in str(error).splitlines()]
        if len(wrong) > MOST_LISTED:
            raise FieldsError("\n".join([*wrong[:MOST_LISTED], "and more"]))
    if wrong:
        raise FieldsError("\n".join(wrong))
    if not found:
        raise ArgumentError("The body has no lines: send a JSON object in each.")
    return found


def line_as(model: type[M], text: bytes) -> M:
    """Return a line as a `model`; raises ArgumentError."""
    if len(text) > LONGEST_LINE:
        raise ArgumentError(f"it has more than {LONGEST_LINE:,} bytes.")
    try:
        check_structure(text)
        return model.model_validate(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise ArgumentError("it is no JSON object.") from error
    except ValidationError as error:
        raise ArgumentError(describe(error)) from error


def lines() -> Iterator[tuple[int, bytes]]:
    """Yield the lines of the body that are not blank, each with its number."""
    if request.mimetype not in KINDS:
        given = quoted(request.content_type or "nothing")
        raise ArgumentError(f"Unsupported content type: Expected application/x-ndjson, got {given}")
    limit_lines()
    for number, text in enumerate(split(request.stream.read), 1):
        if not number % IN_A_ROW:
            gevent.sleep(0)
        if text.strip():
            yield number, text


def put_aside(tell: Callable[[bytes], object]) -> IO[bytes]:
    """Put the body into a file that lines are read from then; `tell` is told each block of it."""
    limit_lines()
    file = TemporaryFile()  # noqa: SIM115 - the end of the request closes it
    while block := request.stream.read(BLOCK):
        tell(block)
        file.write(block)
    file.seek(0)
    request.__dict__["stream"] = file  # in place of what Flask has cached, which is at its end
    return file


def limit_lines() -> None:
    """Limit the body; raises RequestEntityTooLarge."""
    request.max_content_length = lines_limit()
    if (request.content_length or 0) > lines_limit():
        raise RequestEntityTooLarge


def split(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield lines of what is read block by block; of one that is too long, its beginning."""
    rest = b""
    while block := read(BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            yield rest
            return
    if rest:
        yield rest

"""What doors say of errors: tables from cases to wordings, and how a table is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from werkzeug.exceptions import HTTPException

from api.errors import RaglanError
from api.things import Kind
from rag.quoting import listed

DEFECT = "Something went wrong inside the server; its log says what, under this request id."
MOST_BYTES = 4000
"""The longest message of an error, and the most data beside it: 8 KB with what is around them."""


class Case(NamedTuple):
    """An error that a door has words for, perhaps of one kind of thing or at one place.

    `at` is an endpoint of the door (`documents.delete_documents`) or a whole page (`documents`).
    """

    error: type[Exception]
    kind: Kind | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a door says a case; what is not given here is as in the next more general case.

    `sentence` is a format string over what `fields` returns.
    """

    sentence: str = ""
    code: int = 0
    status: int = 0


Words = Mapping[Case, Wording]


def extended(base: Words, own: Words) -> Words:
    """Return a base's words with those of a door's own; what these lack is as in the base."""
    made = dict(base)
    for case, one in own.items():
        other = base.get(case, Wording())
        made[case] = Wording(
            one.sentence or other.sentence, one.code or other.code, one.status or other.status
        )
    return made


@dataclass(frozen=True, slots=True)
class Told:
    """An error in the words of a door: what goes out, in whatever form."""

    code: int
    status: int
    message: str
    data: object = None
    retry_after: int = 0


def told(words: Words, error: RaglanError | HTTPException, at: str = "", asker: str = "") -> Told:
    """Return what a door's words are for an error at one of its endpoints.

    An error of Flask has its own status, and its code is the status, where nothing else is given.
    """
    found = [words[case] for case in cases(error, at) if case in words]
    own = error.code if isinstance(error, HTTPException) else None
    status = next((one.status for one in found if one.status), own) or 500
    return Told(
        code=next((one.code for one in found if one.code), status),
        status=status,
        message=spoken(found, error, asker),
        retry_after=error.retry_after if isinstance(error, RaglanError) else 0,
    )


def spoken(found: Sequence[Wording], error: RaglanError | HTTPException, asker: str) -> str:
    """Return the first sentence of some wordings with what the error is about; else its own."""
    form = next((one.sentence for one in found if one.sentence), "{message}")
    return form.format_map(fields(error, asker))


def cases(error: RaglanError | HTTPException, at: str) -> Iterator[Case]:
    """Yield the cases that an error is, from the most special to the most general."""
    yield from cases_of(type(error), getattr(error, "kind", None), at)


def cases_of(error: type[Exception], kind: Kind | None, at: str) -> Iterator[Case]:
    """Yield the cases that errors of a class are, if they are about one kind of thing."""
    places = (at, at.partition(".")[0], "")
    for base in error.__mro__:
        if issubclass(base, Exception):
            if kind is not None:
                yield from (Case(base, kind, place) for place in places)
            yield from (Case(base, None, place) for place in places)


def fields(error: RaglanError | HTTPException, asker: str) -> Mapping[str, object]:
    """Return what a sentence may mention: who asks, and the fields of the error.

    `ids` are all of them, `listed` the first with the number of the rest, `each` one by one.
    """
    ids = getattr(error, "ids", ())
    return {
        **vars(error),
        "asker": asker,
        "message": sentence_of(error),
        "ids": ", ".join(ids),
        "listed": listed(ids),
        "each": ids,
    }


def sentence_of(error: RaglanError | HTTPException) -> str:
    """Return what an error says of itself."""
    if isinstance(error, HTTPException):
        return error.description or error.name
    return error.message


def shortened(message: str) -> str:
    """Return as much of a message as JSON shows in MOST_BYTES, as characters that it can show."""
    text = message[:MOST_BYTES].encode(errors="replace").decode()
    while (size := len(orjson.dumps(text))) > MOST_BYTES:
        text = text[: len(text) * MOST_BYTES // size - 1]
    return text

"""The door of RAGFlow's REST API, as its SDK speaks it, under /api/v1."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flask import Response, request

from api.apps.sdk.contracts.classic import CLASSIC
from api.apps.sdk.contracts.dialect import Dialect
from api.apps.sdk.contracts.rest import REST
from api.apps.sdk.words import TallyWords
from api.errors import ConflictError, NotFoundError, RaglanError
from api.http.authentication import bearer_or_console
from api.http.contracts import contract, door
from api.http.door import Credential, Door
from api.http.responses import success as envelope
from api.schemas.sdk.tally import TallyAnswer, present_tally
from api.services.tally import Tally
from rag.quoting import listed


def door_in(dialect: Dialect) -> Door:
    """Return the door that speaks in a dialect."""
    return Door(
        name="rest",
        prefix="/api/v1",
        authenticate=bearer_or_console,
        credentials=(Credential.BEARER, Credential.COOKIE),
        words=dialect.words,
        success=envelope,
        error=dialect.error,
        stream=dialect.stream,
        reads=dialect.reads,
    )


DIALECTS: Mapping[str, Dialect] = {"classic": CLASSIC, "rest": REST}

DOOR = replace(door_in(CLASSIC), contracts={"rest": door_in(REST)})

api_key_required = DOOR.guarded
success = DOOR.success


def dialect() -> Dialect:
    """Return how the request is answered where the contracts differ."""
    return DIALECTS[contract()]


def done(tally: Tally, *, message: str = "success", counted: bool = False) -> Response:
    """Answer what came of doing something to several things.

    It is an error when none was there, or as this page's words say. Else the count goes out when
    the page or the contract gives it in any case or there is something to say beside it.
    """
    words = words_of_page()
    if tally.missing and words.missing:
        asked = tally.count + len(tally.missing)
        told = words.missing.format(
            listed=listed(tally.missing),
            count=tally.count,
            asked=asked,
            **(request.view_args or {}),
        )
        return refused(NotFoundError(tally.kind, *tally.missing), told)
    if tally.refused and words.refused:
        error: RaglanError = ConflictError(f"Some {tally.kind}s are in a state that forbids it.")
        return refused(error, words.refused, refusals(tally, words))
    problems = tuple(problems_of(tally, words))
    if problems and not tally.count:
        error = NotFoundError(tally.kind, *tally.missing)
        return refused(error, "; ".join(listed(problems)))
    data = present_tally(tally.count, listed(problems))
    shown = problems or counted or (dialect().counts and request.method == "DELETE")
    return success(data if shown else None, message=message)


def words_of_page() -> TallyWords:
    """Return what the page that answers says of tallies."""
    place, tallies = DOOR.place(request.endpoint or ""), dialect().tallies
    return tallies.get(place) or tallies[place.partition(".")[0]]


def problems_of(tally: Tally, words: TallyWords) -> Iterator[str]:
    """Yield what is said of single things beside success."""
    for item in tally.missing:
        yield words.one_missing.format(id=item)
    for item in tally.repeated:
        yield words.repeated.format(id=item)


def refusals(tally: Tally, words: TallyWords) -> TallyAnswer:
    """Return what goes out beside the error that some things refused."""
    told = [f"{words.refused}: {item}" for item in tally.refused]
    return present_tally(tally.count, listed(told), words.refused_code)


def refused(error: RaglanError, message: str, data: object = None) -> Response:
    """Answer an error in words of its own, with what goes beside it."""
    here = door()
    return here.refuse(replace(here.told(error), message=message, data=data))

"""The door of RAGFlow's REST API, as its SDK speaks it, under /api/v1."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Response, request

from api.apps.sdk.words import TALLIES, WORDS, TallyWords
from api.errors import ConflictError, NotFoundError, RaglanError
from api.http.authentication import bearer
from api.http.door import Door
from api.http.responses import CHAT, enveloped, refusal
from api.http.responses import success as envelope
from api.http.words import Told
from api.schemas.failures import present_failure
from api.services.tally import Tally
from rag.quoting import listed

OPENAI = ("/api/v1/chats_openai/", "/api/v1/openai/")
"""Where OpenAI's clients ask."""


def failed(what: Told) -> Response:
    """Answer an error in the envelope, and beside it in the form that OpenAI's clients read."""
    if not request.path.startswith(OPENAI):
        return refusal(what)
    inner = present_failure(what.status, what.code, what.message)
    beside = {} if what.data is None else {"data": what.data}
    body = {"code": what.code, "message": what.message, **beside, "error": inner}
    return enveloped(body, what.status)


DOOR = Door(
    name="rest",
    prefix="/api/v1",
    authenticate=bearer,
    words=WORDS,
    success=envelope,
    error=failed,
    stream=CHAT,
)

api_key_required = DOOR.guarded
success = DOOR.success


def done(tally: Tally, *, message: str = "success", counted: bool = False) -> Response:
    """Answer what came of doing something to several things.

    It is an error when none was there, or as this page's words say. Else the count goes out when
    the page gives it in any case or there is something to say beside it.
    """
    words = words_of_page()
    if tally.missing and words.missing:
        asked = tally.count + len(tally.missing)
        told = words.missing.format(listed=listed(tally.missing), count=tally.count, asked=asked)
        return refused(NotFoundError(tally.kind, *tally.missing), told)
    if tally.refused and words.refused:
        error: RaglanError = ConflictError(f"Some {tally.kind}s are in a state that forbids it.")
        return refused(error, words.refused, refusals(tally, words))
    problems = tuple(problems_of(tally, words))
    if problems and not tally.count:
        error = NotFoundError(tally.kind, *tally.missing)
        return refused(error, "; ".join(listed(problems)))
    data: dict[str, object] = {"success_count": tally.count}
    if problems:
        data["errors"] = listed(problems)
    return success(data if problems or counted else None, message=message)


def words_of_page() -> TallyWords:
    """Return what the page that answers says of tallies."""
    place = DOOR.place(request.endpoint or "")
    return TALLIES.get(place) or TALLIES[place.partition(".")[0]]


def problems_of(tally: Tally, words: TallyWords) -> Iterator[str]:
    """Yield what is said of single things beside success."""
    for item in tally.missing:
        yield words.one_missing.format(id=item)
    for item in tally.repeated:
        yield words.repeated.format(id=item)


def refusals(tally: Tally, words: TallyWords) -> dict[str, object]:
    """Return what goes out beside the error that some things refused."""
    told = [f"{words.refused}: {item}" for item in tally.refused]
    beside: dict[str, object] = {"success_count": tally.count, "errors": listed(told)}
    return beside | {"error_code": words.refused_code} if words.refused_code else beside


def refused(error: RaglanError, message: str, data: object = None) -> Response:
    """Answer an error in words of its own, with what goes beside it."""
    return DOOR.refuse(replace(DOOR.told(error), message=message, data=data))

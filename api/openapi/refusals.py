"""Which errors an operation may end in, and how its door tells them."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus

from api import errors, sign_in_errors
from api.errors import RaglanError
from api.http.codes import CODES
from api.http.door import Door
from api.http.refusals import WORDS
from api.http.words import DEFECT, Case, Wording, Words, cases_of
from api.openapi.operations import Operation
from api.things import Kind

Rule = Callable[[Operation], bool]

LINE_TOO_LONG = HTTPStatus.REQUEST_URI_TOO_LONG


def always(_operation: Operation) -> bool:
    """Return that every operation may end so."""
    return True


def never(_operation: Operation) -> bool:
    """Return that no operation ends so."""
    return False


def takes(operation: Operation) -> bool:
    """Return whether something in the request may be wrong."""
    return operation.takes_something or operation.method == "POST"


def names(operation: Operation) -> bool:
    """Return whether the request names something that may not be there."""
    return operation.takes_something


def writes(operation: Operation) -> bool:
    """Return whether something is to be changed."""
    return operation.writes


def has_body(operation: Operation) -> bool:
    """Return whether a body is read."""
    return operation.reading.takes_body


def may_repeat(operation: Operation) -> bool:
    """Return whether an `Idempotency-Key` is heeded."""
    return operation.method == "POST" and bool(operation.credentials)


def signs_in(operation: Operation) -> bool:
    """Return whether failed attempts are counted."""
    return operation.reading.counts_attempts


def proves(operation: Operation) -> bool:
    """Return whether who they are is told by the body of who asks."""
    return signs_in(operation) or (operation.method == "POST" and not operation.credentials)


def has_guard(operation: Operation) -> bool:
    """Return whether a key or session is needed."""
    return bool(operation.credentials)


def may_lack(operation: Operation) -> bool:
    """Return whether something may be asked for that is not built."""
    return operation.reading.is_absent or (operation.writes and has_body(operation))


RULES: Mapping[type[RaglanError], Rule] = {
    errors.RaglanError: always,
    errors.ArgumentError: takes,
    errors.RepeatedKeyError: may_repeat,
    errors.EmailError: signs_in,
    errors.RuleError: takes,
    errors.AuthenticationError: proves,
    errors.MissingKeyError: has_guard,
    errors.InvalidKeyError: has_guard,
    errors.NotFoundError: names,
    errors.ForbiddenError: names,
    errors.NotAllowedError: writes,
    errors.ScopeError: has_guard,
    errors.DeactivatedError: signs_in,
    errors.ConflictError: writes,
    errors.StillRunningError: may_repeat,
    errors.QuotaError: writes,
    errors.TooLargeError: has_body,
    errors.SlowBodyError: has_body,
    errors.UnsupportedTypeError: writes,
    errors.RateLimitError: always,
    errors.UnavailableError: always,
    errors.DiskFullError: writes,
    errors.NotBuiltError: may_lack,
    errors.StartError: never,
}
"""Which operations may end in an error of a class.

A class that is not here is as its base is, and is told where a door has another status or code
for it.
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a door tells it: what it is called, when it comes, and an example of it.

    One that comes before a door is reached has the form of none, and its true status.
    """

    name: str
    when: str
    status: int
    code: int
    sentence: str
    is_early: bool = False


TOO_LONG = Refusal(
    "ArgumentError (line)",
    "The line of the request, in which the query stands, is too long.",
    LINE_TOO_LONG,
    CODES[Case(errors.ArgumentError)].code,
    WORDS[LINE_TOO_LONG],
    is_early=True,
)
"""How a query is refused that is so long that it does not get as far as a door."""


@cache
def classes() -> tuple[type[RaglanError], ...]:
    """Return the classes of errors."""
    found = {**vars(sign_in_errors), **vars(errors)}.values()
    return tuple(item for item in found if isinstance(item, type) and issubclass(item, RaglanError))


def refusals_of(operation: Operation) -> Mapping[int, list[Refusal]]:
    """Return how an operation may end in an error, by status."""
    found: dict[int, list[Refusal]] = defaultdict(list)
    for error in classes():
        if RULES[base_of(error)](operation):
            for refusal in in_all_contracts(error, operation):
                found[refusal.status].append(refusal)
    if operation.reading.queries:
        found[LINE_TOO_LONG].append(TOO_LONG)
    return dict(sorted(found.items()))


def base_of(error: type[RaglanError]) -> type[RaglanError]:
    """Return the class whose rule holds for errors of a class."""
    return max(
        (base for base in RULES if issubclass(error, base)), key=lambda base: len(base.__mro__)
    )


def in_all_contracts(error: type[RaglanError], operation: Operation) -> list[Refusal]:
    """Return how a door tells errors of a class, in each of its contracts that has its own way."""
    found: list[Refusal] = []
    for number, door in enumerate(operation.doors):
        known = {(one.status, one.code) for one in found}
        for refusal in told_at(door, known_place(door, operation.place))[error]:
            if number == 0:
                found.append(refusal)
            elif (refusal.status, refusal.code) not in known:
                found.append(replace(refusal, name=f"{refusal.name}, later contract"))
    return found


def known_place(door: Door, place: str) -> str:
    """Return the place, or else the blueprint that it is in, of which a door has words; else ""."""
    known = places_of(door)
    return next((one for one in (place, place.partition(".")[0]) if one in known), "")


@cache
def places_of(door: Door) -> frozenset[str]:
    """Return the places of which a door has words of their own."""
    return frozenset(case.at for case in door.words)


@cache
def told_at(door: Door, place: str) -> Mapping[type[RaglanError], list[Refusal]]:
    """Return how a door tells the errors of each class at a place."""
    return {error: told(error, base_of(error), door.words, place) for error in classes()}


def told(
    error: type[RaglanError], base: type[Exception], words: Words, place: str
) -> list[Refusal]:
    """Return how a door tells errors of a class, where that is not as it tells those of its base.

    Errors about a kind of thing may have a status and a code of their own.
    """
    usual, own = worded(words, base, None, place), worded(words, error, None, place)
    found = [refusal_of(error, None, own)] if error is base or is_other(own, usual) else []
    for kind in kinds_of(words, error, place):
        one = worded(words, error, kind, place)
        if is_other(one, usual if error is base else worded(words, base, kind, place)):
            found.append(refusal_of(error, kind, one))
    return found


def is_other(one: Wording, other: Wording) -> bool:
    """Return whether two wordings have another status or code."""
    return (one.status, one.code) != (other.status, other.code)


def refusal_of(error: type[RaglanError], kind: Kind | None, wording: Wording) -> Refusal:
    """Return an error of a class, perhaps about a kind of thing, as a wording has it."""
    name = f"{error.__name__} ({kind})" if kind else error.__name__
    when = (inspect.getdoc(error) or "").partition("\n")[0]
    sentence = example_of(error, kind, wording.sentence)
    return Refusal(name, when, wording.status, wording.code, sentence)


def kinds_of(words: Words, error: type[Exception], place: str) -> list[Kind]:
    """Return the kinds of things about which a table has words for errors of a class at a place."""
    places = {place, place.partition(".")[0], ""}
    found = {case.kind for case in words if case.at in places and issubclass(error, case.error)}
    return [kind for kind in Kind if kind in found]


def worded(words: Words, error: type[Exception], kind: Kind | None, place: str) -> Wording:
    """Return how a table has errors of a class; what it does not say is as of a defect."""
    found = [words[case] for case in cases_of(error, kind, place) if case in words]
    return Wording(
        next((one.sentence for one in found if one.sentence), ""),
        next((one.code for one in found if one.code), 0),
        next((one.status for one in found if one.status), 500),
    )


THINGS = {
    "ids": "65ea11f0cf2b11f0a4c50242ac120003",
    "listed": ["65ea11f0cf2b11f0a4c50242ac120003"],
    "each": ["guide", "OpenAI"],
    "name": "guide",
    "asker": "2b6e7a52cf2b11f0a4c50242ac120003",
    "count": 12,
    "field": "timezone",
    "reason": "it is not known",
    "value": "Mars",
}
"""What sentences of errors mention, for examples."""


def example_of(error: type[RaglanError], kind: Kind | None, sentence: str) -> str:
    """Return a sentence as a door may say it."""
    if error is errors.RaglanError:
        return DEFECT
    form = sentence or getattr(error, "with_ids", "") or getattr(error, "form", "")
    if not form or form == "{message}":
        return inspect.getdoc(error) or ""
    return form.format_map({**THINGS, "kind": kind or Kind.DATASET})

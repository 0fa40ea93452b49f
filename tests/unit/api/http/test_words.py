"""What doors say of errors: the most special words win, and what they lack is more general."""

import inspect
import re

import pytest
from werkzeug.exceptions import Gone, HTTPException, NotFound

from api import errors, sign_in_errors
from api.apps import app
from api.apps.door import DOOR as CONSOLE
from api.apps.sdk.door import DOOR as REST
from api.config.places import CHECKOUT
from api.errors import ConflictError, NotFoundError, RaglanError, RuleError, TakenError
from api.http.codes import CODES
from api.http.door import Door
from api.http.words import Case, Told, Wording, told
from api.things import Kind

LATER = REST.contracts["rest"]

CLASSES = [
    item
    for item in {**vars(sign_in_errors), **vars(errors)}.values()
    if isinstance(item, type) and issubclass(item, RaglanError)
]

WORDS = {
    Case(RaglanError): Wording(code=100, status=500),
    Case(NotFoundError): Wording("{message}", 102, 404),
    Case(NotFoundError, Kind.CHAT): Wording("no chat {ids}"),
    Case(NotFoundError, Kind.CHAT, "chats"): Wording("no chat here"),
    Case(NotFoundError, Kind.CHAT, "chats.delete"): Wording("not deleted: {listed}", 7),
    Case(NotFoundError, at="chats"): Wording("nothing on this page", status=410),
    Case(ConflictError, at="chats.create"): Wording("{asker} is too late for {name}", 103, 409),
}


@pytest.mark.parametrize(
    ("kind", "at", "told_"),
    [
        (Kind.CHAT, "", (102, 404, "no chat a, b")),
        (Kind.CHAT, "sessions.get", (102, 404, "no chat a, b")),
        (Kind.CHAT, "chats.get", (102, 410, "no chat here")),
        (Kind.CHAT, "chats.delete", (7, 410, "not deleted: ['a', 'b']")),
        (Kind.CHUNK, "chats.delete", (102, 410, "nothing on this page")),
        (Kind.CHUNK, "", (102, 404, "There is no chunk a, b.")),
    ],
)
def test_the_most_special_words_win(kind: Kind, at: str, told_: tuple[int, int, str]) -> None:
    assert told(WORDS, NotFoundError(kind, "a", "b"), at) == Told(*told_)


def test_an_error_has_the_words_of_what_it_is_a_kind_of() -> None:
    error = TakenError(Kind.CHAT, "{x}")
    assert told(WORDS, error, "chats.create", "me") == Told(103, 409, "me is too late for {x}")
    assert told(WORDS, error, "chats.update").code == 100
    assert told(WORDS, RuleError("{no} form")) == Told(100, 500, "{no} form")


def test_an_error_of_flask_has_its_status_for_a_code() -> None:
    assert told({}, Gone("It went.")) == Told(410, 410, "It went.")
    assert told({}, HTTPException()) == Told(500, 500, "Unknown Error")
    assert told(CODES, NotFound()).message == "Not Found: there is no such address."


@pytest.mark.parametrize("door", [CONSOLE, REST, LATER])
def test_doors_have_words_for_every_kind_of_thing(door: Door) -> None:
    for kind in Kind:
        for error in (NotFoundError, errors.ForbiddenError):
            assert "{" not in door.told(error(kind, "a", "b"), "", "me").message


@pytest.mark.parametrize("door", [CONSOLE, REST, LATER])
def test_words_are_for_places_that_exist(door: Door) -> None:
    endpoints = {door.place(name) for name in app.view_functions}
    places = endpoints | {name.partition(".")[0] for name in endpoints}
    assert {case.at for case in door.words} - {""} <= places


def sample(kind: type[RaglanError]) -> RaglanError:
    """Make an error of a kind, whatever fields it has."""
    given: list[object] = []
    named: dict[str, object] = {}
    for parameter in inspect.signature(kind.__init__).parameters.values():
        value = SAMPLES.get(parameter.annotation, "x")
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            given += ["x", "x"]
        elif parameter.name != "self":
            given.append(value)
    return kind(*given, **named)


SAMPLES = {Kind: Kind.CHAT, int: 7, float: 7.0}


IN_PROMPTS = "{knowledge}"
"""What a sentence may say of a prompt; anything else in braces was not filled in."""


@pytest.mark.parametrize("door", [CONSOLE, REST, LATER])
def test_every_kind_of_error_can_be_said(door: Door) -> None:
    for kind in CLASSES:
        check_said(door, kind)


def check_said(door: Door, kind: type[RaglanError]) -> None:
    """See that a door has whole sentences for an error, wherever it comes."""
    error = sample(kind)
    for at in {case.at for case in door.words if issubclass(kind, case.error)} | {""}:
        said = door.told(error, f"{door.name}_{at}", "me")
        assert 400 <= said.status <= 599
        assert said.code
        assert said.message
        assert "{" not in said.message.replace(IN_PROMPTS, "")
    assert door.told(error).status == told(CODES, error).status
    assert "{" not in str(error)


# The docs.


def rows() -> list[list[str]]:
    docs = (CHECKOUT / "docs" / "errors.md").read_text(encoding="utf-8")
    return [line.split("|")[1:4] for line in docs.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("case", CODES, ids=str)
def test_the_docs_name_every_error_with_code_and_status(case: Case) -> None:
    if issubclass(case.error, HTTPException):
        return
    wording = CODES[case]
    if not wording.code:
        return  # only a sentence
    assert any(
        code.strip() == str(wording.code)
        and str(wording.status) in statuses
        and case.error.__name__ in names
        for code, statuses, names in rows()
    ), case


def test_codes_in_the_docs_are_in_order() -> None:
    docs = (CHECKOUT / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", docs, re.MULTILINE)]
    assert codes == sorted(codes)

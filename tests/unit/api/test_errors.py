"""The server's errors: kinds with fields, and a plain sentence each."""

import pytest

from api.errors import (
    BlankQuestionError,
    EmptyDatasetError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    TakenError,
    UnusableModelError,
    UnusedVariableError,
)
from api.things import Kind


def test_an_error_says_what_it_is_about() -> None:
    error = NotFoundError(Kind.DATASET, "a", "b")
    assert (error.kind, error.ids) == (Kind.DATASET, ("a", "b"))
    assert str(error) == error.message == "There is no dataset a, b."
    assert str(NotFoundError(Kind.ADDRESS)) == "There is no such address."
    assert str(ForbiddenError(Kind.CHAT, "a")) == "This is not allowed with the chat a."


def test_the_sentence_of_an_error_about_thousands_of_things_is_short() -> None:
    assert len(str(NotFoundError(Kind.DOCUMENT, *["x" * 1000] * 5000))) < 4000


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Kind.DATASET, "The dataset a exists."),
        (Kind.ACCOUNT, "a has already registered."),
    ],
)
def test_an_error_about_a_name_says_what_has_it(kind: Kind, sentence: str) -> None:
    error = TakenError(kind, "a")
    assert (error.kind, error.name, str(error)) == (kind, "a", sentence)


def test_rules_of_assistants_name_what_they_refuse() -> None:
    assert (EmptyDatasetError("a").ids, UnusableModelError("m@P").name) == (("a",), "m@P")
    assert str(UnusedVariableError("who")) == "The prompt has no place for the variable who."
    assert str(BlankQuestionError()) == "There is no question."


def test_a_rate_limit_tells_whole_seconds() -> None:
    assert [RateLimitError("no", after=after).retry_after for after in (0, 0.1, 1.5)] == [1, 1, 2]

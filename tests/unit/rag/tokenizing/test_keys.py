"""Words as keys: what is found by its beginning."""

import pytest

from rag.tokenizing.keys import AFTER, keys_of_query, keys_of_text, words_of_query


def finds(query: str, text: str) -> bool:
    """Return whether a text has a word for each of a query that begins so."""
    keys = keys_of_text(text)
    return all(any(one <= key < one + AFTER for key in keys) for one in keys_of_query(query))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("lam", "The LAMPS are lit."),
        ("are the", "The lamps are lit."),
        ("\uff2c\uff21\uff2d\uff30", "lamp"),
        ("Лам", "лампа"),
        ("灯", "他点灯"),
        ("点灯", "他点灯了"),
        ("他点灯", "他点灯了"),
        ("lamp灯", "lamp 灯"),
        ("straß", "strasse"),
        ("x" * 30, "x" * 26),
        ("e 1042", "E-1042"),
        ("a_b", "b a"),
    ],
)
def test_a_text_is_found_by_the_beginnings_of_its_words(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"), [("amp", "lamp"), ("lamp oil", "lamp"), ("灯点", "点灯"), ("lamps", "lamp")]
)
def test_a_text_is_not_found_by_what_it_has_not(query: str, text: str) -> None:
    assert not finds(query, text)


def test_words_are_told_as_they_are_compared() -> None:
    assert words_of_query("The LAMPS, 点灯!") == ["the", "lamps", "点灯"]
    assert keys_of_query(" ,.! ") == []

"""What is searched for a question."""

import pytest

from rag.tokenizing.languages import MARK
from rag.tokenizing.query import query_terms


def tokens(question: str) -> list[str]:
    """Return the tokens of a question, without stems in languages."""
    return [token for token, _ in query_terms(question) if MARK not in token]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When does the keeper light the lamp?", ["keeper", "light", "lamp"]),
        ("Что такое маяк?", ["маяк"]),
        ("Wann wird die Lampe angezündet?", ["lamp", "angezundet", "angezuendet"]),
        ("Où est le phare ?", ["phare"]),
        ("¿Cuándo se enciende el faro?", ["enciend", "faro"]),
        ("Quando si accende la lampada?", ["accend", "lampada"]),
        ("what's don't", ["what", "don", "t"]),
    ],
)
def test_stop_words_are_left_out(question: str, expected: list[str]) -> None:
    assert tokens(question) == expected


def test_chinese_questions_lose_their_question_words() -> None:
    found = tokens("潮汐表是什么?")
    assert "潮汐" in found
    assert not {"什么", "是", "是什"} & set(found)


def test_a_question_of_stop_words_alone_keeps_them() -> None:
    assert tokens("to be or not to be") == ["to", "be", "or", "not"]
    assert tokens("什么") == ["什么"]


def test_a_repeated_token_counts_once_with_its_largest_weight() -> None:
    terms = {"1042": 1.0, "e-1042": 1.0, "e1042": 0.8}
    assert dict(query_terms("1042 E-1042, 1042")) == terms
    assert dict(query_terms("E-1042, 1042")) == terms


def test_blank_questions_have_no_terms() -> None:
    assert query_terms("") == query_terms(" ?! \0") == ()


def test_of_a_very_long_question_the_beginning_is_used() -> None:
    found = tokens(" ".join(f"w{number}" for number in range(1000)))
    assert found == [f"w{number}" for number in range(256)]

"""Where the words of a question stand in a text."""

import unicodedata

import pytest

from rag.tokenizing.highlighting import highlight
from rag.tokenizing.query import query_terms


def marked(text: str, question: str) -> str:
    return highlight(text, {token for token, _ in query_terms(question)})


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("The Tides rose", "tide", "The <em>Tides</em> rose"),
        ("tide, tide.", "tides", "<em>tide</em>, <em>tide</em>."),
        ("nothing here", "tide", "nothing here"),
        ("", "tide", ""),
        # A compound as a whole, or the parts that were asked for.
        ("see E-1042.", "E-1042", "see <em>E-1042</em>."),
        ("see E-1042.", "1042", "see E-<em>1042</em>."),
        ("see snake_cases", "case", "see snake_<em>cases</em>"),
        ("write C++", "c++", "write <em>C++</em>"),
        ("l'eau froide", "eau", "l'<em>eau</em> froide"),
        ("the keeper's lamp", "keeper", "the <em>keeper's</em> lamp"),
        ("about 1,000 ships", "1000", "about <em>1,000</em> ships"),
        # Neighbouring marks of unspaced scripts become one.
        ("今天的潮汐表", "潮汐表", "今天的<em>潮汐表</em>"),
        ("潮汐和潮汐", "潮汐", "<em>潮汐</em>和<em>潮汐</em>"),
        ("カタカナ", "タカ", "カ<em>タカ</em>ナ"),
        ("tide潮汐", "tide 潮汐", "<em>tide潮汐</em>"),
        ("ＴＩＤＥ", "tide", "<em>ＴＩＤＥ</em>"),  # noqa: RUF001
        ("a \U0001f30a b", "\U0001f30a", "a <em>\U0001f30a</em> b"),
        # Nothing is escaped, and marks in the text are text.
        ("<b>tide</b> & <em>", "tide", "<b><em>tide</em></b> & <em>"),
        ("tide\0\ntide", "tide", "<em>tide</em>\0\n<em>tide</em>"),
    ],
)
def test_marks(text: str, question: str, expected: str) -> None:
    assert marked(text, question) == expected


def test_without_tokens_nothing_is_marked() -> None:
    assert highlight("tide", ()) == "tide"


@pytest.mark.parametrize(
    ("text", "question"),
    [("ゟみち", "みち"), (unicodedata.normalize("NFD", "한국어"), "한국어")],
)
def test_what_normalising_makes_longer_or_shorter_is_not_marked(text: str, question: str) -> None:
    # Places in the one say nothing of places in the other.
    assert marked(text, question) == text


def test_taking_the_marks_out_gives_the_text_again() -> None:
    text = "The tide rose: 今天的潮汐表 E-1042, tide's in.\0 \U0001f30a ｶﾞｽ ß"
    for question in ("tide 1042 潮汐 rose", "ガス \U0001f30a strasse", "in the of"):
        plain = marked(text, question).replace("<em>", "").replace("</em>", "")
        assert plain == text

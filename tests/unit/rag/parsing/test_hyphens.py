"""Words that a line's end breaks at a hyphen."""

import pytest

from rag.parsing.hyphens import keeps_hyphen
from rag.parsing.pdf.lines import HYPHEN
from rag.parsing.pdf.scripts import joined
from rag.parsing.text.wrapping import unwrapped
from rag.tokenizing.tokens import tokenize


@pytest.mark.parametrize(
    ("before", "after", "text", "keeps"),
    [
        ("communication", "oriented", "", True),
        ("Self", "supervised", "", True),
        ("commu", "nication", "", False),
        ("client", "server", "the clients ask, the servers answer", False),
        ("client", "server", "a client asks the server twice", True),
        ("client", "server", "in client-server systems", True),
        ("un", "der", "un der", False),
        ("open", "ness", "", False),
        ("under", "standing", "", False),
        ("un", "known", "", False),
    ],
)
def test_a_hyphen_stays_where_the_parts_are_words(
    before: str, after: str, text: str, *, keeps: bool
) -> None:
    assert keeps_hyphen(before, after, text) is keeps


def test_lines_of_a_page_and_of_a_text_are_joined_so() -> None:
    assert (
        joined([f"a cost{HYPHEN}", f"efficient com{HYPHEN}", "puter"])
        == "a cost-efficient computer"
    )
    lines = (
        "It is the only way that leads up to the mountain, and it is no well-\n"
        "known one; whoever takes it has to be careful and to look at the sta-\n"
        "tion at the foot of it where the state of the way is always written."
    )
    assert "no well-known one" in unwrapped(lines)
    assert "the station at" in unwrapped(lines)


def test_a_word_that_keeps_its_hyphen_is_found_by_both_forms() -> None:
    tokens = set(tokenize("communication-oriented"))
    assert set(tokenize("communicationoriented")) <= tokens
    assert set(tokenize("oriented")) <= tokens

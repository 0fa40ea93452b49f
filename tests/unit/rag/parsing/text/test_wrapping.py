"""Lines that were broken to fit a width, and lines that are meant."""

from collections.abc import Callable

import pytest

from rag.parsing.text.wrapping import unwrapped

TextsOf = Callable[[str, bytes], list[str]]

WRAPPED = """Who uses the dishwasher last switches it on, and who finds it clean emp-
ties it. Colour prints are limited to fifty pages a month for each depart-
ment, and toner is ordered on Mondays. A well-known form, the HR-
12, is in the drawer; pre- and post-paid orders are signed by the head-
master."""


def test_broken_lines_and_words_are_joined(texts_of: TextsOf) -> None:
    assert texts_of("a.txt", f"OFFICE RULES\n\n{WRAPPED}\n".encode()) == [
        "OFFICE RULES",
        (
            "Who uses the dishwasher last switches it on, and who finds it clean empties it. "
            "Colour prints are limited to fifty pages a month for each department, and toner is "
            "ordered on Mondays. A well-known form, the HR-12, is in the drawer; pre- and "
            "post-paid orders are signed by the headmaster."
        ),
    ]


def test_two_lines_are_joined_at_the_width_of_the_others(texts_of: TextsOf) -> None:
    short = "The kitchen is closed on Sundays, and whoever has a key may still make\ncoffee."
    assert texts_of("a.txt", f"{WRAPPED}\n\n{short}".encode())[1] == short.replace("\n", " ")


def test_items_are_joined_one_by_one(texts_of: TextsOf) -> None:
    text = """1. The keys are kept in the office, and whoever takes one writes it in the
   book beside the door.
2. Nobody lends keys."""
    assert texts_of("a.txt", text.encode()) == [
        (
            "1. The keys are kept in the office, and whoever takes one writes it in the "
            "book beside the door.\n2. Nobody lends keys."
        )
    ]


def test_scripts_without_blanks_are_joined_without_one(texts_of: TextsOf) -> None:
    text = (
        "本公司员工请假须提前三天填写请假单，并交给主管审\n"
        "批。未经批准不得擅自离岗，违者按公司制度处理并记\n录在案。"
    )
    assert texts_of("a.txt", text.encode()) == [text.replace("\n", "")]


@pytest.mark.parametrize(
    "text",
    [
        (
            "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n"
            "Rough winds do shake the darling buds of May,\nAnd summer's lease hath all too short"
        ),
        "Kestrel Parts Ltd\n12 Main Street\nOslo",
        (
            "Name      Age   Place of birth and of work\nAnn       31    Oslo, in the old hall\n"
            "Bob       45    Bergen, on the hill"
        ),
        "a | b | c and some more words in this row\nd | e | f and some more words in the row",
        "for (i = 0; i < 10; i++) {\n    do_something_with_a_long_name(i);\n}",
        "> quoted words that go on for the whole of a line of mail and that\n> go on here, too",
        "first line of some words here and there\n\tsecond line\n        third line",
    ],
)
def test_lines_that_are_meant_are_kept(texts_of: TextsOf, text: str) -> None:
    assert texts_of("a.txt", text.encode()) == [text]


def test_a_log_keeps_its_lines(texts_of: TextsOf) -> None:
    assert texts_of("a.log", WRAPPED.encode()) == [WRAPPED]


def test_a_mail_in_lines_is_joined(texts_of: TextsOf) -> None:
    (text,) = texts_of("a.eml", f"Content-Type: text/plain\n\n{WRAPPED}\n".encode())
    assert "each department, and" in text


@pytest.mark.parametrize("mark", ["§ 6", "Art. 6", "Article 6", "ARTIKEL 6"])
def test_an_article_of_a_law_begins_a_line_and_a_reference_to_one_does_not(mark: str) -> None:
    lines = [
        "§ 5 Wer eine Lampe betreibt, hat sie jeden Tag zu reinigen und das Öl in den dazu",
        "bestimmten Behälter zu füllen; die Aufsicht darüber richtet sich im Fall des Abs.",
        f"{mark} und nach den dazu ergangenen Vorschriften der Behörde über Lampen und Öle.",
        f"{mark} Verstöße gegen dieses Gesetz werden mit einer Buße bis zu 500 Euro belegt, wenn",
        "sie nicht nach anderen Vorschriften mit einer höheren Buße bedroht sind.",
    ]
    assert unwrapped("\n".join(lines)) == "\n".join([" ".join(lines[:3]), " ".join(lines[3:])])

"""Answers made of the passages' own sentences."""

from collections.abc import Callable

import pytest

from rag.engines.base import Hit
from rag.generation.extractive import LEADING_LINE, NOTHING_FOUND, extract

Tokenizer = Callable[[str], list[str]]
MakeHit = Callable[..., Hit]


@pytest.fixture
def lines(tokenize: Tokenizer) -> Callable[..., list[str]]:
    def ask(question: str, *hits: Hit) -> list[str]:
        text = "".join(delta.content for delta in extract(question, hits, tokenize))
        head, _, rest = text.partition("\n\n")
        assert head == LEADING_LINE
        return rest.split("\n")

    return ask


def test_the_sentence_that_answers_comes_first_with_its_passage(
    make_hit: MakeHit, lines: Callable[..., list[str]]
) -> None:
    other = make_hit("We sell shoes. The shop is in Bonn. It rains.")
    right = make_hit("Returns are free. A refund is paid within 30 days. Thank you.")
    found = lines("When is a refund paid?", other, right)
    assert found[0] == "- A refund is paid within 30 days. [ID:1]"


def test_chinese_sentences_are_found(make_hit: MakeHit, lines: Callable[..., list[str]]) -> None:
    hit = make_hit("公司成立于上海。退款在三十天内支付。谢谢。")
    assert lines("退款什么时候支付?", hit) == ["- 退款在三十天内支付。 [ID:0]"]


def test_at_most_five_and_none_twice(make_hit: MakeHit, lines: Callable[..., list[str]]) -> None:
    numbers = ["one", "two", "three", "four", "five", "six", "seven"]
    hits = [make_hit(f"The fee for plan {number} is due.") for number in [*numbers, "one"]]
    found = lines("Which fee is due for the plan?", *hits)
    assert len(found) == len(set(found)) == 5


def test_a_repeated_sentence_is_shown_once(
    make_hit: MakeHit, lines: Callable[..., list[str]]
) -> None:
    hits = [make_hit("The fee is ten euros."), make_hit("The fee is ten euros!")]
    assert lines("What is the fee?", *hits) == ["- The fee is ten euros. [ID:0]"]


def test_the_better_passage_wins_a_draw(make_hit: MakeHit, lines: Callable[..., list[str]]) -> None:
    hits = [
        make_hit("The red fee is low.", similarity=0.3),
        make_hit("The blue fee is high.", similarity=0.9),
    ]
    assert lines("fee?", *hits)[0] == "- The blue fee is high. [ID:1]"


def test_without_common_words_the_best_passage_begins_the_answer(
    make_hit: MakeHit, lines: Callable[..., list[str]]
) -> None:
    hits = [make_hit("Le contrat finit en mai. Merci.", similarity=0), make_hit("Autre.")]
    assert lines("When does it end?", *hits) == ["- Le contrat finit en mai. [ID:0]"]


def test_a_heading_is_shown_with_what_follows_it(
    make_hit: MakeHit, lines: Callable[..., list[str]]
) -> None:
    hit = make_hit("Notice period\nEither side gives two weeks. Other things are said.\nNotice\n")
    assert lines("What is the notice period?", hit) == [
        "- Notice period: Either side gives two weeks. [ID:0]",
    ]


def test_table_rows_stand_alone(make_hit: MakeHit, lines: Callable[..., list[str]]) -> None:
    hit = make_hit("Item: pen; Price: 2\nItem: cup; Price: 9")
    assert lines("price of the cup", hit)[0] == "- Item: cup; Price: 9 [ID:0]"


@pytest.mark.parametrize("gap", [" ", ""])
def test_what_is_too_long_is_cut(
    make_hit: MakeHit, lines: Callable[..., list[str]], gap: str
) -> None:
    (line,) = lines("fee", make_hit("fee " + f"word{gap}" * 300))
    assert line.endswith("… [ID:0]")
    assert len(line) < 420


def test_no_passages(tokenize: Tokenizer) -> None:
    assert [delta.content for delta in extract("x", [], tokenize)] == [NOTHING_FOUND]


def test_passages_without_words(make_hit: MakeHit, tokenize: Tokenizer) -> None:
    deltas = list(extract("x", [make_hit(" \n—")], tokenize))
    assert [delta.content for delta in deltas] == [NOTHING_FOUND]

"""Estimating how many tokens of a model a text makes."""

from itertools import product

import pytest

from rag.tokenizing.counting import count_tokens


@pytest.mark.parametrize("text", ["", " ", "\n\t  "])
def test_blank_text_makes_none(text: str) -> None:
    assert count_tokens(text) == 0


@pytest.mark.parametrize("text", ["a", ".", "7", "灯", "\0", "\u200b"])
def test_anything_else_makes_at_least_one(text: str) -> None:
    assert count_tokens(text) >= 1


def test_ascii_counts_as_within_other_text() -> None:
    for first, second in product(map(chr, range(128)), repeat=2):
        text = f"ab{first}{second}cd 12_{first}"
        assert count_tokens(text) == count_tokens(f"{text}\u00a0")  # a blank, and not ASCII


# A few in ASCII text are told apart one by one: letters, a Han character, a Thai sign, digits,
# signs, blanks, an accent, half a surrogate pair.
@pytest.mark.parametrize("other", "ßя中\u0e31\u00b2\u0663½“—\u00a0\u3000\u200b\u0301\ud800")
def test_few_others_count_as_among_many(other: str) -> None:
    text = f"ab{other}cd {other} {other}{other} 12"
    among = "ж" * 500
    apart = count_tokens(f"{text} {'x ' * 100}") - count_tokens("x " * 100)
    assert apart == count_tokens(f"{text} {among}") - count_tokens(among)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("tide", 1),
        ("1042", 4),
        ("今天的潮汐表", 6),
        ("カタカナ", 4),
        ("one, two", 3),
        ("a\nb", 3),
        ("маяк", 2),
        ("x" * 200, 11),
        ("“tide” – it’s", 7),
        ("tide\u2003table", 2),
        ("naïve café", 3),
        ("灯 naïve", 2),
    ],
)
def test_estimates(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_more_text_makes_more_tokens() -> None:
    text = "The keeper lights the lamp at 6 o'clock; 灯塔。\n"
    counts = [count_tokens(text * number) for number in range(1, 20)]
    assert counts == sorted(set(counts))

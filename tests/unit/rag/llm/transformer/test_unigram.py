"""How words are divided into the pieces that are most likely together."""

import pytest

from rag.llm.transformer.unigram import Unigram

PIECES = {"<unk>": 0.0, "▁": -5.0, "▁low": -3.0, "▁l": -4.0, "ow": -4.0, "er": -3.5, "lower": -1.0}
LETTERS = dict.fromkeys("lower", -9.0)
VOCABULARY = [*PIECES.items(), *LETTERS.items()]
NORMAL = {ord("\n"): " ", ord("\xa0"): " ", ord("ﬂ"): "fl", ord("\x01"): "", ord("\uff2c"): "l"}


@pytest.fixture(scope="module")
def unigram() -> Unigram:
    pieces = {piece: number for number, (piece, _) in enumerate(VOCABULARY)}
    return Unigram(pieces, [score for _, score in VOCABULARY], NORMAL, unknown=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("low", ["▁low"]),
        # -5 and -1 are more than -3 and -3.5 and than all others.
        ("lower", ["▁", "lower"]),
        ("lowow", ["▁low", "ow"]),
        (" low \n low\xa0\xa0low ", ["▁low"] * 3),
        ("\uff2co\x01w", ["▁low"]),
        ("lowzzz", ["▁low", "<unk>"]),
        ("z low", ["▁", "<unk>", "▁low"]),
        ("", ["▁"]),
    ],
)
def test_a_text_is_divided_as_is_most_likely(
    unigram: Unigram, text: str, expected: list[str]
) -> None:
    names = [piece for piece, _ in VOCABULARY]
    assert [names[token] for token in unigram.tokens(text)] == expected


def test_a_text_is_divided_only_as_far_as_it_is_read(unigram: Unigram) -> None:
    class Counting(dict[str, int]):
        asked = 0

        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]  # counts
            Counting.asked += 1
            return super().get(key, default)

    many = Unigram(Counting(unigram._pieces), unigram._scores, NORMAL, unknown=0)  # noqa: SLF001 - as above
    tokens = many.tokens("low " * 3 + " ".join(f"er{number}" for number in range(1000)))
    next(tokens)
    assert 0 < Counting.asked < 50

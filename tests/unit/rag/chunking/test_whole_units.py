"""No chunk cuts a word, a character, a table row or a code block that fits into one.

Documents are made by chance, from seeds that a failure names.
"""

import random
from collections.abc import Iterator

import pytest

from rag.chunking.base import ChunkOptions
from rag.chunking.graphemes import boundary
from rag.chunking.registry import find_chunker
from rag.tokenizing.counting import count_tokens
from rag.types import Block, BlockKind, Page

GRAPHEMES = ("e\u0301", "👩‍👩‍👧", "🇩🇪", "👍🏽", "한", "ที่", "क्षि", "é", "灯", "x", "\r\n")
WORDS = ("lamp", "1,249.50", "e-mail", "unbelievable", "gr\u0308un", "灯塔", "ppr9087", "👩‍👩‍👧")
METHODS = ("naive", "book", "laws", "manual", "paper", "presentation", "email")
SEEDS = range(40)


class Made:
    """A document made by chance, and the units in it that are not to be cut."""

    def __init__(self, chance: random.Random) -> None:
        """Make the blocks."""
        self.chance = chance
        self.units: list[str] = []
        self.blocks = tuple(self.block(number) for number in range(chance.randint(1, 12)))

    def words(self, most: int) -> list[str]:
        count = self.chance.randint(1, most)
        return [f"{self.chance.choice(WORDS)}{self.chance.randint(0, 99)}" for _ in range(count)]

    def block(self, number: int) -> Block:
        kind = self.chance.choice(list(BlockKind))
        if kind is BlockKind.ROW:
            cells = tuple(f"r{number}c{place} {word}" for place, word in enumerate(self.words(6)))
            self.units.append(" | ".join(cells))
            header = tuple(f"column{place}" for place in range(len(cells)))
            return Block(" ".join(cells), kind, cells=cells, header=header, table=f"T{number}")
        if kind is BlockKind.CODE:
            text = "\n".join(f"  line{number} {word}" for word in self.words(8))
            self.units.append(text.strip())
            return Block(text, kind)
        words = self.words(4 if kind is BlockKind.HEADING else 60)
        self.units += words
        return Block(" ".join(words), kind, level=self.chance.randint(1, 4))


def cut(method: str, blocks: tuple[Block, ...], options: ChunkOptions) -> list[str]:
    drafts = find_chunker(method)([Page(1, 1, blocks)], options, count_tokens)
    return [draft.content for draft in drafts]


@pytest.mark.parametrize("overlap", [0, 30])
@pytest.mark.parametrize("method", METHODS)
def test_what_fits_is_not_cut(method: str, overlap: int) -> None:
    for seed in SEEDS:
        chance = random.Random(f"{method} {seed}")  # noqa: S311 - no secret
        made = Made(chance)
        limit = chance.choice([12, 24, 64, 256])
        delimiter = chance.choice(["\n", "\n.,-", "\n!?。；"])
        contents = cut(method, made.blocks, ChunkOptions(limit, delimiter, overlap))
        for unit in made.units:
            if count_tokens(unit + "\n") <= limit - 1:
                assert any(unit in content for content in contents), (seed, unit)
        assert max(map(count_tokens, contents)) <= limit, seed


def clusters(chance: random.Random) -> Iterator[str]:
    for _ in range(chance.randint(30, 200)):
        yield chance.choice(GRAPHEMES)


def test_a_word_that_is_too_long_is_cut_between_graphemes() -> None:
    for seed in SEEDS:
        chance = random.Random(seed)  # noqa: S311 - no secret
        graphemes = [cluster for cluster in clusters(chance) if cluster != "\r\n"]
        text = "".join(graphemes)
        ends = {0}
        for grapheme in graphemes:
            ends.add(max(ends) + len(grapheme))
        contents = cut("naive", (Block(text),), ChunkOptions(8))
        assert "".join(contents) == text
        place = 0
        for content in contents:
            place += len(content)
            assert place in ends, (seed, content)


@pytest.mark.parametrize("grapheme", GRAPHEMES)
def test_boundaries_are_those_between_graphemes(grapheme: str) -> None:
    text = grapheme * 3
    places = {boundary(text, near) for near in range(1, len(text))}
    assert places <= {len(grapheme), 2 * len(grapheme), len(text)}
    assert boundary(grapheme, len(grapheme) // 2) == len(grapheme)


def test_a_row_stands_alone_where_its_headings_leave_no_room() -> None:
    heading = Block("one two three four five six", BlockKind.HEADING, level=1)
    row = Block("", BlockKind.ROW, cells=tuple(f"cell{number}" for number in range(7)))
    line = " | ".join(row.cells)
    limit = count_tokens(line + "\n")
    assert cut("naive", (heading, row), ChunkOptions(limit)) == [heading.text, line]

"""The text next to tables and pictures, and the table of contents, in chunks."""

import pytest

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.contents import Contents
from rag.chunking.registry import find_chunker
from rag.types import Block, BlockKind, ChunkDraft, Page


def row(*cells: str) -> Block:
    return Block(" ".join(cells), BlockKind.ROW, cells=cells)


def picture(text: str) -> Block:
    return Block(text, in_picture=True)


def cut(
    words: TokenCounter, *blocks: Block | str, method: str = "naive", **sizes: int
) -> list[str]:
    made = tuple(Block(block) if isinstance(block, str) else block for block in blocks)
    options = ChunkOptions(chunk_token_num=4, **sizes)
    return [draft.content for draft in find_chunker(method)([Page(1, 1, made)], options, words)]


SOURCE = ("One two. Three four.", row("a", "b"), row("c", "d"), "Five six. Seven eight.")


def test_without_a_size_nothing_is_added(words: TokenCounter) -> None:
    assert cut(words, *SOURCE) == [
        "One two. Three four.",
        "a | b",
        "c | d",
        "Five six. Seven eight.",
    ]


def test_a_table_has_the_text_before_it_and_behind_it(words: TokenCounter) -> None:
    assert cut(words, *SOURCE, table_context_size=2) == [
        "One two. Three four.",
        "Three four.\na | b",
        "Three four.\nc | d\nFive six.",
        "Five six. Seven eight.",
    ]


@pytest.mark.parametrize("size", [1, 3])
def test_no_side_gets_more_than_its_size(words: TokenCounter, size: int) -> None:
    chunks = cut(words, *SOURCE, table_context_size=size)
    assert [len(chunk.split()) - 3 for chunk in chunks[1:3]] == [min(size, 2), 2 * min(size, 2)]


def test_a_picture_has_a_size_of_its_own(words: TokenCounter) -> None:
    source = ("Before it.", picture("p q r s"), "Behind it.", row("a", "b"))
    assert cut(words, *source, image_context_size=2) == [
        "Before it.",
        "Before it.\np q r s\nBehind it.",
        "Behind it.",
        "a | b",
    ]


def test_nothing_comes_from_another_section(words: TokenCounter) -> None:
    sides = cut(words, "x y z", row("a", "b"), "`#`", table_context_size=3)
    assert sides[1].startswith("x y z\na | b")
    parted = [
        Page(1, 2, (Block("x y z"),)),
        Page(2, 2, (row("a", "b"),)),
    ]
    options = ChunkOptions(chunk_token_num=4, table_context_size=3)
    drafts = list(find_chunker("presentation")(parted, options, words))
    assert [draft.content for draft in drafts] == ["x y z", "a | b"]


def contents(words: TokenCounter, *levels: int, wanted: bool = True) -> list[ChunkDraft]:
    blocks = tuple(
        Block(f"H{place}", BlockKind.HEADING, level=level) for place, level in enumerate(levels)
    )
    made = Contents(ChunkOptions(chunk_token_num=5, toc_extraction=wanted), words)
    assert list(made.watched([Page(1, 1, blocks)])) == [Page(1, 1, blocks)]
    return list(made.drafts())


def test_headings_make_a_table_of_contents(words: TokenCounter) -> None:
    assert [draft.content for draft in contents(words, 2, 3, 2)] == [
        "Table of contents\nH0\n  H1"[: len("Table of contents\nH0\n  H1")],
        "H2",
    ]


def test_there_is_none_of_one_heading_or_where_nobody_asks(words: TokenCounter) -> None:
    assert contents(words, 2) == []
    assert contents(words, 1, 2, wanted=False) == []

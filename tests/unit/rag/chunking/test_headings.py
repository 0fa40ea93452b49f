"""Under which headings chunks stand: the path of each chunk, by every method."""

from collections.abc import Callable

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.headings import MOST_HEADINGS, HeadingPath
from rag.chunking.registry import find_chunker
from rag.passages import embedding_text, headings_above, passage_text
from rag.types import Block, BlockKind, ChunkDraft, Page


def heading(text: str, level: int = 1) -> Block:
    return Block(text, BlockKind.HEADING, level=level)


def row(*cells: str, table: str = "") -> Block:
    return Block("; ".join(cells), BlockKind.ROW, cells=cells, header=("Name",), table=table)


def path_of(*blocks: Block) -> tuple[str, ...]:
    """Return the path of the last of some blocks."""
    headings = HeadingPath()
    return [headings.of(block) for block in blocks][-1]


def cut(
    count: TokenCounter, method: str, *pages: tuple[Block, ...], limit: int = 8
) -> list[ChunkDraft]:
    made = [Page(number, len(pages), blocks) for number, blocks in enumerate(pages, 1)]
    return list(find_chunker(method)(made, ChunkOptions(chunk_token_num=limit), count))


def test_a_path_leads_from_the_title_to_the_nearest_heading() -> None:
    title, pumps, limits = heading("Catalogue", 0), heading("Pumps"), heading("Limits", 3)
    text = Block("16 bar")
    assert path_of(title, pumps, limits, text) == ("Catalogue", "Pumps", "Limits")
    assert path_of(title, pumps, limits, heading("Valves"), text) == ("Catalogue", "Valves")
    assert path_of(title, pumps, limits, heading("Noise", 2), text) == (
        "Catalogue",
        "Pumps",
        "Noise",
    )
    assert path_of(text) == ()


def test_a_heading_that_repeats_the_one_above_is_told_once() -> None:
    assert path_of(heading("Catalogue", 0), heading("Catalogue"), Block("x")) == ("Catalogue",)


def test_a_row_stands_in_its_table_and_what_follows_does_not() -> None:
    blocks = [heading("Prices"), row("Pump", table="Table 1: Pumps"), Block("All without tax.")]
    assert path_of(*blocks[:2]) == ("Prices", "Table 1: Pumps")
    assert path_of(*blocks) == ("Prices",)
    assert path_of(heading("Prices"), row("Pump", table="Prices")) == ("Prices",)


def test_a_path_is_no_longer_than_it_may_be() -> None:
    deep = [heading(f"Level {level}", level) for level in range(100)]
    assert len(path_of(*deep)) == MOST_HEADINGS
    assert len(path_of(heading("word " * 1000))[0]) < 200


def test_each_chunk_of_a_section_has_its_headings(words: TokenCounter) -> None:
    sections = [
        (heading(model), heading("Limits", 2), *(Block(f"{model} {n} a b c d") for n in range(9)))
        for model in ("KX-1", "KX-2")
    ]
    drafts = cut(words, "naive", *sections)
    assert len(drafts) > 4
    for draft in drafts:
        first = next(line for line in draft.content.splitlines() if " " in line)
        assert draft.headings == (first.split()[0], "Limits")


def test_a_chunk_stands_under_the_headings_of_its_beginning(words: TokenCounter) -> None:
    blocks = (heading("One"), Block("a b"), heading("Two"), Block("c d"))
    (draft,) = cut(words, "naive", blocks, limit=50)
    assert draft.headings == ("One",)
    assert draft.content == "One\na b\nTwo\nc d"
    (alone,) = cut(words, "naive", (heading("One"), heading("Two", 2)), limit=50)
    assert alone.headings == ("One", "Two")


def test_a_repeated_end_does_not_decide_under_which_headings_a_chunk_stands(
    words: TokenCounter,
) -> None:
    blocks = (heading("One"), Block("a b c d e f"), heading("Two"), Block("g h i j"))
    options = ChunkOptions(chunk_token_num=8, overlapped_percent=50)
    drafts = list(find_chunker("naive")([Page(1, 1, blocks)], options, words))
    assert [draft.headings for draft in drafts] == [("One",), ("Two",)]


def test_slides_rows_and_pairs_have_headings(words: TokenCounter) -> None:
    first, second = (heading("Deck", 0), Block("a b")), (Block("c d"),)
    assert [draft.headings for draft in cut(words, "presentation", first, second)] == [
        ("Deck",),
        ("Deck",),
    ]
    table = (heading("Prices"), row("Pump", table="2024"), row("Valve", table="2024"))
    assert {draft.headings for draft in cut(words, "table", table)} == {("Prices", "2024")}
    pairs = (heading("Q: Where?"), Block("A: Here."))
    assert [draft.headings for draft in cut(words, "qa", pairs)] == [("Q: Where?",)]


def test_the_whole_document_stands_under_no_heading(words: TokenCounter) -> None:
    (draft,) = cut(words, "one", (heading("One"), Block("a"), heading("Two"), Block("b")))
    assert draft.headings == ()


def test_what_is_found_is_a_content_below_the_headings_that_it_lacks() -> None:
    headings = ("Pumps", "KX-3")
    assert headings_above(headings, "KX-3\n16 bar") == ["Pumps"]
    assert passage_text(headings, "16 bar at KX-3") == "Pumps\nKX-3\n16 bar at KX-3"
    assert embedding_text((), (), "16 bar") == "16 bar"
    assert embedding_text(("How much?",), headings, "16 bar") == "How much?"


def test_a_million_rows_of_a_table_share_one_path(words: Callable[[str], int]) -> None:
    headings = HeadingPath()
    headings.of(heading("Prices"))
    first, second = headings.of(row("a", table="2024")), headings.of(row("b", table="2024"))
    assert first is second
    assert words("a b") > 0

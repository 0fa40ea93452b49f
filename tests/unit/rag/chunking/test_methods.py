"""The chunk methods other than naive, and how they are found."""

import pytest

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.registry import find_chunker, implemented_methods
from rag.errors import ConfigurationError
from rag.types import Block, BlockKind, ChunkDraft, Page, Position


def pages(*blocks: Block | str, number: int = 1) -> list[Page]:
    made = tuple(Block(block) if isinstance(block, str) else block for block in blocks)
    return [Page(number, 1, made)]


def row(*cells: str, header: tuple[str, ...] = (), table: str = "") -> Block:
    return Block(" ".join(cells), BlockKind.ROW, cells=cells, header=header, table=table)


def heading(text: str) -> Block:
    return Block(text, BlockKind.HEADING, level=2)


def cut(method: str, source: list[Page], words: TokenCounter) -> list[ChunkDraft]:
    return list(find_chunker(method)(source, ChunkOptions(chunk_token_num=4), words))


def pairs(source: list[Page], words: TokenCounter) -> list[tuple[str, str]]:
    drafts = cut("qa", source, words)
    for draft in drafts:
        assert draft.content.startswith(f"Question: {draft.questions[0]}\tAnswer: ")
    return [(draft.questions[0], draft.content.split("\tAnswer: ")[1]) for draft in drafts]


def test_every_implemented_method_is_found(words: TokenCounter) -> None:
    for method in implemented_methods():
        assert cut(method, [], words) == []


@pytest.mark.parametrize("method", ["resume", "knowledge_graph", "nonsense"])
def test_other_methods_are_refused_by_name(method: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{method} is not implemented; choose one of"):
        find_chunker(method)


def test_what_was_said_is_cut_as_what_was_written(words: TokenCounter) -> None:
    source = pages("a b c", heading("H"), "d e")
    assert cut("audio", source, words) == cut("naive", source, words)


def test_a_chunk_for_each_picture(words: TokenCounter) -> None:
    source = pages("a b c d e f") + pages("g", number=2)
    assert [draft.content for draft in cut("picture", source, words)] == ["a b c d e f", "g"]


def test_presentations_are_cut_by_slide(words: TokenCounter) -> None:
    source = pages("a") + pages("b", number=2)
    assert [draft.content for draft in cut("presentation", source, words)] == ["a", "b"]


def test_one_chunk_for_the_whole_document(words: TokenCounter) -> None:
    first = Block("a b c d e f", positions=(Position(1, 0, 9, 0, 9), Position(1, 5, 20, 50, 60)))
    second = Block("g", positions=(Position(2, 0, 1, 0, 1),))
    drafts = cut("one", [*pages(heading("T"), first), *pages(second, number=2)], words)
    assert [draft.content for draft in drafts] == ["T\na b c d e f\ng"]
    assert drafts[0].positions == (Position(1, 0, 20, 0, 60), Position(2, 0, 1, 0, 1))


def test_a_chunk_for_each_row(words: TokenCounter) -> None:
    header = ("Name", " ", "Price")
    source = pages(row("Fig", "fresh", "2", header=header), row("", " ", header=header))
    assert [draft.content for draft in cut("table", source, words)] == [
        "Name: Fig\nfresh\nPrice: 2"
    ]


def test_rows_without_cells_or_names(words: TokenCounter) -> None:
    source = pages(row("a", "b"), Block("as text", BlockKind.ROW))
    assert [draft.content for draft in cut("table", source, words)] == ["a\nb", "as text"]


def test_lines_with_tabs_are_a_table(words: TokenCounter) -> None:
    source = pages("Prices of fruit\nName\tPrice\nFig\t2", "Kiwi\t3\tnew")
    contents = [draft.content for draft in cut("table", source, words)]
    assert contents == ["Name: Fig\nPrice: 2", "Name: Kiwi\nPrice: 3\nnew"]


def test_pairs_from_rows(words: TokenCounter) -> None:
    source = pages(row("Who?", "Me."), row("", "When?", "Now."), row("Alone?"), row(""))
    assert pairs(source, words) == [("Who?", "Me."), ("When?", "Now.")]


def test_column_names_are_no_pair_but_other_first_rows_are(words: TokenCounter) -> None:
    named = pages(row("Who?", "Me.", header=("Question", "Answer")))
    assert pairs(named, words) == [("Who?", "Me.")]
    unnamed = pages(row("Why?", "So.", header=("Who?", "Me.")))
    assert pairs(unnamed, words) == [("Who?", "Me."), ("Why?", "So.")]


def test_the_first_row_is_a_pair_once_per_table(words: TokenCounter) -> None:
    one, other = ("A?", "a"), ("B?", "b")
    rows = [row("C?", "c", header=one), row("D?", "d", header=one), row("E?", "e", header=other)]
    assert [question for question, _ in pairs(pages(*rows), words)] == [
        "A?",
        "C?",
        "D?",
        "B?",
        "E?",
    ]
    inside = pages(*rows, number=7)
    assert [question for question, _ in pairs(inside, words)] == ["C?", "D?", "B?", "E?"]


def test_pairs_from_lines_with_tabs(words: TokenCounter) -> None:
    text = "ignored\nWho?\tMe.\nand you.\nWhen?\tNow."
    assert pairs(pages(text), words) == [("Who?", "Me.\nand you."), ("When?", "Now.")]


def test_pairs_from_headings(words: TokenCounter) -> None:
    source = pages(
        heading("FAQ"), heading("How?"), "Like this.\tSee?", "And so.", heading("Empty?")
    )
    assert pairs(source, words) == [("How?", "Like this.\tSee?\nAnd so.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q: Who\nis it?\nA: Me.\nReally.", [("Who is it?", "Me.\nReally.")]),
        ("Q1. Who?\nA1. Me.\nQ2. When?\nA2. Now.", [("Who?", "Me."), ("When?", "Now.")]),
        ("question: Who?\nanswer: Me.", [("Who?", "Me.")]),
        (
            "问：谁？\n答：我。\n问题2：何时？\n答案2：现在。",
            [("谁？", "我。"), ("何时？", "现在。")],
        ),
        ("A: no question\nQ: no answer", []),
    ],
)
def test_pairs_from_marked_text(
    text: str, expected: list[tuple[str, str]], words: TokenCounter
) -> None:
    assert pairs(pages(text), words) == expected
    assert pairs(pages(*text.split("\n")), words) == expected


def test_a_heading_that_is_marked_is_read_as_text(words: TokenCounter) -> None:
    assert pairs(pages(heading("Q: Who?"), "A: Me."), words) == [("Who?", "Me.")]


def test_a_pair_stands_where_its_lines_stand(words: TokenCounter) -> None:
    question = Block("Q: Who?", positions=(Position(1, 0, 50, 0, 10),))
    answer = Block(
        "A: Me.\nYes.", positions=(Position(1, 0, 60, 12, 22), Position(1, 0, 40, 24, 34))
    )
    assert cut("qa", pages(question, answer), words)[0].positions == (Position(1, 0, 60, 0, 34),)

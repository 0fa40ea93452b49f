"""What naive chunking promises: limits, delimiters, headings, tables, overlap, positions."""

import itertools
import random
from collections.abc import Iterator

import pytest

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.naive import chunk_slides, chunk_text
from rag.tokenizing.counting import count_tokens
from rag.types import Block, BlockKind, ChunkDraft, Page, Position


def heading(text: str) -> Block:
    return Block(text, BlockKind.HEADING, level=1)


def row(*cells: str, header: tuple[str, ...] = ("Name", "Price"), table: str = "") -> Block:
    text = "; ".join(cells)
    return Block(text, BlockKind.ROW, cells=cells, header=header, table=table)


def page(*blocks: Block | str, number: int = 1) -> Page:
    made = tuple(Block(block) if isinstance(block, str) else block for block in blocks)
    return Page(number, 1, made)


def cut(words: TokenCounter, *blocks: Block | str, **options: object) -> list[str]:
    drafts = chunk_text([page(*blocks)], ChunkOptions(**options), words)  # type: ignore[arg-type]
    return [draft.content for draft in drafts]


def test_lines_are_merged_until_the_next_would_exceed_the_limit(words: TokenCounter) -> None:
    text = "one two\nthree four\nfive six\nseven"
    assert cut(words, text, chunk_token_num=4) == ["one two\nthree four", "five six\nseven"]


def test_blocks_are_merged_across_pages(words: TokenCounter) -> None:
    pages = [page("a b"), page("c d", number=2)]
    drafts = list(chunk_text(pages, ChunkOptions(), words))
    assert [draft.content for draft in drafts] == ["a b\nc d"]


def test_slides_are_never_merged(words: TokenCounter) -> None:
    pages = [page("a b"), page("c d", number=2)]
    drafts = list(chunk_slides(pages, ChunkOptions(), words))
    assert [draft.content for draft in drafts] == ["a b", "c d"]


def test_each_character_is_a_delimiter_and_stays_in_the_text(words: TokenCounter) -> None:
    chunks = cut(words, "a b; c d! e f; g h", chunk_token_num=4, delimiter=";!")
    assert chunks == ["a b; c d!", "e f; g h"]


@pytest.mark.parametrize(("typed", "real"), [(r"\n", "\n"), (r"\t", "\t"), (r"\\", "\\")])
def test_typed_escapes_are_honoured(words: TokenCounter, typed: str, real: str) -> None:
    text = f"a b{real}c d{real}e f"
    assert cut(words, text, chunk_token_num=3, delimiter=typed) == [
        f"a b{real}".strip(),
        f"c d{real}".strip(),
        "e f",
    ]


def test_a_run_in_backticks_ends_a_chunk_and_is_left_out(words: TokenCounter) -> None:
    blocks = ("a##b", "c", "d ## e")
    assert cut(words, *blocks, delimiter="`##`") == ["a", "b\nc\nd", "e"]


def test_the_longer_of_two_runs_wins(words: TokenCounter) -> None:
    assert cut(words, "a###b##c", delimiter="`##``###`") == ["a", "b", "c"]


def test_pieces_between_runs_are_bounded_too(words: TokenCounter) -> None:
    chunks = cut(words, "a b\nc d\ne f ## g", chunk_token_num=4, delimiter="\n`##`")
    assert chunks == ["a b\nc d", "e f", "g"]


def test_a_lone_backtick_is_a_delimiter_like_others(words: TokenCounter) -> None:
    assert cut(words, "a b`c d", chunk_token_num=2, delimiter="`") == ["a b`", "c d"]


def test_a_long_piece_is_cut_at_sentence_ends(words: TokenCounter) -> None:
    text = "One two three. Four five six. Seven eight."
    assert cut(words, text, chunk_token_num=6) == ["One two three. Four five six.", "Seven eight."]


def test_chinese_sentences_end_without_spaces() -> None:
    text = "今天天气好。我们去公园！你来吗？"
    drafts = list(chunk_text([page(text)], ChunkOptions(chunk_token_num=12), len))
    assert [draft.content for draft in drafts] == ["今天天气好。我们去公园！", "你来吗？"]


def test_a_long_sentence_is_cut_between_words(words: TokenCounter) -> None:
    text = " ".join(str(number) for number in range(20))
    chunks = cut(words, text, chunk_token_num=8)
    assert [len(chunk.split()) for chunk in chunks] == [8, 8, 4]
    assert " ".join(chunks).split() == text.split()


def test_a_long_word_is_cut_between_characters() -> None:
    drafts = list(chunk_text([page("x" * 100)], ChunkOptions(chunk_token_num=10), len))
    assert all(len(draft.content) <= 10 for draft in drafts)
    assert sum(len(draft.content) for draft in drafts) == 100


def test_a_character_over_the_limit_is_a_chunk_all_the_same() -> None:
    def three_a_character(text: str) -> int:
        return 3 * len(text.strip())

    drafts = list(chunk_text([page("ab")], ChunkOptions(chunk_token_num=1), three_a_character))
    assert [draft.content for draft in drafts] == ["a", "b"]


def test_a_heading_stays_with_the_text_below_it(words: TokenCounter) -> None:
    chunks = cut(words, "a b c d", heading("H"), "e f g", chunk_token_num=6)
    assert chunks == ["a b c d", "H\ne f g"]


def test_a_heading_opens_a_chunk_when_the_last_is_half_full(words: TokenCounter) -> None:
    chunks = cut(words, "a b c d e", heading("H"), "f", chunk_token_num=10)
    assert chunks == ["a b c d e", "H\nf"]


def test_a_heading_is_merged_into_a_chunk_with_room(words: TokenCounter) -> None:
    assert cut(words, "a", heading("H"), "b", chunk_token_num=10) == ["a\nH\nb"]


def test_a_heading_takes_the_begin_of_a_text_that_fills_a_chunk(words: TokenCounter) -> None:
    text = " ".join(str(number) for number in range(8))
    chunks = cut(words, heading("H"), text, chunk_token_num=8)
    assert chunks[0].startswith("H\n0 1")
    assert all(words(chunk) <= 8 for chunk in chunks)


def test_a_heading_of_half_a_chunk_is_text(words: TokenCounter) -> None:
    assert cut(words, heading("a b c d e f"), "g", chunk_token_num=4) == ["a b c d", "e f\ng"]


def test_headings_at_the_end_are_kept(words: TokenCounter) -> None:
    assert cut(words, "a b c d e", heading("H"), chunk_token_num=8) == ["a b c d e\nH"]
    assert cut(words, heading("H")) == ["H"]


def test_each_chunk_of_a_table_repeats_its_head(words: TokenCounter) -> None:
    rows = [row(f"item{number}", str(number), table="Fruit") for number in range(5)]
    chunks = cut(words, *rows, chunk_token_num=16)
    assert chunks[0] == "Fruit\nName | Price\nitem0 | 0\nitem1 | 1\nitem2 | 2\nitem3 | 3"
    assert chunks[1] == "Fruit\nName | Price\nitem4 | 4"


def test_rows_of_an_unnamed_table_are_lines(words: TokenCounter) -> None:
    assert cut(words, row("a", "b", header=()), row("c", "d", header=())) == ["a | b\nc | d"]


def test_a_new_table_gets_its_own_head_and_text_ends_one(words: TokenCounter) -> None:
    one, other = ("A", "B"), ("C", "D")
    blocks = (row("1", "2", header=one), row("3", "4", header=other), "text")
    assert cut(words, *blocks) == ["A | B\n1 | 2\nC | D\n3 | 4\ntext"]


def test_a_head_of_over_a_quarter_of_a_chunk_is_given_once(words: TokenCounter) -> None:
    chunks = cut(words, row("a", "b"), row("c", "d"), chunk_token_num=4)
    assert chunks == ["Name | Price", "a | b", "c | d"]


def test_a_head_longer_than_a_chunk_is_cut_like_text(words: TokenCounter) -> None:
    header = tuple(f"column{number}" for number in range(30))
    chunks = cut(words, row("a", "b", header=header), chunk_token_num=8)
    assert all(name in " ".join(chunks) for name in header)
    assert all(words(chunk) <= 8 for chunk in chunks)


def test_a_row_longer_than_a_chunk_is_cut_and_keeps_the_head(words: TokenCounter) -> None:
    long_row = row(" ".join(map(str, range(20))), "x")
    chunks = cut(words, long_row, chunk_token_num=12)
    assert all(chunk.startswith("Name | Price\n") for chunk in chunks)
    assert all(words(chunk) <= 12 for chunk in chunks)


def test_rows_as_html(words: TokenCounter) -> None:
    chunks = cut(words, row("<b>", "1", table="T"), "after", html4excel=True)
    table = (
        "<table><caption>T</caption><tr><th>Name</th><th>Price</th></tr>\n"
        "<tr><td>&lt;b&gt;</td><td>1</td></tr>\n</table>"
    )
    assert chunks == [f"{table}\nafter"]
    assert cut(words, row("a", header=()), html4excel=True) == [
        "<table>\n<tr><td>a</td></tr>\n</table>"
    ]


def test_rows_as_html_are_in_a_table_where_its_head_is_too_long(words: TokenCounter) -> None:
    rows = [row(number, header=("a b c d", "e f g h")) for number in "12"]
    (chunk,) = cut(words, *rows, chunk_token_num=12, html4excel=True)
    assert chunk == (
        "<table><tr><th>a b c d</th><th>e f g h</th></tr>\n</table>\n"
        "<table>\n<tr><td>1</td></tr>\n<tr><td>2</td></tr>\n</table>"
    )


def test_empty_rows_and_blocks_make_no_chunk(words: TokenCounter) -> None:
    assert cut(words, Block("", BlockKind.ROW), " \n ", "") == []


def test_code_keeps_its_line_breaks(words: TokenCounter) -> None:
    code = "def f():\n    return 1\n\ndef g():\n    return 2"
    block = Block(code, BlockKind.CODE)
    assert cut(words, block, delimiter=";") == [code]
    chunks = cut(words, block, chunk_token_num=5, delimiter=";")
    assert chunks == ["def f():\n    return 1", "def g():\n    return 2"]


def test_code_that_is_cut_keeps_its_indentation(words: TokenCounter) -> None:
    block = Block("def f():\n    a = 1\n    b = 2\n    return a", BlockKind.CODE)
    assert cut(words, block, chunk_token_num=5) == [
        "def f():\n    a = 1",
        "    b = 2\n    return a",
    ]


def test_the_end_of_a_chunk_is_repeated(words: TokenCounter) -> None:
    text = "\n".join(f"a{number} b{number}" for number in range(6))
    chunks = cut(words, text, chunk_token_num=6, overlapped_percent=40)
    assert chunks == ["a0 b0\na1 b1\na2 b2", "a2 b2\na3 b3\na4 b4", "a4 b4\na5 b5"]


def test_a_long_last_piece_is_repeated_from_a_word_on(words: TokenCounter) -> None:
    chunks = cut(words, "a b c d e f g h", "i j k", chunk_token_num=8, overlapped_percent=25)
    assert chunks == ["a b c d e f g h", "g h\ni j k"]


def test_the_repeated_part_makes_room_for_a_long_piece(words: TokenCounter) -> None:
    chunks = cut(words, "a\nb\nc\nd", "e f g", chunk_token_num=4, overlapped_percent=50)
    assert chunks == ["a\nb\nc\nd", "d\ne f g"]


def test_what_is_repeated_alone_makes_no_chunk(words: TokenCounter) -> None:
    assert cut(words, "a\nb", heading("H"), chunk_token_num=2, overlapped_percent=50) == [
        "a\nb",
        "b\nH",
    ]


def boxed(page_number: int, top: int, text: str, left: int = 0, right: int = 100) -> Block:
    return Block(text, positions=(Position(page_number, left, right, top, top + 10),))


def positions(words: TokenCounter, *blocks: Block, limit: int = 512) -> list[list[list[int]]]:
    drafts = chunk_text([page(*blocks)], ChunkOptions(chunk_token_num=limit), words)
    return [[box.as_list() for box in draft.positions] for draft in drafts]


def test_boxes_of_adjacent_lines_are_united(words: TokenCounter) -> None:
    blocks = (boxed(1, 0, "a"), boxed(1, 12, "b", right=150), boxed(1, 24, "c"))
    assert positions(words, *blocks) == [[[1, 0, 150, 0, 34]]]


def test_columns_gaps_and_pages_keep_their_own_boxes(words: TokenCounter) -> None:
    blocks = (
        boxed(1, 0, "a"),
        boxed(1, 200, "far below"),
        boxed(1, 200, "next column", left=300, right=400),
        boxed(2, 200, "next page", left=300, right=400),
    )
    assert len(positions(words, *blocks)[0]) == 4


def test_a_part_of_a_block_has_its_share_of_the_lines(words: TokenCounter) -> None:
    lines = tuple(Position(1, 0, 100, 100 * line, 100 * line + 10) for line in range(4))
    block = Block("a1 a2\nb1 b2\nc1 c2\nd1 d2", positions=lines)
    assert positions(words, block, limit=4) == [
        [lines[0].as_list(), lines[1].as_list()],
        [lines[2].as_list(), lines[3].as_list()],
    ]


def test_chunks_come_as_pages_go(words: TokenCounter) -> None:
    taken: list[int] = []

    def pages() -> Iterator[Page]:
        for number in itertools.count(1):
            taken.append(number)
            yield page("a b c", number=number)

    chunks = chunk_text(pages(), ChunkOptions(chunk_token_num=6), words)
    assert next(chunks).content == "a b c\na b c"
    assert len(taken) == 3


def random_blocks(dice: random.Random) -> list[Block]:
    kinds = [BlockKind.TEXT, BlockKind.TEXT, BlockKind.HEADING, BlockKind.ROW, BlockKind.CODE]
    blocks = []
    for number in range(60):
        text = "".join(dice.choice("ab c\n.!。好 ") for _ in range(dice.randint(0, 120)))
        cells = tuple(text.split()[:3])
        header = ("Name", "Size", "Use") if dice.random() < 0.7 else ()
        kind = dice.choice(kinds)
        blocks.append(Block(text, kind, (), 1, cells, header, f"t{number // 7}"))
    return blocks


def len_of_words(text: str) -> int:
    return sum(-(-len(word) // 4) for word in text.split())


def lossy(text: str) -> int:
    """Count less in the parts of a text than in the whole, by rounding each."""
    letters = len("".join(text.split()))
    return max(1, letters // 3) if letters else 0


@pytest.mark.parametrize(
    "count", [count_tokens, len_of_words, lossy], ids=["real", "words", "lossy"]
)
@pytest.mark.parametrize("seed", range(12))
def test_no_chunk_exceeds_the_limit_and_no_text_is_lost(seed: int, count: TokenCounter) -> None:
    dice = random.Random(seed)  # noqa: S311 - test data
    limit = dice.choice([1, 2, 7, 40, 300])
    options = ChunkOptions(
        chunk_token_num=limit,
        delimiter=dice.choice(["\n", "\n。.", "a"]),
        overlapped_percent=dice.choice([0, 0, 20, 50]),
    )
    blocks = random_blocks(dice)
    drafts: list[ChunkDraft] = list(chunk_text([Page(1, 1, tuple(blocks))], options, count))
    # A token more is what a single character may count.
    assert all(count(draft.content) <= max(limit, 2) for draft in drafts)
    made = "".join("".join(draft.content.split()) for draft in drafts)
    for block in blocks:
        if block.kind is not BlockKind.ROW and options.overlapped_percent == 0 and limit > 7:
            for line in block.text.split():
                assert line in made


def test_a_list_of_words_is_counted_a_few_times_and_not_once_for_each_word_too_many() -> None:
    chance = random.Random(5)  # noqa: S311 - words, not secrets
    lines = "\n".join("".join(chance.choices("abcdefghij", k=9)) for _ in range(5000))
    read = 0

    def counting(text: str) -> int:
        nonlocal read
        read += len(text)
        return count_tokens(text)

    chunks = [draft.content for draft in chunk_text([page(lines)], ChunkOptions(), counting)]
    assert "\n".join(chunks) == lines
    assert all(count_tokens(chunk) <= ChunkOptions().chunk_token_num for chunk in chunks)
    assert read < 12 * len(lines)

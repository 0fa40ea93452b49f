"""Markdown: what becomes a heading, a row, code or text."""

from collections.abc import Callable

from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]


def kinds(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def test_headings_have_their_level(blocks_of: BlocksOf) -> None:
    text = b"# One #\n\n### Three\ntext\n\nUnder\n=====\n\nTwo lines\nof it\n---\n\n#hashtag\n"
    blocks = blocks_of("a.md", text)
    headings = [(b.text, b.level) for b in blocks if b.kind is BlockKind.HEADING]
    assert headings == [("One", 1), ("Three", 3), ("Under", 1), ("Two lines of it", 2)]
    assert [b.text for b in blocks if b.kind is BlockKind.TEXT] == ["text", "#hashtag"]


def test_a_heading_ends_the_paragraph_before_it(blocks_of: BlocksOf) -> None:
    assert kinds(blocks_of("a.md", b"words\n# Title\n#\n")) == [
        ("text", "words"),
        ("heading", "Title"),
    ]


def test_fenced_code_is_kept_as_it_is(blocks_of: BlocksOf) -> None:
    text = b"before\n```python\n# no heading\n\n| no | table |\n```\nafter\n~~~~\n~~~\nin\n~~~~\n"
    assert kinds(blocks_of("a.md", text)) == [
        ("text", "before"),
        ("code", "# no heading\n\n| no | table |"),
        ("text", "after"),
        ("code", "~~~\nin"),
    ]


def test_an_unclosed_fence_comes_in_pieces(parse: Parse) -> None:
    pages = parse("a.md", b"```\n" + b"line of code\n" * 20_000)
    assert len(pages) > 2
    assert all(block.kind is BlockKind.CODE for page in pages for block in page.blocks)


def test_an_empty_fence_says_nothing(blocks_of: BlocksOf) -> None:
    assert blocks_of("a.md", b"```\n\n```\n") == []


def test_a_table_becomes_rows_with_its_header(blocks_of: BlocksOf) -> None:
    text = b"Intro\n| Name | Age |\n|:-----|----:|\n| Ann \\| Bob | 7 |\n| Cy | |\nafter\n"
    intro, first, second, after = blocks_of("a.markdown", text)
    assert intro.text == "Intro"
    assert first.kind is BlockKind.ROW
    assert first.header == ("Name", "Age")
    assert first.cells == ("Ann | Bob", "7")
    assert first.text == "Name: Ann | Bob; Age: 7"
    assert second.text == "Name: Cy"
    assert after.text == "after"


def test_a_table_of_a_header_alone_is_one_row(blocks_of: BlocksOf) -> None:
    (block,) = blocks_of("a.md", b"a | b\n--- | ---\n")
    assert block.cells == ("a", "b")


def test_front_matter_is_text_and_no_heading(blocks_of: BlocksOf) -> None:
    blocks = blocks_of("a.md", "---\nname: health-check\n---\n# 标题\n正文".encode())
    assert kinds(blocks) == [("text", "name: health-check"), ("heading", "标题"), ("text", "正文")]


def test_empty_front_matter_says_nothing(blocks_of: BlocksOf) -> None:
    assert blocks_of("a.md", b"---\n---\n") == []


def test_an_endless_paragraph_comes_in_pieces(parse: Parse) -> None:
    pages = parse("a.md", b"a line of a paragraph without end\n" * 10_000)
    assert len(pages) > 2
    assert sum(block.text.count("paragraph") for page in pages for block in page.blocks) == 10_000


def test_nothing_yields_nothing(parse: Parse) -> None:
    assert parse("a.md", b"") == []
    assert parse("a.md", b"\n \n") == []


def test_a_rule_at_the_top_is_no_metadata(blocks_of: BlocksOf) -> None:
    assert kinds(blocks_of("a.md", b"---\n# Title\n\ntext\n\n## Sub\n")) == [
        ("heading", "Title"),
        ("text", "text"),
        ("heading", "Sub"),
    ]


def test_a_long_text_below_a_rule_is_read_whole(blocks_of: BlocksOf) -> None:
    written = [f"line {number}" for number in range(3000)]
    blocks = blocks_of("a.md", "\n".join(["---", *written]).encode())
    assert "\n".join(block.text for block in blocks).split("\n") == written


def test_pictures_written_into_the_text_are_left_out(blocks_of: BlocksOf) -> None:
    picture = "data:image/png;base64," + "iVBORw0KGgo" * 20_000 + "="
    text = f"before ![view]({picture}) after\n\n![]({picture[:99]}) iVBOR\n"
    blocks = blocks_of("a.md", text.encode())
    words = "".join(block.text for block in blocks).replace("\n", "")
    assert words == "before ![view]() after![]() iVBOR"

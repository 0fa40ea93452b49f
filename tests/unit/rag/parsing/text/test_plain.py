"""Plain text and source code."""

from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.types import Block, BlockKind, Page

Parse = Callable[..., list[Page]]
BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]


def test_blank_lines_and_form_feeds_part_paragraphs(texts_of: TextsOf) -> None:
    data = b"one\nstill one\n\n  \ntwo\n\x0cthree\n"
    assert texts_of("a.txt", data) == ["one\nstill one", "two", "three"]


def test_a_byte_order_mark_is_no_text(texts_of: TextsOf) -> None:
    assert texts_of("a.txt", "\ufeffhello".encode()) == ["hello"]


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b" \t \r\n"])
def test_nothing_but_white_space_yields_no_page(parse: Parse, data: bytes) -> None:
    assert parse("a.txt", data) == []


def test_broken_json_in_a_text_file_is_text(texts_of: TextsOf) -> None:
    assert texts_of("a.txt", b'{"name": ') == ['{"name":']


def test_a_long_text_comes_in_pages_of_bounded_size(parse: Parse) -> None:
    paragraph = "word " * 100
    pages = parse("a.txt", f"{paragraph}\n\n".encode() * 2000)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert len(pages) > 5
    assert all(sum(len(block.text) for block in page.blocks) < 80_000 for page in pages)
    assert sum(len(page.blocks) for page in pages) == 2000


def test_only_the_pages_asked_for_come(parse: Parse) -> None:
    data = b"word word word\n\n" * 30_000
    assert [page.number for page in parse("a.txt", data, 2, 3)] == [2, 3]


def test_code_is_cut_between_definitions_and_keeps_its_indent(blocks_of: BlocksOf) -> None:
    source = "import os\n\ndef one():\n    a = 1\n\n    return a\n\ndef two():\n    pass\n"
    blocks = blocks_of("A.PY", source.encode())
    assert [block.kind for block in blocks] == [BlockKind.CODE] * 3
    assert blocks[1].text == "def one():\n    a = 1\n\n    return a"


@pytest.mark.parametrize("name", ["a.yaml", "a.INI", "a.log"])
def test_texts_with_marks_of_their_own_are_kept_as_written(texts_of: TextsOf, name: str) -> None:
    assert texts_of(name, b'location: "a pear tree"') == ['location: "a pear tree"']


def test_a_picture_named_like_a_text_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match="is not text; it seems to be a JPEG image"):
        parse("a.txt", b"\xff\xd8\xff\xe0" + bytes(500))

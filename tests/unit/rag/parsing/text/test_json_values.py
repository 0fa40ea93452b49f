"""JSON and JSON Lines: how values read, and what is wrong with bad ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.text import json_values
from rag.types import Block, BlockKind, Page

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]


def test_an_object_reads_as_paths_and_values(texts_of: TextsOf) -> None:
    value = {
        "name": "pump",
        "works": True,
        "note": None,
        "size": {"width": 3.5, "unit": {"name": "cm"}},
        "colours": ["red", "blue"],
        "empty": [],
    }
    assert texts_of("a.json", json.dumps(value).encode()) == [
        "name: pump\nworks: true",
        "size.width: 3.5\nsize.unit.name: cm",
        "colours: red, blue",
    ]


def test_a_list_of_like_objects_is_a_table(blocks_of: BlocksOf) -> None:
    data = b'{"people": [{"name": "Ann", "age": 7}, {"name": "Bob", "age": null}]}'
    first, second = blocks_of("a.json", data)
    assert first.kind is BlockKind.ROW
    assert (first.table, first.header, first.cells) == ("people", ("name", "age"), ("Ann", "7"))
    assert second.text == "name: Bob"


def test_a_list_of_unlike_objects_is_read_item_by_item(texts_of: TextsOf) -> None:
    data = b'[{"a": 1, "b": {"c": 2}}, {"a": [1, {"d": 3}]}, "x"]'
    assert texts_of("a.json", data) == ["a: 1\nb.c: 2", "a[1]: 1\na[2].d: 3", "x"]


def test_lists_inside_are_named_by_their_place(texts_of: TextsOf) -> None:
    assert texts_of("a.json", b'{"x": [{"a": 1}, {"b": 2}]}') == ["x[1].a: 1", "x[2].b: 2"]


@pytest.mark.parametrize(
    ("data", "text"), [(b'"words"', "words"), (b"3", "3"), (b"false", "false")]
)
def test_a_plain_value_is_its_text(texts_of: TextsOf, data: bytes, text: str) -> None:
    assert texts_of("a.json", data) == [text]


def test_long_objects_come_in_blocks_of_bounded_size(blocks_of: BlocksOf) -> None:
    value = {f"key{number}": "some words of text" for number in range(1000)}
    blocks = blocks_of("a.json", json.dumps(value).encode())
    assert len(blocks) > 5
    assert all(len(block.text) < 3000 for block in blocks)


def test_broken_json_is_named_by_line_and_column(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"a\.json is not valid JSON: .* at line 2, column 8\."):
        parse("a.json", b'{"a": 1,\n "b": 2x}')


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b"[" * 500 + b"]" * 500, b'{"a":' * 300 + b"1" + b"}" * 300],
)
def test_absurd_json_is_refused(parse: Parse, data: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.json"):
        parse("a.json", data)


def test_a_document_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "object"
    with path.open("wb") as stream:
        stream.truncate(json_values.MAX_BYTES + 1)
    with pytest.raises(ParseError, match=r"larger than the 64 MB .* name it \.jsonl"):
        list(json_values.parse_json(path, "a.json", ParseOptions()))


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ldjson"])
@pytest.mark.parametrize("data", [b"", b" \n\n", b"{}", b"\xef\xbb\xbf"])
def test_nothing_yields_nothing(parse: Parse, name: str, data: bytes) -> None:
    assert [page for page in parse(name, data) if page.blocks or page.note] == []


def test_each_line_is_a_block(blocks_of: BlocksOf) -> None:
    data = b'\xef\xbb\xbf{"name": "Ann", "age": 7}\n\n{"name": {"first": "Bob"}}\n[1, 2]\n"x"\n'
    blocks = blocks_of("a.jsonl", data)
    assert [block.text for block in blocks] == ["name: Ann; age: 7", "name.first: Bob", "1, 2", "x"]
    assert blocks[0].header == ("name", "age")


def test_bad_lines_are_named_and_the_others_read(parse: Parse) -> None:
    data = b'{"a": 1}\n{"a": \n{"a": 3}\n' + b"[" * 300 + b"]" * 300 + b"\n"
    pages = parse("a.ndjson", data)
    assert [block.text for block in pages[0].blocks] == ["a: 1", "a: 3"]
    assert pages[-1].note == "not valid JSON, left out: line 2, 4"
    assert pages[-1].number == len(pages)


def test_many_bad_lines_are_counted(parse: Parse) -> None:
    pages = parse("a.jsonl", b'{"a": 1}\n' + b"oops\n" * 30)
    assert pages[-1].note.endswith("line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more")


def test_bad_lines_alone_are_an_error(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"a\.jsonl holds no line of valid JSON"):
        parse("a.jsonl", b"one\ntwo\n")


def test_json_lines_stream_in_pages(parse: Parse) -> None:
    pages = parse("a.jsonl", b'{"text": "some words to read"}\n' * 10_000)
    assert len(pages) > 5
    assert sum(len(page.blocks) for page in pages) == 10_000


def test_numbers_stay_as_they_are_written(texts_of: TextsOf) -> None:
    numbers = ["19.90", "12345678901234567890.125", "1e400", "-0", "9" * 5000]
    text = "[" + ", ".join(numbers) + "]"
    assert texts_of("a.json", text.encode()) == [", ".join(numbers)]
    assert texts_of("a.jsonl", b'{"price": 19.90, "limit": Infinity}') == [
        "price: 19.90; limit: Infinity"
    ]

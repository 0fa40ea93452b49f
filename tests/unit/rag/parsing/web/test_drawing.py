"""Drawings."""

from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.parsing.web import drawing
from rag.types import Block, Page

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]


def test_the_words_of_a_drawing_are_read(blocks_of: BlocksOf) -> None:
    found = blocks_of(
        "a.svg",
        b"""<svg xmlns="http://www.w3.org/2000/svg"><title>Plan</title><desc>Ground floor</desc>
        <style>x</style><g><title>Door</title><text x="1"><tspan>Room</tspan>
        <tspan>4</tspan></text></g></svg>""",
    )
    assert [(block.kind.value, block.text) for block in found] == [
        ("heading", "Plan"),
        ("text", "Ground floor"),
        ("text", "Door"),
        ("text", "Room 4"),
    ]


@pytest.mark.parametrize("data", [b"<html/>", b"words"])
def test_what_is_no_drawing_is_refused(parse: Parse, data: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.svg"):
        parse("a.svg", data)


def test_a_drawing_over_the_limit_is_refused(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MAX_BYTES", 4)
    with pytest.raises(ParseError, match="over the limit"):
        parse("a.svg", b"<svg></svg>")

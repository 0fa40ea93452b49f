"""Books of FictionBook."""

# ruff: noqa: RUF001 - Russian words

from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.parsing.books import fiction
from rag.types import Block, Page

BlocksOf = Callable[[str, bytes], list[Block]]
Parse = Callable[..., list[Page]]

BOOK = """<?xml version="1.0" encoding="windows-1251"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>
<author><first-name>Анна</first-name><last-name>Эк</last-name></author>
<book-title>Лампа</book-title><annotation><p>О лампе.</p></annotation></title-info></description>
<body><title><p>Лампа</p><p>роман</p></title><section><title><p>Часть 1</p></title>
<p>Первый <emphasis>абзац</emphasis>.</p><section><title><p>Глава</p></title>
<poem><stanza><v>Строка</v><v>вторая</v></stanza></poem>
<table><tr><th>Имя</th><th>Лет</th></tr></table></section></section></body>
<binary id="x">AAAA</binary></FictionBook>"""


def test_sections_have_their_titles_and_verse_its_lines(blocks_of: BlocksOf) -> None:
    found = blocks_of("a.fb2", BOOK.encode("cp1251"))
    assert [(block.kind.value, block.level, block.text) for block in found] == [
        ("heading", 1, "Лампа"),
        ("text", 0, "By Анна Эк"),
        ("text", 0, "О лампе."),
        ("heading", 1, "Лампа роман"),
        ("heading", 2, "Часть 1"),
        ("text", 0, "Первый абзац."),
        ("heading", 3, "Глава"),
        ("text", 0, "Строка\nвторая"),
        ("text", 0, "Имя | Лет"),
    ]


@pytest.mark.parametrize("data", [b"<book/>", b"words"])
def test_what_is_no_such_book_is_refused(parse: Parse, data: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.fb2"):
        parse("a.fb2", data)


def test_a_book_over_the_limit_is_refused(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fiction, "MAX_BYTES", 4)
    with pytest.raises(ParseError, match="over the limit"):
        parse("a.fb2", BOOK.encode())

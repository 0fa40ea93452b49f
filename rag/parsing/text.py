"""Plain text and source code."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import open_text, slices
from rag.parsing.paging import paginate
from rag.types import Block, BlockKind, Page

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n|\f")
_DEFINITION_END = re.compile(r"\n[^\S\n]*\n(?=\S)")


def _blocks(path: Path, name: str, end: re.Pattern[str], kind: BlockKind) -> Iterator[Block]:
    with open_text(path, name) as stream:
        for piece in slices(stream):
            for part in end.split(piece.replace("\ufeff", "")):
                if part.strip():
                    yield Block(text=part.strip("\n").rstrip(), kind=kind)


def text_blocks(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a text, which blank lines part."""
    for part in _PARAGRAPH_END.split(text):
        if part.strip():
            yield Block(text=part.strip("\n").rstrip())


def parse_text(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a text file's paragraphs; pages are slices of it."""
    return paginate(_blocks(path, name, _PARAGRAPH_END, BlockKind.TEXT), options)


def parse_code(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield source code, cut where a blank line stands before an unindented one."""
    return paginate(_blocks(path, name, _DEFINITION_END, BlockKind.CODE), options)

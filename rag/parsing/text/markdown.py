"""Markdown: headings, fenced code, tables and paragraphs, line by line."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import SLICE_CHARS, lines, open_text
from rag.parsing.paging import paginate
from rag.parsing.rows import row_block
from rag.types import Block, BlockKind, Page

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t](.*))?")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_TABLE_RULE = re.compile(r":?-+:?")
_LONGEST_FRONT_MATTER = 1024
_EMBEDDED = re.compile(r"data:[\w.+/-]+(?:;[\w=-]+)*;base64,[A-Za-z0-9+/=%]*")
_MARK = "\0"
_BASE64 = re.compile(r"[A-Za-z0-9+/=%]*")
_CELL_END = re.compile(r"(?<!\\)\|")


class _Lines:
    """Lines of a text, the last of which can be put back; what is put back last comes first."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._returned: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._returned.pop() if self._returned else next(self._source)

    def put_back(self, line: str) -> None:
        self._returned.append(line)


def _without_embedded_files(text_lines: Iterator[str]) -> Iterator[str]:
    """Yield lines without the base64 of pictures that are written into the text.

    A line that is so long that it comes in pieces may end a piece within such a picture.
    """
    embedded = False
    for line in text_lines:
        rest = _BASE64.sub("", line, count=1) if embedded else line
        kept = _EMBEDDED.sub(_MARK, rest)
        embedded = len(line) >= SLICE_CHARS and (kept.endswith(_MARK) or (embedded and not rest))
        yield kept.replace(_MARK, "")


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(inner)]


def _table(source: _Lines, header: list[str]) -> Iterator[Block]:
    rows = 0
    for line in source:
        if "|" not in line:
            source.put_back(line)
            break
        rows += 1
        yield row_block(_cells(line), header)
    if not rows:
        yield row_block(header)


def _code(source: _Lines, fence: str) -> Iterator[Block]:
    """Yield the lines up to the closing fence, in pieces if the fence is never closed."""
    kept: list[str] = []
    size = 0
    for line in source:
        if line.strip().startswith(fence) and not line.strip(fence[0] + " \t"):
            break
        kept.append(line)
        size += len(line)
        if size > SLICE_CHARS:
            yield Block(text="\n".join(kept), kind=BlockKind.CODE)
            kept, size = [], 0
    if any(line.strip() for line in kept):
        yield Block(text="\n".join(kept).strip("\n"), kind=BlockKind.CODE)


def _front_matter(source: _Lines) -> Iterator[Block]:
    """Yield the metadata between two lines of dashes at the top, or put all lines back.

    Dashes that are never followed by others are a rule above the text.
    """
    first = next(source, "").removeprefix("\ufeff")
    kept = [first]
    if first.rstrip() == "---":
        for line in islice(source, _LONGEST_FRONT_MATTER):
            kept.append(line)
            if line.rstrip() in {"---", "..."}:
                text = "\n".join(kept[1:-1])
                yield from [Block(text=text.strip("\n"))] if text.strip() else []
                return
        kept[0] = ""
    for line in reversed(kept):
        source.put_back(line)


def _heading(line: str, paragraph: list[str]) -> Block | None:
    """Return the heading that `line` is, or makes of the lines before it."""
    if match := _HEADING.fullmatch(line):
        text = (match[2] or "").strip()
        bare = text.rstrip("#")
        # Closing marks are no part of the heading, unless they belong to its last word, as in C#.
        text = bare.rstrip() if not bare or bare[-1].isspace() else text
        return Block(text=text, kind=BlockKind.HEADING, level=len(match[1]))
    if paragraph and (match := _UNDERLINE.fullmatch(line)):
        level = 1 if match[1].startswith("=") else 2
        return Block(text=" ".join(paragraph), kind=BlockKind.HEADING, level=level)
    return None


def _paragraph(paragraph: list[str]) -> Iterator[Block]:
    if paragraph:
        yield Block(text="\n".join(paragraph))
        paragraph.clear()


def _special(line: str, paragraph: list[str], source: _Lines) -> Iterator[Block] | None:
    """Return the blocks that begin with a line that is not a paragraph's, or None."""
    if fence := _FENCE.fullmatch(line):
        return _code(source, fence[1])
    if paragraph and "|" in paragraph[-1] and all(map(_TABLE_RULE.fullmatch, _cells(line))):
        return _table(source, _cells(paragraph.pop()))
    return None


def markdown_blocks(text_lines: Iterator[str]) -> Iterator[Block]:
    """Yield the blocks of a Markdown text in order; inline marks stay as written."""
    source = _Lines(text_lines)
    yield from _front_matter(source)
    paragraph: list[str] = []
    for line in source:
        special = _special(line, paragraph, source)
        if special is not None:
            yield from _paragraph(paragraph)
            yield from special
        elif heading := _heading(line, paragraph):
            if line.lstrip().startswith("#"):
                yield from _paragraph(paragraph)
            paragraph.clear()
            if heading.text:
                yield heading
        elif not line.strip() or len(paragraph) >= SLICE_CHARS // 64:
            yield from _paragraph(paragraph)
            paragraph.extend([line.rstrip()] if line.strip() else [])
        else:
            paragraph.append(line.rstrip())
    yield from _paragraph(paragraph)


def parse_markdown(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the blocks of a Markdown file; pages are slices of it."""

    def blocks() -> Iterator[Block]:
        with open_text(path, name) as stream:
            yield from markdown_blocks(_without_embedded_files(lines(stream)))

    return paginate(blocks(), options)

"""Finds the headings of a document by their marks, whatever its format says of them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from rag.chunking.outlines import BELOW_MARKS, FIRST_MARK, Outline
from rag.chunking.positions import share
from rag.types import Block, BlockKind, Page

_LONGEST_TITLE = 100
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,5}\.?)\s+[^\W\d_a-zà-öø-ÿ]")
_UNFINISHED = tuple(".,;:!?。，；：！？、")
_BETWEEN = re.compile(r"[\s.:：)、\uff0e–—-]*")
_CONTENTS = re.compile(
    r"\s*(?i:(?:table of )?contents|inhalt(?:sverzeichnis)?|table des matières|sommaire|índice"
    r"|contenido|indice|sommario|inhoud(?:sopgave)?|содержание|оглавление|目\s*[录錄次]|차례|목차)\s*$"
)
_ENTRY = re.compile(r".*?(?:[.…·_]{3,}|(?:[.…·_]\s){3,}|\s{2,}|\t)\s*(?:\d{1,4}|[ivxlc]{1,6})\s*")


class Outliner:
    """Follows a document page by page, and makes headings of the lines that are marked as such."""

    def __init__(self, outline: Outline) -> None:
        """Begin above everything."""
        self._outline = outline
        # What became of the levels that the file gives to marked headings.
        self._levels: dict[int, int] = {}
        self._has_marked_lines = False
        self._in_contents = False

    def pages(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Yield the pages with headings whose levels are those of the outline."""
        for page in pages:
            yield replace(page, blocks=tuple(self._blocks(page.blocks)))

    def _blocks(self, blocks: tuple[Block, ...]) -> Iterator[Block]:
        for place, block in enumerate(blocks):
            if self._outline.without_contents and self._is_contents(block):
                continue
            if block.kind is BlockKind.HEADING:
                yield self._heading(block)
            elif block.kind is not BlockKind.TEXT:
                yield block
            elif self._outline.numbered and self._is_numbered_title(blocks, place):
                yield self._line(block)
            else:
                yield from self._lines(block)

    def _is_contents(self, block: Block) -> bool:
        """Tell whether a block is part of a table of contents: its heading, or entries below."""
        first, *others = [line for line in block.text.split("\n") if line.strip()] or [""]
        if _CONTENTS.fullmatch(first):
            # Without numbers of pages, lines are known as entries by their marks.
            entries = [line for line in others if _ENTRY.fullmatch(line) or self._is_marked(line)]
            self._in_contents = entries == others
        elif self._in_contents:
            is_text = block.kind is BlockKind.TEXT
            self._in_contents = is_text and all(map(_ENTRY.fullmatch, (first, *others)))
        return self._in_contents

    def _heading(self, block: Block) -> Block:
        """Return a heading of the file with its level in the outline."""
        marked = self._level_of(block.text)
        if marked is not None:
            self._levels[block.level] = marked
            return replace(block, level=marked)
        if block.level in self._levels:
            return replace(block, level=self._levels[block.level])
        is_below = any(level < block.level for level in self._levels)
        base = BELOW_MARKS if is_below or (self._has_marked_lines and block.level > 1) else 0
        return replace(block, level=base + min(block.level, FIRST_MARK - 1))

    def _line(self, block: Block) -> Block:
        """Return a line of text that is marked as a heading."""
        self._has_marked_lines = True
        level = self._level_of(block.text)
        return replace(block, kind=BlockKind.HEADING, level=FIRST_MARK if level is None else level)

    def _level_of(self, text: str) -> int | None:
        text = text.strip()
        for place, mark in enumerate(self._outline.marks):
            if mark.match(text):
                return FIRST_MARK + place
        numbered = _NUMBERED.match(text) if self._outline.numbered else None
        return FIRST_MARK + numbered[1].rstrip(".").count(".") if numbered else None

    def _is_numbered_title(self, blocks: tuple[Block, ...], place: int) -> bool:
        # Items of a list follow each other; titles have something below them.
        beside = blocks[max(place - 1, 0) : place] + blocks[place + 1 : place + 2]
        form = _form_of(blocks[place])
        return bool(form) and form not in map(_form_of, beside)

    def _lines(self, block: Block) -> Iterator[Block]:
        """Yield a text with its marked lines as headings, and what is between these as texts."""
        lines = block.text.split("\n")
        marked = [place for place, line in enumerate(lines) if self._is_marked(line)]
        if not marked:
            yield block
            return
        ends = [*marked, len(lines)]
        yield from _part(block, lines, 0, ends[0])
        for start, end in pairwise(ends):
            yield from self._marked(block, lines, start, end)

    def _marked(self, block: Block, lines: list[str], start: int, end: int) -> Iterator[Block]:
        """Yield a marked line as a heading, with the title that stands below it, then the text."""
        line = lines[start].strip()
        label, rest, after = line, "", start + 1
        if self._outline.inline and not _is_title(line):
            label = self._label(line)
            rest = line[len(label) :].strip()
        elif self._label(line) == line and after < end and _is_title(lines[after].strip()):
            label, after = f"{line} {lines[after].strip()}", after + 1
        boxes = share(block.positions, start / len(lines), after / len(lines))
        yield self._line(replace(block, text=label, positions=boxes))
        yield from _part(block, lines, after, end, rest)

    def _is_marked(self, line: str) -> bool:
        line = line.strip()
        found = any(mark.match(line) for mark in self._outline.marks)
        return found and (self._outline.inline or _is_title(line))

    def _label(self, line: str) -> str:
        """Return the mark of a line with what parts it from the text, as in "Article 5."."""
        match = next(filter(None, (mark.match(line) for mark in self._outline.marks)))
        between = _BETWEEN.match(line, match.end())
        return line[: between.end() if between else match.end()].strip()


def _part(
    block: Block, lines: list[str], start: int, end: int, before: str = ""
) -> Iterator[Block]:
    """Yield some lines of a text as a block, if they say anything, with a text before them."""
    text = "\n".join(filter(None, (before, "\n".join(lines[start:end])))).strip("\n")
    if text.strip():
        first = start - 1 if before else start
        boxes = share(block.positions, first / len(lines), max(end, first + 1) / len(lines))
        yield replace(block, text=text, positions=boxes)


def _is_title(line: str) -> bool:
    return len(line) <= _LONGEST_TITLE and not line.endswith(_UNFINISHED)


def _form_of(block: Block) -> str:
    """Return what a line that reads as a numbered title has for a number: 3.2 has 0.0.

    It is empty for anything else.
    """
    text = block.text.strip()
    match = _NUMBERED.match(text)
    is_line = block.kind is BlockKind.TEXT and "\n" not in text and _is_title(text)
    return re.sub(r"\d+", "0", match[1]) if match and is_line else ""

"""What is in a sheet beside its cells: merged cells, links, comments, text boxes, charts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, NamedTuple

from rag.parsing.office.ooxml import Package, attribute, chart_text, child, local_name
from rag.parsing.office.sheets.styles import text_of

MOST_MERGED = 200_000
"""Merged cells and links of a sheet beyond this number are left alone."""

_WINDOW_BYTES = 1024**2
_LONGEST_TAG = 64
_MOST_TAIL_BYTES = 32 * 1024**2
_END_OF_CELLS = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]{0,200}?"
    rb"""ref=["']([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})["']"""
)
_LINK = re.compile(rb"<(?:\w+:)?hyperlink\s([^<>]{1,4000})>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_PLACEHOLDER = "[Threaded comment]"


def column_number(letters: str) -> int:
    """Return the number of a column, from 0, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, such as "B3", by its row and column, from 0."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


class Merged(NamedTuple):
    """A merged cell, from its row on: its last row, its first and its last column, from 0."""

    last_row: int
    first: int
    last: int


class Surroundings(NamedTuple):
    """What stands behind the cells in the part of a sheet: by row, and by row and column."""

    merged: Mapping[int, list[Merged]]
    links: Mapping[tuple[int, int], str]


def surroundings(package: Package, part: str) -> Surroundings:
    """Return what the end of a sheet's part says of its cells."""
    tail = _tail(package, part)
    merged: dict[int, list[Merged]] = defaultdict(list)
    for number, found in enumerate(_MERGED.finditer(tail)):
        if number >= MOST_MERGED:
            break
        left, top, right, bottom = (piece.decode("ascii") for piece in found.groups())
        box = Merged(int(bottom) - 1, column_number(left), column_number(right))
        merged[int(top) - 1].append(box)
    return Surroundings(merged, dict(_links(package, part, tail)))


def _tail(package: Package, part: str) -> bytes:
    """Return what comes after the cells in the part of a sheet."""
    tail, rest, found = bytearray(), b"", False
    with package.open(part) as stream:
        while block := stream.read(_WINDOW_BYTES):
            if found:
                tail += block
                if len(tail) > _MOST_TAIL_BYTES:
                    break
                continue
            window = rest + block
            if end := _END_OF_CELLS.search(window):
                found = True
                tail += window[end.end() :]
            rest = window[-_LONGEST_TAG:]
    return bytes(tail)


def _links(package: Package, part: str, tail: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    targets = package.external(part)
    if not targets:
        return
    for number, found in enumerate(_LINK.finditer(tail)):
        if number >= MOST_MERGED:
            return
        said = {
            name.rpartition(":")[2]: unescape(double or single)
            for name, double, single in _ATTRIBUTE.findall(found[1].decode("utf-8", "replace"))
        }
        place = _PLACE.match(said.get("ref", ""))
        target = targets.get(said.get("id", ""), "")
        if place and target:
            yield (int(place[2]) - 1, column_number(place[1])), target


def remarks(package: Package, part: str) -> Iterator[tuple[str, str]]:
    """Yield the comments on a sheet, each with the name of its cell; threads in their order."""
    threaded = set()
    for comments in package.related(part, "threadedComment"):
        root = package.read(comments)
        for comment in root if root is not None else ():
            said = child(comment, "text")
            place = attribute(comment, "ref")
            threaded.add(place)
            if said is not None and (said.text or "").strip():
                yield place, said.text.strip()
    for comments in package.related(part, "comments"):
        root = package.read(comments)
        for comment in root.iter("{*}comment") if root is not None else ():
            said = child(comment, "text")
            text = text_of(said).strip() if said is not None else ""
            place = attribute(comment, "ref")
            if text and not (place in threaded and text.startswith(_PLACEHOLDER)):
                yield place, text


def drawn(package: Package, part: str) -> Iterator[str]:
    """Yield what the text boxes, charts, diagrams and pictures of a sheet say."""
    for drawing in package.related(part, "drawing"):
        root = package.read(drawing)
        if root is not None:
            yield from _described(root)
        for chart in package.related(drawing, "chart", "chartEx"):
            said = package.read(chart)
            yield chart_text(said) if said is not None else ""
        for diagram in package.related(drawing, "diagramData"):
            said = package.read(diagram)
            yield drawing_text(said) if said is not None else ""


def _described(root: Any) -> Iterator[str]:
    for element in root.iter("{*}txBody", "{*}cNvPr"):
        if any(local_name(ancestor) == "Fallback" for ancestor in element.iterancestors()):
            continue
        if local_name(element) == "txBody":
            yield drawing_text(element)
        else:
            yield attribute(element, "descr").strip()


def drawing_text(element: Any) -> str:
    """Return the paragraphs of a drawing, one a line."""
    paragraphs = (
        "".join(run.text or "" for run in paragraph.iter("{*}t")).strip()
        for paragraph in element.iter("{*}p")
    )
    return "\n".join(filter(None, paragraphs))

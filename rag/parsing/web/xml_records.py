"""XML that holds records: each is one paragraph of its names, values and attributes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rag.types import Block

_SAMPLE_ELEMENTS = 3000
_DEEPEST = 30
_LABELLED_CHARS = 80
"""Longer values are prose and read better without the name of their element."""

_RECORD_LINES = 500
"""A record of more lines is handed out in parts, and so are records of a line each."""

_RUNNING = frozenset(
    [
        "p",
        "para",
        "paragraph",
        "sec",
        "section",
        "div",
        "body",
        "article-title",
        "italic",
        "bold",
        "emphasis",
    ]
)
_SILENT_SPACES = (
    "{http://www.w3.org/2001/XMLSchema-instance}",
    "{http://www.w3.org/XML/1998/namespace}",
)


def local_name(element: Any) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def squeeze(text: str | None) -> str:
    """Return a text with single blanks."""
    return " ".join((text or "").split())


def has_text_between(element: Any) -> bool:
    """Return whether text stands between an element's children, as it does in running text."""
    if len(element) and squeeze(element.text):
        return True
    return any(squeeze(child.tail) for child in element)


def said_attributes(element: Any) -> str:
    """Return `key=value, key=value`, without what is about the file alone."""
    said = (
        (key.rpartition("}")[2], squeeze(value))
        for key, value in element.items()
        if not key.startswith(_SILENT_SPACES)
    )
    return ", ".join(f"{key}={value}" for key, value in said if value)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the first elements of a document say: at which depth its records stand."""

    depth: int


def shape_of(events: Iterator[tuple[str, Any]]) -> Shape | None:
    """Return where the records of a document are, or None if it is running text or too deep.

    `events` are starts and ends of elements; they are read until enough is seen.
    """
    path: list[Any] = []
    names: list[set[str]] = []
    found = _DEEPEST
    seen = 0
    for event, element in islice(events, 2 * _SAMPLE_ELEMENTS):
        if event == "start":
            name = local_name(element)
            if name in _RUNNING or len(path) >= _DEEPEST:
                return None
            if names and name in names[-1]:
                found = min(found, len(path))
            if names:
                names[-1].add(name)
            path.append(element)
            names.append(set())
            seen += 1
        else:
            path.pop()
            names.pop()
            if has_text_between(element):
                return None
    if found < _DEEPEST:
        return Shape(found)
    return Shape(0) if seen and not path else None


def _value_line(element: Any) -> str:
    text, said = squeeze(element.text), said_attributes(element)
    name = local_name(element)
    if not text:
        return f"{name}: {said}" if said else ""
    line = text if len(text) > _LABELLED_CHARS else f"{name}: {text}"
    return f"{line} ({said})" if said else line


def _lines(record: Any) -> Iterator[str]:
    """Yield the lines of a record in order; nothing nests deeper than the parser allows."""
    pending = [record]
    while pending:
        element = pending.pop()
        if has_text_between(element):
            yield squeeze("".join(element.itertext()))
        elif not len(element):
            yield _value_line(element)
        else:
            yield _opening(element, is_record=element is record)
            pending.extend(reversed(element))


def _opening(element: Any, *, is_record: bool) -> str:
    if said := said_attributes(element):
        return f"{local_name(element)}: {said}"
    return "" if is_record else f"{local_name(element)}:"


def record_blocks(events: Iterator[tuple[str, Any]], shape: Shape) -> Iterator[Block]:
    """Yield each record as a paragraph; records of a single line come together."""
    depth = 0
    single: list[str] = []
    for event, element in events:
        if event == "start":
            if depth < shape.depth and (said := said_attributes(element)):
                single.append(f"{local_name(element)}: {said}")
            depth += 1
            continue
        depth -= 1
        if depth != shape.depth:
            continue
        lines = [line for line in _lines(element) if line]
        if len(lines) > 1:
            yield from _parts(single)
            single = []
            yield from _parts(lines)
        else:
            single += lines
        if len(single) >= _RECORD_LINES:
            yield from _parts(single)
            single = []
        _free(element)
    yield from _parts(single)


def _parts(lines: list[str]) -> Iterator[Block]:
    for start in range(0, len(lines), _RECORD_LINES):
        yield Block(text="\n".join(lines[start : start + _RECORD_LINES]))


def _free(element: Any) -> None:
    element.clear(keep_tail=True)
    parent = element.getparent()
    if parent is not None:
        for before in list(element.itersiblings(preceding=True)):
            parent.remove(before)

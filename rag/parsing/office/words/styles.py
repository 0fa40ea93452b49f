"""What the styles of a Word document say of a paragraph: heading, number, caption, hidden."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.parsing.office.ooxml import Package, attribute, child, local_name

TITLE_LEVEL = -1
"""In a style: the title of the document, which is a heading of level 0."""

_LONGEST_STYLE_CHAIN = 20
_OUTLINE_LEVELS = frozenset("012345678")
_HEADING_WORDS = (
    "heading überschrift titre título titolo encabezado kop rubrik overskrift otsikko nagłówek"
    " nadpis заголовок 标题 標題 見出し 제목 ba\u015fl\u0131k címsor επικεφαλίδα cabeçalho tytuł"
)
_HEADING_NAME = re.compile(rf"(?:{'|'.join(_HEADING_WORDS.split())})\s*(\d)")
_TITLE_WORDS = (
    "title titel titre título titolo otsikko tytuł název заголовок название 标题 標題 表題 제목"
    " ba\u015fl\u0131k cím"
)
_TITLE_NAMES = frozenset(_TITLE_WORDS.split())
_CAPTION_WORDS = (
    "caption beschriftung légende leyenda didascalia bijschrift bildtext legenda titulek"
    " название_объекта 题注 図表番号 캡션"
)
_CAPTION_NAMES = frozenset(_CAPTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it is based on.

    `level` is that of its headings (0 for none), `number` the id of its list, `list_level` the
    level in it.
    """

    level: int = 0
    number: str = ""
    list_level: str = ""
    is_caption: bool = False
    is_hidden: bool = False


NO_STYLE = Style()


def is_on(element: Any) -> bool:
    """Return whether a switch among properties is there and not turned off."""
    return element is not None and attribute(element, "val", "1") not in {"0", "false", "off"}


@dataclass(slots=True)
class ParagraphProperties:
    """What a paragraph says of itself.

    `style` is the id of its style, `level` its outline level from 1 (0 for body text), `numbering`
    the element of its list; one that `is_deleted` has no end of its own any more.
    """

    style: str = ""
    level: int = 0
    numbering: Any = None
    is_deleted: bool = False


def paragraph_properties(element: Any) -> ParagraphProperties:
    """Return what a paragraph, or a style, says of paragraphs, in one walk over it."""
    found = ParagraphProperties()
    properties = child(element, "pPr")
    for inner in properties if properties is not None else ():
        name = local_name(inner)
        if name == "pStyle":
            found.style = attribute(inner, "val")
        elif name == "numPr":
            found.numbering = inner
        elif name == "outlineLvl":
            level = attribute(inner, "val")
            found.level = int(level) + 1 if level in _OUTLINE_LEVELS else 0
        elif name == "rPr":
            found.is_deleted = child(inner, "del") is not None
    return found


def read_styles(package: Package, main: str) -> Mapping[str, Style]:
    """Return the styles of a document by their ids."""
    elements: dict[str, Any] = {}
    for part in package.related(main, "styles"):
        root = package.read(part)
        for style in root if root is not None else ():
            if local_name(style) == "style":
                elements[attribute(style, "styleId")] = style
    return {identity: _resolved(identity, elements) for identity in elements}


def _resolved(identity: str, elements: Mapping[str, Any]) -> Style:
    """Return a style, where what it does not say itself is that of the style it is based on."""
    level, number, list_level, caption, hidden = 0, "", "", False, None
    seen: set[str] = set()
    while identity in elements and identity not in seen and len(seen) < _LONGEST_STYLE_CHAIN:
        seen.add(identity)
        style = elements[identity]
        level = level or _own_level(style)
        numbering = child(style, "pPr", "numPr")
        if numbering is not None:
            number = number or _value(child(numbering, "numId"))
            list_level = list_level or _value(child(numbering, "ilvl"))
        caption = caption or _name(style).replace(" ", "_") in _CAPTION_NAMES
        vanish = child(style, "rPr", "vanish")
        hidden = is_on(vanish) if hidden is None and vanish is not None else hidden
        identity = _value(child(style, "basedOn"))
    return Style(level, number, list_level, caption, bool(hidden))


def _value(element: Any) -> str:
    return attribute(element, "val") if element is not None else ""


def _name(style: Any) -> str:
    return _value(child(style, "name")).strip().lower()


def _own_level(style: Any) -> int:
    """Return the heading level that a style states itself; 0 if none."""
    name = _name(style)
    if match := _HEADING_NAME.match(name):
        return int(match[1])
    return TITLE_LEVEL if name in _TITLE_NAMES else paragraph_properties(style).level

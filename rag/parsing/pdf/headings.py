"""Headings of a PDF: from its outline and its tags, their size and weight, and their numbers."""

import re
from collections.abc import Mapping
from unicodedata import normalize

from rag.parsing.pdf.lines import Paragraph

_LONGEST = 200
_MOST_LINES = 3
_DEEPEST = 6
_LARGER = 1.12
_SIZES = (1.8, 1.35)
"""From which size on, by that of the text, a heading is of level 1 and of level 2."""

_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s+\S")
_NAMED = re.compile(
    r"(?:chapter|part|appendix|annex|article|section|kapitel|teil|anhang|artikel|chapitre|"
    r"capítulo|capitolo|hoofdstuk)\s+[\dIVXLA-Z]{1,5}\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?;,:。；，]['\"”’)]?$|\w@\w|\}@")
"""What ends as a sentence does, and addresses: no headings."""

_SIGNS = re.compile(r"[\W_]+")
_LETTER = re.compile(r"[^\W\d_]{2}")
_NAMED_THING = (
    r"(?:table|tab\.|figure|fig\.|example|listing|tabelle|abb\.|abbildung|beispiel|tableau|tabla|"
    r"tabella|表|图|圖)\s*\d"
)
_CAPTION = re.compile(_NAMED_THING, re.IGNORECASE)
_LABEL = re.compile(rf"{_NAMED_THING}[\d.\-–]*[.:]?", re.IGNORECASE)


def folded(text: str) -> str:
    """Return the letters and digits of a text alone, for comparing titles."""
    return _SIGNS.sub("", (text if text.isascii() else normalize("NFKC", text)).casefold())


def numbered_level(text: str) -> int:
    """Return how deep the number before a heading is; 0 without one."""
    found = _NUMBERED.match(text)
    return min(found[1].count(".") + 1, _DEEPEST) if found else 0


def _by_size(ratio: float) -> int:
    return next((level for level, least in enumerate(_SIZES, 1) if ratio >= least), 3)


def is_caption(text: str) -> bool:
    """Return whether a paragraph names a table or a figure."""
    return _CAPTION.match(text) is not None


def is_label(text: str) -> bool:
    """Return whether a paragraph is the number of a table or a figure alone."""
    return _LABEL.fullmatch(text) is not None


def heading_level(paragraph: Paragraph, body: float, outline: Mapping[str, int]) -> int:
    """Return the level of a paragraph that is a heading, from 1; 0 if it is none.

    `body` is the size of the text; `outline` has the levels of the titles that the file lists.
    """
    text = paragraph.text
    lines = paragraph.lines
    if not 0 < len(lines) <= _MOST_LINES or len(text) > _LONGEST or not _LETTER.search(text):
        return 0
    if outline and (level := outline.get(folded(text), 0)):
        return min(level, _DEEPEST)
    if tagged := min(line.level for line in lines):
        return tagged
    return 0 if is_caption(text) else _printed_level(paragraph, paragraph.size / max(body, 1.0))


def _printed_level(paragraph: Paragraph, ratio: float) -> int:
    """Return the level that print and number tell, given the size by that of the text."""
    text, lines = paragraph.text, paragraph.lines
    bold = all(line.bold for line in lines)
    depth = numbered_level(text)
    if _SENTENCE.search(text) and not (depth and bold):
        return 0
    if ratio >= _LARGER:
        return depth or _by_size(ratio)
    if bold and ratio > 1 / _LARGER:
        return depth or (1 if _NAMED.match(text) else 4)
    return depth if depth > 1 and len(lines) == 1 and _TITLE.fullmatch(text) else 0


_TITLE = re.compile(r"[\d.]+\s+[^\W\d_a-zß-ÿ][^.;:!?]{2,70}")
"""A number of several parts before a title, which needs no other print to be a heading."""

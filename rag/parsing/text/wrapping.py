"""Paragraphs whose lines were broken to fit a width are put together again, words and all.

Verse, lists, tables and code keep their lines.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.parsing.hyphens import keeps_hyphen

_LEAST_WIDTH = 40
_LEAST_WIDE = 14
"""In letters of scripts whose letters take two columns."""

_MOST_WIDTH = 140
_LONGEST_LINE = 500
"""Some way beyond the widest that lines are broken at; what is longer is not looked at."""

_END = 80
"""Characters of a line in which its last word is."""

_SLACK = 2
_VERSE = 3
_FULL_SHARE = 0.7
"""Of the breaks of a paragraph so many must be where the next word had no room."""

_ITEM = re.compile(r"\s*(?:[-*•–—+o]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|[ivxIVX]{1,5}[.)])\s+\S")
_ARTICLE = re.compile(
    r"\s*(?:(?:§{1,2}|Art\.)\s*\d"
    r"|(?:Article|Artikel|Artículo|Articolo|Artigo|Статья|Section|Clause|Rule)\s+\d"
    r"|[第제]\s*[〇零一二三四五六七八九十百千\d]+\s*[条條조])",
    re.IGNORECASE,
)
"""What begins an article of a law, unless a sentence that is open refers to it."""

_SHORT_WORDS = "abs alt art buchst nrn sec ziff para cap var cfr vgl"
_SHORT = frozenset(_SHORT_WORDS.split())
_SAID = re.compile(r"(?:([^\W\d_]{3,})|\d|[)\]\"”“»])[.;:!?][)\"”“»]?\s*$|[。；：！？]\s*$")
"""The end of a sentence, whose last word is no abbreviation (`_SHORT`)."""

_TABLE = re.compile(r"\S(?:\t| {3,})\S|\|.*\||^\s*[-=_+|#*~.]{3,}\s*$")
_RULE = re.compile(r"^\s*[-=_+|#*~.]{3}", re.MULTILINE)
_CODE = re.compile(r"\s*(?:#include|import |def |class |return\b|//|/\*|<\w)")
_CODE_ENDS = ("{", "}", ";")
_OPENED = re.compile(r"\)\s*\{")
_QUOTED = re.compile(r"\s*(?:>|\|)")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]")
_UNSPACED = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff60]")
_BROKEN_ENDS = ("-", "\u2010", "\xad")
_BROKEN = re.compile(r"([^\W\d_]+)[-\u2010\xad]$")
_FOLLOWING = re.compile(r"[^\W\d_]+")
_SUSPENDED = frozenset(
    [
        "and",
        "or",
        "und",
        "oder",
        "bis",
        "och",
        "eller",
        "og",
        "en",
        "of",
        "y",
        "o",
        "et",
        "ou",
        "e",
        "i",
        "a",
    ]
)


def _columns(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _broken(line: str) -> re.Match[str] | None:
    """Return the word that a hyphen breaks at the end of a line."""
    return _BROKEN.search(line) if line.endswith(_BROKEN_ENDS) else None


def _may_be_odd(paragraph: str) -> bool:
    """Return whether a paragraph has what makes a line one of a table or of quoted text."""
    return any(sign in paragraph for sign in ("\t", "   ", "|", ">")) or bool(
        _RULE.search(paragraph)
    )


def _is_code(line: str) -> bool:
    return (
        line.rstrip().endswith(_CODE_ENDS)
        or _CODE.match(line) is not None
        or ("{" in line and _OPENED.search(line) is not None)
    )


def _next_width(line: str) -> int:
    """Return the room that the first word of a line needs, with a blank before it."""
    start = line.lstrip()
    if start and _UNSPACED.match(start):
        return 2
    return 1 + _columns(start.split(" ", 1)[0]) if start else 0


def _keeps_lines(paragraph: str, lines: Sequence[str]) -> bool:
    """Return whether a paragraph is no running text."""
    if _may_be_odd(paragraph) and any(_TABLE.search(line) or _QUOTED.match(line) for line in lines):
        return True
    return 4 * sum(map(_is_code, lines)) >= len(lines) or _is_verse(lines)


def _is_verse(lines: Sequence[str]) -> bool:
    """Return whether each of several lines begins with a capital."""
    return len(lines) >= _VERSE and all(line.lstrip()[:1].isupper() for line in lines)


def _indents(lines: Sequence[str]) -> set[int]:
    return {len(line) - len(line.lstrip()) for line in lines if not _ITEM.match(line)}


def _begins(before: str, after: str) -> bool:
    """Return whether a line begins an item of a list, or an article of a law."""
    if _ITEM.match(after):
        return True
    said = _SAID.search(before[-_END:]) if _ARTICLE.match(after) else None
    return said is not None and (said[1] or "").lower() not in _SHORT


def _goes_on(before: str, after: str, width: int) -> bool:
    """Return whether a line that begins nothing goes on with the one before."""
    columns = _columns(before)
    if columns + _next_width(after) > width - _SLACK:
        return True
    return columns > width // 2 and _broken(before) is not None


def _width(lines: Sequence[str], usual: int) -> int:
    """Return the width that a paragraph was broken at; a line without a blank may be wider."""
    broken = (line.rstrip() for line in lines if " " in line.strip() or _WIDE.search(line))
    own = max(map(_columns, broken), default=0)
    # Two lines say little: the longer one may just end where it ends.
    return own if len(lines) > 2 else max(own, usual)  # noqa: PLR2004 - as the line above says


def _joined(before: str, after: str) -> str:
    """Return two lines as one; a hyphen at the end of the first is where a word was broken."""
    after = after.lstrip()
    broken = _broken(before)
    following = _FOLLOWING.match(after) if broken else None
    if broken and following and following[0][0].islower():
        if following[0] in _SUSPENDED:
            return f"{before} {after}"
        if keeps_hyphen(broken[1], following[0]):
            return before + after
        return before[: broken.end(1)] + after
    if before.endswith(("-", "\u2010", "/")) and not before.endswith((" -", "--")):
        return before + after
    if _UNSPACED.search(before[-1:]) and _UNSPACED.match(after):
        return before + after
    return f"{before} {after}"


def usual_width(paragraphs: Sequence[str]) -> int:
    """Return the width that the paragraphs of a text were broken at; 0 if they were not."""
    widths = [
        max(_columns(line) for line in lines)
        for paragraph in paragraphs
        if len(lines := paragraph.split("\n")) > 2  # noqa: PLR2004 - two lines say little
    ]
    widths = sorted(width for width in widths if width <= _MOST_WIDTH)
    return widths[len(widths) // 2] if widths else 0


def unwrapped(paragraph: str, usual: int = 0) -> str:
    """Return a paragraph with its lines joined that were broken to fit a width.

    `usual` is the width of the text that it is from.
    """
    lines = paragraph.split("\n")
    if len(lines) == 1 or max(map(len, lines)) > _LONGEST_LINE:
        return paragraph
    if _keeps_lines(paragraph, lines) or len(_indents(lines[1:])) > 1:
        return paragraph
    width = _width(lines, usual)
    least = _LEAST_WIDE * 2 if _WIDE.search(paragraph) else _LEAST_WIDTH
    if not least <= width <= _MOST_WIDTH:
        return paragraph
    begins = [_begins(before, line) for before, line in pairwise(lines)]
    goes_on = [
        not anew and _goes_on(before, line, width)
        for anew, (before, line) in zip(begins, pairwise(lines), strict=True)
    ]
    own_breaks = len(begins) - sum(begins)
    if not own_breaks or sum(goes_on) < _FULL_SHARE * own_breaks:
        return paragraph
    text = lines[0].rstrip()
    for line, joins in zip(lines[1:], goes_on, strict=True):
        # Only the end is looked at: a paragraph may have thousands of lines.
        whole, end = text[:-_END], text[-_END:]
        joined = _joined(end, line.rstrip()) if joins else f"{end}\n{line.rstrip()}"
        text = whole + joined
    return text

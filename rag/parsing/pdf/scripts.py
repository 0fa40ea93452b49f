"""The text of a line put right: ligatures without a map, blanks within words, odd hyphens."""

import re

from rag.parsing.hyphens import keeps_hyphen
from rag.parsing.pdf.lines import HYPHEN

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b\u2060\ufeff]")
_CODES = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_EVERY_CODE = "".join(filter(_CODES.match, map(chr, range(0x20))))
"""Asking a page for each of them takes a tenth of a search for any."""

_MANY_CODES = 12
_LEADERS = re.compile(r"(?:\s?[.·…]){5,}")
_OTHER_LEADER = re.compile(r"[·…] ?[·…]")
_TEX_LIGATURES = {
    "\x0b": "ff",
    "\x0c": "fi",
    "\x0d": "fl",
    "\x0e": "ffi",
    "\x0f": "ffl",
    "\x1b": "ff",
    "\x1c": "fi",
    "\x1d": "fl",
    "\x1e": "ffi",
    "\x1f": "ffl",
}
"""What the fonts of TeX have at these codes (OT1 and T1); they often come without a map."""

_LIGATURE = re.compile(r"(?:(?<=[A-Za-z])[\x0b-\x0f\x1b-\x1f]|[\x0b-\x0f\x1b-\x1f](?=[a-z]))")
_HAN = r"\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_THAI = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_HAN_BLANK = re.compile(rf"(?<=[{_HAN}]) +(?=[{_HAN}])")
_THAI_BLANK = re.compile(rf"(?<=[{_THAI}]) +(?=[{_THAI}])")
_THAI_WORD = re.compile(rf"[{_THAI}]+")
_SPACELESS_SCRIPT = re.compile(rf"[{_HAN}{_THAI}]")
_ODD = re.compile(rf"[\x00-\x1f\x7f\u00ad\u200b\u2010\u2011\u2060\uf020-\uf0ff\ufeff{_HAN}{_THAI}]")
"""What a line has that is to be put right, or may be."""

_MARKS = "\uf06c\uf06e\uf071\uf075\uf076\uf0a7\uf0a8\uf0b7\uf0d8"
_BULLETS = str.maketrans(dict.fromkeys(_MARKS, "•"))
"""Marks of lists in the fonts Symbol and Wingdings, which come as private codes."""

_SHORT_THAI = 2.0
_END_HYPHEN = re.compile(r"(?<=\w)[\u2010\u00ad]$")
_SIGNS = _BULLETS | str.maketrans({"\u2010": "-", "\u2011": "-", "\u00ad": None})


def clean(text: str) -> str:
    """Collapse white space and dot leaders, drop control characters, mend what fonts broke.

    A hyphen at the end that may be a soft one comes as `HYPHEN`.
    """
    plain = text.isascii() and text.isprintable()
    if not plain and _ODD.search(text):
        text = _mended(text)
    if "....." in text or ". . ." in text or (not plain and _OTHER_LEADER.search(text)):
        text = _LEADERS.sub(" ... ", text)
    return text if plain and "  " not in text else " ".join(text.split())


def _mended(text: str) -> str:
    text = _LIGATURE.sub(lambda match: _TEX_LIGATURES[match[0]], text)
    text = _CONTROLS.sub("", text).strip()
    text = _END_HYPHEN.sub(HYPHEN, text).translate(_SIGNS)
    return _without_blanks(text) if _SPACELESS_SCRIPT.search(text) else text


def has_codes(text: str) -> bool:
    """Return whether a page has letters that are nothing but the codes of their font."""
    if not any(map(text.__contains__, _EVERY_CODE)):
        return False
    return len(_CODES.findall(text)) >= _MANY_CODES and not _is_tex(text)


def is_code(text: str) -> bool:
    """Return whether most letters of a run, as it stands in the file, are such codes."""
    return 2 * len(_CODES.findall(text)) > len("".join(text.split()))


def _is_tex(text: str) -> bool:
    """Return whether most codes are ligatures of TeX's fonts, which stand beside small letters."""
    return 2 * len(_LIGATURE.findall(text)) > len(_CODES.findall(text))


def _without_blanks(text: str) -> str:
    """Join Han and Thai letters across the blanks that recognized text has between them."""
    text = _HAN_BLANK.sub("", text)
    words = _THAI_WORD.findall(text)
    if len(words) > 1 and sum(map(len, words)) <= _SHORT_THAI * len(words):
        text = _THAI_BLANK.sub("", text)
    return text


_BROKEN_WORD = re.compile(rf"{HYPHEN}\s*([^\W\d_]*)")
_BEGINNING = re.compile(r"[^\W\d_]*$")
_CAPITAL = re.compile("[A-ZÀ-ÖØ-Þ]")
_LONGEST_PART = 40
_NO_BLANK_BETWEEN = re.compile(rf"[{_HAN}{_THAI}]")


def joined(lines: list[str]) -> str:
    """Join the lines of a paragraph: Han and Thai without blanks, broken words without hyphens.

    A hyphen stays before a capital or a digit, and where it may be a true one. Korean is written
    with blanks, so its lines are joined with one.
    """
    text = lines[0] if lines else ""
    for line in lines[1:]:
        close = _NO_BLANK_BETWEEN.match(text[-1:]) and _NO_BLANK_BETWEEN.match(line[:1])
        text = f"{text}{'' if close else ' '}{line}"
    return _BROKEN_WORD.sub(_unbroken, text) if HYPHEN in text else text


def _unbroken(match: re.Match[str]) -> str:
    """Return the end of a broken word, with the hyphen before it if it may be a true one."""
    after, text = match[1], match.string
    if not after or _CAPITAL.match(after):
        return f"-{after}"
    beginning = _BEGINNING.search(text[max(match.start() - _LONGEST_PART, 0) : match.start()])
    before = beginning[0] if beginning else ""
    return f"-{after}" if keeps_hyphen(before, after, text) else after

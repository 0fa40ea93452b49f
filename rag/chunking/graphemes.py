"""Where a text may be cut between what readers see as single characters.

The rules are those of Unicode Standard Annex 29 for extended grapheme clusters, but for prepended
marks, which hardly any text has.
"""

import unicodedata

_JOINER = "\u200d"
_SKINS = ("\U0001f3fb", "\U0001f3ff")
_TAGS = ("\U000e0020", "\U000e007f")
_FLAGS = ("\U0001f1e6", "\U0001f1ff")
_JAMO = ("\u1100", "\u11ff")
_VIRAMA = 9
"""The combining class of viramas."""

_MEDIAL_JAMO = "\u1160"


def boundary(text: str, near: int) -> int:
    """Return the first place from `near` on, or else the last before it, where no grapheme is cut.

    It is 0 or the length of the text if that is a single grapheme.
    """
    for place in range(max(near, 1), len(text)):
        if _is_boundary(text, place):
            return place
    for place in range(min(near, len(text) - 1), 0, -1):
        if _is_boundary(text, place):
            return place
    return len(text)


def _is_boundary(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after.isascii() and before.isascii():
        return (before, after) != ("\r", "\n")
    if before == _JOINER or _extends(after) or _is_conjunct(before, after):
        return False
    if _within(after, _JAMO) and after >= _MEDIAL_JAMO:
        # A vowel or a final consonant belongs to the syllable before it.
        return unicodedata.category(before) != "Lo"
    if _within(before, _FLAGS) and _within(after, _FLAGS):
        flags = len(text[:place]) - len(text[:place].rstrip(_ALL_FLAGS))
        return flags % 2 == 0
    return True


def _is_conjunct(before: str, after: str) -> bool:
    """Tell whether a virama joins the consonant after it to the one before, as in Devanagari."""
    return unicodedata.combining(before) == _VIRAMA and unicodedata.category(after) == "Lo"


def _extends(character: str) -> bool:
    return (
        character == _JOINER
        or unicodedata.category(character).startswith("M")
        or _within(character, _SKINS)
        or _within(character, _TAGS)
    )


def _within(character: str, span: tuple[str, str]) -> bool:
    return span[0] <= character <= span[1]


_ALL_FLAGS = "".join(map(chr, range(ord(_FLAGS[0]), ord(_FLAGS[1]) + 1)))

"""Signs of the fonts Symbol and Wingdings as Unicode has them."""

import re

_SYMBOL_ROWS = {
    0x20: " !∀#∃%&∋()\u2217+,\u2212./0123456789:;<=>?",
    0x40: "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_",
    0x60: "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}\u223c",
    0xA0: "€\u03d2\u2032≤\u2044∞ƒ♣♦♥♠↔←↑→↓°±″≥\u00d7∝∂•÷≠≡≈…⏐⎯↵",
    0xC0: "ℵℑℜ℘⊗⊕∅∩\u222a⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧\u2228⇔⇐⇑⇒⇓",
    0xE0: "◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪",
    0xF1: "⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
}
_WINGDINGS = {
    0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x41: "✌", 0x43: "👍", 0x44: "👎",
    0x46: "☞", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x4D: "💣", 0x4E: "☠", 0x52: "☼", 0x54: "❄",
    0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "☐", 0x70: "☐", 0x71: "☐", 0x72: "☐", 0x73: "⬧",
    0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "☒", 0x7A: "⌘", 0xA1: "○", 0xA4: "◉",
    0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xD5: "⌫", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑",
    0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xF3: "⬄", 0xFB: "✗",
    0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0xA2: "■",
    0xA3: "☐", 0x30: "☐", 0x35: "☐",
}  # fmt: skip
_WINGDINGS_3 = {0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x7D: "▶", 0x84: "◀", 0xDA: "→"}
_WEBDINGS = {0x61: "✔", 0x63: "☐", 0x72: "✗", 0x67: "■", 0x6E: "●", 0xC4: "☎"}
_PRIVATE = range(0xF000, 0xF100)
_PRIVATE_LETTER = re.compile("[\uf000-\uf0ff]")


def _symbol() -> dict[int, str]:
    return {
        first + place: sign
        for first, signs in _SYMBOL_ROWS.items()
        for place, sign in enumerate(signs)
    }


_FONTS = {
    "symbol": _symbol(),
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "wingdings 3": _WINGDINGS_3,
    "webdings": _WEBDINGS,
}


def is_symbol_font(font: str) -> bool:
    """Return whether letters of a font stand for signs."""
    return font.lower() in _FONTS


def sign(font: str, code: str) -> str:
    """Return the sign that a font has at a place, given as hex digits; empty if it is not known."""
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    return _known(font, place)


def signs(font: str, text: str) -> str:
    """Return a text in a font as the signs that are seen; those that are not known stay."""
    return "".join(_known(font, ord(letter)) or letter for letter in text)


def without_private(text: str) -> str:
    """Return a text whose private letters are taken for those of the font Symbol."""
    if text.isascii() or not _PRIVATE_LETTER.search(text):
        return text
    return "".join(
        (_known("symbol", ord(letter)) or letter) if ord(letter) in _PRIVATE else letter
        for letter in text
    )


def _known(font: str, place: int) -> str:
    if place in _PRIVATE:
        place -= _PRIVATE.start
    elif place > _PRIVATE.stop:
        return ""
    known = _FONTS.get(font.lower(), {}).get(place, "")
    if known or font.lower() in _FONTS or place <= ord(" "):
        return known
    return chr(place)

"""Plain texts of 0.8 MB without sentences."""

from tests.support.hostile.packages import times

_BYTES = 800_000


def dots(scale: float) -> bytes:
    """Return nothing but dots."""
    return b"." * times(scale, _BYTES)


def hyphens(scale: float) -> bytes:
    """Return nothing but hyphens."""
    return b"-" * times(scale, _BYTES)


def dot_lines(scale: float) -> bytes:
    """Return lines of one dot."""
    return b".\n" * times(scale, _BYTES // 2)


def word_list(scale: float) -> bytes:
    """Return lines of one word of nine letters, as every word list has."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = (
        "".join(letters[number // 26**place % 26] for place in range(4)) + "ation\n"
        for number in range(times(scale, _BYTES // 10))
    )
    return "".join(lines).encode()

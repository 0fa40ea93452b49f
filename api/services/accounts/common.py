"""Which passwords are among those that are tried first: of a list, with what people add to it."""

from functools import lru_cache

from api.config.places import SHIPPED

LIST = SHIPPED / "conf" / "common_passwords.txt"

LETTERS = str.maketrans("@4083!1$57+", "aaobeiisstt")
"""What people write in the place of letters."""

ADDED = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
"""What they put before and behind a word."""

MOST_ADDED = 8
"""Longer additions make a password of their own."""

FEWEST = 3
"""Characters that differ: fewer are one that is repeated, or two."""

MOST_DIGITS = 8
"""A number of so many digits is a date, or is tried before long."""

RUNS = (
    "01234567890123456789",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
)


@lru_cache(1)
def words() -> frozenset[str]:
    """Return the list, which is read when it is first needed."""
    return frozenset(LIST.read_text(encoding="utf-8").split())


def is_common(password: str) -> bool:
    """Return whether a password is one of the list, or a number, a run or a repetition.

    Case, letters that are written as digits, and some digits or signs around a word are no
    difference.
    """
    text = password.strip().casefold()
    if len(set(text)) < FEWEST or (text.isdecimal() and len(text) <= MOST_DIGITS):
        return True
    if any(text in run or text[::-1] in run for run in RUNS):
        return True
    return not words().isdisjoint(forms(text))


def forms(text: str) -> set[str]:
    """Return a text as it is and without what was added, each also with letters for digits."""
    core = text.strip(ADDED)
    found = {text}
    if len(text) - len(core) <= MOST_ADDED:
        found |= {core, text.lstrip(ADDED), text.rstrip(ADDED)}
    return found | {one.translate(LETTERS) for one in found}

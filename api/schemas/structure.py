"""How much structure JSON text may have, seen before anything is made of it.

A parser makes an object of every three bytes of `[{},{},...]`; and what comes of `[[[[...` deep
enough ends whoever walks through it by recursion. So both are looked for in the text itself.
"""

import re
from collections.abc import Callable, Iterator

from api.errors import ArgumentError

DEEPEST = 64
"""Levels of objects and lists in each other. What the contract knows has seven."""

MOST_VALUES = 50_000
"""Keys and values altogether. The most that a request needs are two lists of 10,000 ids."""

_SLICE = 32 << 10
_TAKEN_OUT = 6
"""Levels that are taken out at most before brackets are looked at one after the other."""

_STRUCTURE = b'"[]{},'
_REST = bytes(set(range(256)) - set(_STRUCTURE))
_STRING = re.compile(rb'"[^"]*+(?:"|\Z)')
_BRACKETS = re.compile(rb"[\[{]+|[\]}]+")


def check_structure(text: bytes, pause: Callable[[], object] | None = None) -> None:
    """Raise ArgumentError for JSON text that is nested too deep or holds too many values.

    `pause` is called now and then, for others to get their turn: 2 MB take some 10 ms.
    """
    if len(text) <= MOST_VALUES and text.count(b"[") + text.count(b"{") <= DEEPEST:
        return  # each value takes a byte at least
    values = strings = depth = 0
    for structure, quotes in _outside_strings(text):
        strings += quotes // 2
        values += structure.count(b"[") + structure.count(b"{") + structure.count(b",")
        if max(values, strings) > MOST_VALUES:
            raise ArgumentError(
                f"The JSON holds more than {MOST_VALUES:,} values: send it in several requests."
            )
        deepest, depth = _depths(structure, depth)
        if deepest > DEEPEST:
            raise ArgumentError(f"The JSON is nested deeper than {DEEPEST} levels.")
        if pause is not None:
            pause()


def _outside_strings(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the brackets and commas that are part of no string, and how many quotes there are.

    It is done a slice at a time. Elsewhere than in strings JSON has no backslashes.
    """
    kept = b""
    within = False
    for start in range(0, len(text), _SLICE):
        part = kept + text[start : start + _SLICE]
        backslashes = len(part) - len(part.rstrip(b"\\"))
        kept = b"\\" * (backslashes % 2)
        part = part.removesuffix(kept)
        part = part.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _REST)
        if within:
            part = b'"' + part
        quotes = part.count(b'"')
        within = quotes % 2 == 1
        if quotes // 2 > MOST_VALUES:
            part = b""  # too many to be taken out one by one
        yield _STRING.sub(b"", part), quotes


def _depths(structure: bytes, depth: int) -> tuple[int, int]:
    """Return how deep it gets at most and how deep it ends, where it begins at `depth`.

    What holds nothing is taken out first, which leaves little of flat lists; exactly is looked
    only where it could be too deep.
    """
    rest, out = structure.translate(None, b","), 0
    while out < _TAKEN_OUT and len(less := rest.replace(b"{}", b"").replace(b"[]", b"")) < len(
        rest
    ):
        rest, out = less, out + 2
    deepest, end = _walked(rest, depth)
    return _walked(structure, depth) if deepest + out > DEEPEST else (deepest + out, end)


def _walked(structure: bytes, depth: int) -> tuple[int, int]:
    deepest = depth
    for run in _BRACKETS.findall(structure):
        depth += len(run) if run[0] in b"[{" else -len(run)
        deepest = max(deepest, depth)
    return deepest, depth

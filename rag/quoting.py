"""Values of others as messages quote them: short, whatever they are."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

LONGEST = 128
"""How many characters of a value a message repeats."""

MOST_LISTED = 20
"""How many of many values a message names."""


def quoted(value: object, longest: int = LONGEST) -> str:
    """Return the beginning of what `str` makes of a decoded JSON value.

    No more is looked at than is shown, so that neither size nor depth of the value matters.
    """
    return value[:longest] if isinstance(value, str) else represented(value, longest)


def represented(value: object, longest: int = LONGEST) -> str:
    """Return the beginning of what `repr` makes of a decoded JSON value."""
    text = ""
    for part in _parts(value, longest):
        text += part
        if len(text) >= longest:
            break
    return text[:longest]


def listed(values: Collection[str], most: int = MOST_LISTED) -> list[str]:
    """Return the first of many texts, each cut, and how many more there are."""
    shown = [quoted(value) for value in islice(values, most)]
    more = len(values) - len(shown)
    return [*shown, f"and {more:,} more"] if more > 0 else shown


def enumerated(values: Collection[str]) -> str:
    """Return the first of many texts with commas between them, and how many more there are."""
    return ", ".join(listed(values))


def _parts(value: object, longest: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _surrounded("{", value, "}", longest)
    elif isinstance(value, list):
        yield from _surrounded("[", value, "]", longest)
    elif isinstance(value, str):
        yield repr(value[:longest])
    else:
        yield str(value)


def _surrounded(before: str, values: Iterable[object], after: str, longest: int) -> Iterator[str]:
    # Each level yields a character before it goes deeper: it cannot go deeper than is shown.
    yield before
    for place, item in enumerate(values):
        if place:
            yield ", "
        yield from _parts(item, longest)
        if isinstance(values, Mapping):
            yield ": "
            yield from _parts(values[item], longest)
    yield after

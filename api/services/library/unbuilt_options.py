"""Options of parsing that are known and not built: what switches one on is refused by name."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from api.errors import FieldsError
from rag.quoting import quoted


class Unbuilt(NamedTuple):
    """Where an option stands, the values that ask for nothing, and what is said of all others."""

    place: tuple[str, ...]
    off: Collection[object]
    said: str


NOT_BUILT = "This is not built here: leave it out"
UNBUILT = (
    Unbuilt(("raptor", "use_raptor"), (None, False), NOT_BUILT),
    Unbuilt(("graphrag", "use_graphrag"), (None, False), NOT_BUILT),
    Unbuilt(
        ("layout_recognize",),
        (None, "", "DeepDOC", "Plain Text"),
        "Only DeepDOC and Plain Text are known here",
    ),
    Unbuilt(
        ("image_table_context_window",),
        (None, 0),
        "Say table_context_size and image_context_size here",
    ),
    Unbuilt(("enable_children",), (None, False), "Say parent_child.use_parent_child here"),
)
"""Clients send `DeepDOC` and `Plain Text` by themselves: files are read the same way for both."""


def check_built(given: Mapping[str, object], stored: Mapping[str, object] | None = None) -> None:
    """Raise FieldsError for options that are not built and switched on.

    What is `stored` may be said again: defaults of the contract switch some on, and clients send
    all that they were shown.
    """
    lines = [
        f"Field: <parser_config.{'.'.join(item.place)}> - Message: <{item.said}>"
        f" - Value: <{quoted(value)}>"
        for item, value in switched_on(given)
        if value != value_at(stored or {}, item.place)
    ]
    if lines:
        raise FieldsError("\n".join(lines))


def built(given: Mapping[str, object]) -> dict[str, object]:
    """Return options without those parts that are not built and switched on."""
    parts = {item.place[0] for item, _ in switched_on(given)}
    return {name: value for name, value in given.items() if name not in parts}


def switched_on(given: Mapping[str, object]) -> Iterator[tuple[Unbuilt, object]]:
    """Yield the options that are not built and ask for something, each with its value."""
    for item in UNBUILT:
        value = value_at(given, item.place)
        if value not in item.off:
            yield item, value


def value_at(config: Mapping[str, object], place: tuple[str, ...]) -> object:
    """Return the value at a place; None if there is none."""
    found: object = config
    for name in place:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found

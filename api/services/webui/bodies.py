"""JSON as it is kept, which is read once something of it is asked for.

Most of a chat of thousands of messages is only handed on, and compared with what is written.
"""

from collections.abc import Iterator, Mapping
from typing import Self

import orjson


class Body(Mapping[str, object]):
    """What a message holds: an object of JSON, `text` in the form in which it is kept."""

    __slots__ = ("_values", "text")

    def __init__(self, text: str, values: Mapping[str, object] | None = None) -> None:
        """Initialize with a text, and with what it says where that is known."""
        self.text = text
        self._values = values

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return an object of JSON as it is kept."""
        return values if isinstance(values, cls) else cls(as_json(values), values)

    def _read(self) -> Mapping[str, object]:
        if self._values is None:
            self._values = orjson.loads(self.text)
        return self._values

    def __getitem__(self, name: str) -> object:
        """Return what is under a name; raises KeyError."""
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._read())

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self._read())

    def __eq__(self, other: object) -> bool:
        """Return whether another object says the same; of equal texts none is read."""
        if isinstance(other, Body) and self.text == other.text:
            return True
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as that of all mappings


def as_json(value: object) -> str:
    """Return a value of JSON as it is kept."""
    return value.text if isinstance(value, Body) else orjson.dumps(value).decode()

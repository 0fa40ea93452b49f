"""How a stream of a door is framed: its failure, and its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Framing:
    """How a kind of stream says that it failed, and how it ends, whether it failed or not."""

    failure: Callable[[str], Event]
    end: bytes

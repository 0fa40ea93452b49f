"""How a stream of a door is framed: its failure, and its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Framing:
    """How a kind of stream says that it failed, and how it ends, whether it failed or not.

    `sign` is sent while nothing else is: clients of server-sent events pass over a comment.
    """

    failure: Callable[[str], Event]
    end: bytes
    sign: bytes = b": the answer is being made\n\n"

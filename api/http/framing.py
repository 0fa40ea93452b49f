"""How a stream of a door is framed: its failure, and its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.schemas.lines import json_line

Event = Mapping[str, object]


def data_frame(event: Event) -> bytes:
    """Return the bytes of an event: `data:`, its JSON, and a blank line."""
    return b"data:" + json_line(event) + b"\n\n"


def named_frame(event: Event) -> bytes:
    """Return the bytes of an event, whose type stands on a line before it, too."""
    return b"event: %s\ndata: %s\n\n" % (str(event["type"]).encode(), json_line(event))


@dataclass(frozen=True, slots=True)
class Framing:
    """How a kind of stream says that it failed, and how it ends, whether it failed or not.

    `frame` makes the bytes of an event. `sign` is sent while nothing else is: clients of
    server-sent events pass over a comment.
    """

    failure: Callable[[str], Event]
    end: bytes
    sign: bytes = b": the answer is being made\n\n"
    frame: Callable[[Event], bytes] = data_frame
    content_type: str = "text/event-stream; charset=utf-8"

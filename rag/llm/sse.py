"""Reading a stream of server-sent events (https://html.spec.whatwg.org/#event-stream)."""

from collections.abc import Iterable, Iterator

from rag.errors import ModelError

_LONGEST_LINE = 1 << 20
"""In bytes; a delta is some hundred, so what goes over this is no stream of deltas."""

_LONGEST_EVENT = 4 * _LONGEST_LINE
"""Of its lines together."""


def event_data(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of each event as soon as its last byte has come, however pieces are cut.

    The lines of an event with several `data:` fields are joined by newlines; comments and other
    fields are skipped. An event that the end of the stream cuts off still counts: endpoints forget
    the blank line.
    """
    data: list[bytes] = []
    size = 0
    for line in _lines(pieces):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
            size += len(line)
            if size > _LONGEST_EVENT:
                raise ModelError("The model's stream has an event of more than 4 MB.")
        elif not line and data:
            yield b"\n".join(data)
            data, size = [], 0
    if data:
        yield b"\n".join(data)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends, which are LF or CRLF; UTF-8 never has such a byte inside."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in lines)
        if len(rest) > _LONGEST_LINE:
            raise ModelError("The model's stream has a line of more than 1 MB.")
    yield rest.removesuffix(b"\r")

"""JSON as one line of a stream."""

import orjson

_BREAKS = (
    ("\u2028".encode(), rb"\u2028"),
    ("\u2029".encode(), rb"\u2029"),
    ("\u0085".encode(), rb"\u0085"),
)
"""Line ends of Unicode, which JSON lets stand in a text as they are. httpx and requests cut streams
there, and clients that read JSON by their lines, as Ollama's and RAGFlow's do, find half a text."""


def json_line(value: object) -> bytes:
    """Return JSON that no reader takes for more than one line; keys may be numbers."""
    line = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    # Of ASCII alone there is nothing to look for.
    if line.isascii():
        return line
    for character, escaped in _BREAKS:
        line = line.replace(character, escaped)
    return line

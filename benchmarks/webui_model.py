"""An endpoint of models for `openwebui.py`: webui_model.py PORT WORDS.

Its chat model says a word after 0.2 s, then the others, one each 20 ms; asked for a flood, it sends
an event of 5 MB instead. Its embedding model counts
the letters of a text in threes, so that texts with the same words lie close to each other.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 - patched first
import sys  # noqa: E402 - as above
import time  # noqa: E402 - as above
import zlib  # noqa: E402 - as above
from collections.abc import Callable, Iterator  # noqa: E402 - as above
from typing import Any  # noqa: E402 - as above

from gevent.pywsgi import WSGIServer  # noqa: E402 - as above

NAME = "bench"
PORT, WORDS = map(int, sys.argv[1:])
FIRST, PAUSE = 0.2, 0.02
FLOOD, FLOOD_BYTES = b"flood", 5_000_000
DIMENSIONS = 384

Start = Callable[[str, list[tuple[str, str]]], object]


def event(delta: dict[str, str], finished: str | None = None) -> bytes:
    """Return an event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finished}
    chunk = {"id": "c", "object": "chat.completion.chunk", "model": NAME, "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def words() -> Iterator[bytes]:
    """Yield an answer as a model says it."""
    time.sleep(FIRST)
    yield event({"role": "assistant", "content": "word "})
    for _ in range(WORDS - 1):
        time.sleep(PAUSE)
        yield event({"content": "word "})
    yield event({}, "stop")
    yield b"data: [DONE]\n\n"


def flood() -> Iterator[bytes]:
    """Yield an event that is far too large."""
    yield event({"role": "assistant", "content": "x" * FLOOD_BYTES})
    yield b"data: [DONE]\n\n"


def vector(text: str) -> list[float]:
    """Return where a text lies: how often it has which three letters, within a length of one."""
    found = [0.0] * DIMENSIONS
    for start in range(0, len(text) - 2, 2):
        found[zlib.crc32(text[start : start + 3].encode()) % DIMENSIONS] += 1.0
    length = sum(value * value for value in found) ** 0.5 or 1.0
    return [value / length for value in found]


def embedded(asked: dict[str, Any]) -> bytes:
    """Return the vectors of texts."""
    given = asked["input"]
    texts = [given] if isinstance(given, str) else given
    data = [
        {"object": "embedding", "index": place, "embedding": vector(text)}
        for place, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    return json.dumps({"object": "list", "model": NAME, "data": data, "usage": usage}).encode()


def app(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
    """Answer as an endpoint of OpenAI's API does."""
    body = environ["wsgi.input"].read()
    path = environ["PATH_INFO"]
    if path.endswith("/chat/completions"):
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        yield from flood() if FLOOD in body else words()
        return
    start_response("200 OK", [("Content-Type", "application/json")])
    if path.endswith("/embeddings"):
        yield embedded(json.loads(body))
    else:
        listed = {"id": NAME, "object": "model", "created": 0, "owned_by": NAME}
        yield json.dumps({"object": "list", "data": [listed]}).encode()


WSGIServer(("127.0.0.1", PORT), app, backlog=4096, log=None).serve_forever()

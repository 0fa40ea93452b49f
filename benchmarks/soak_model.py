"""A chat model on a loopback port that fails, breaks off or is slow where a question says so."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import free_port, started

WORDS = 20
"""How many words an answer has."""

SOURCE = """
from gevent import monkey; monkey.patch_all()
import json, sys, time
from gevent.server import StreamServer

HEAD = (
    b"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n"
    b"Transfer-Encoding: chunked\\r\\nConnection: close\\r\\n\\r\\n"
)
ERROR = (
    b"HTTP/1.1 500 Oops\\r\\nContent-Type: application/json\\r\\nRetry-After: 0\\r\\n"
    b"Content-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}"
)
ALIVE = b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n"

def piece(data):
    return b"%x\\r\\n%s\\r\\n" % (len(data), data)

def word(number):
    delta = {"content": f"word{number} [ID:0] "}
    return piece(b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode()
                 + b"\\n\\n")

def serve(connection, _):
    try:
        answer(connection)
    except OSError:
        pass

def answer(connection):
    file = connection.makefile("rb")
    first, length = file.readline(), 0
    while (line := file.readline()) not in (b"\\r\\n", b""):
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    if not first.startswith(b"POST"):
        connection.sendall(ALIVE)
        return
    asked = json.loads(file.read(length))["messages"][-1]["content"]
    if "refuse" in asked:
        connection.sendall(ERROR)
        return
    time.sleep(3 if "slow" in asked else 0.05)
    connection.sendall(HEAD)
    for number in range(WORDS):
        connection.sendall(word(number))
        if "break off" in asked and number == 5:
            return
        time.sleep(0.02)
    connection.sendall(piece(b"data: [DONE]\\n\\n") + b"0\\r\\n\\r\\n")

StreamServer(("127.0.0.1", int(sys.argv[1])), serve, backlog=1024).serve_forever()
"""


@contextmanager
def soak_model() -> Iterator[int]:
    """Run the model; yield its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "model.py"
        script.write_text(SOURCE.replace("WORDS", str(WORDS)), encoding="utf-8")
        with started([sys.executable, script, port], {}, f"http://127.0.0.1:{port}/"):
            yield port

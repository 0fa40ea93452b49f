#!/usr/bin/env bash
# orjson with OPT_SERIALIZE_NUMPY meets OpenAI's Python client: the same float32 vector arrives as two different lists
# of numbers, with encoding_format="float" and by default, which is base64. orjson writes the shortest text that tells
# float32 values apart (0.1), and a reader of JSON makes the double 0.1 of it. The client decodes base64 to the double
# that the float32 is (0.10000000149...). Both are right to the last bit of float32, and neither list equals the other:
# caches and tests that compare vectors of both formats see a difference, up to half a step of float32, in nearly every
# number. A server that writes `row.tolist()` in place of the row has texts twice as long, and the lists are equal.
#
# Seen with orjson 3.11.4, numpy 2.3.5, openai 2.54.0: of 256 numbers 256 differ; none with tolist().
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check orjson==3.11.4 numpy==2.3.5 openai==2.54.0
cat >"$folder/seen.py" <<'PYTHON'
import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import numpy as np
import openai
import orjson

vector = np.random.default_rng(1).random(256, dtype=np.float32) + np.float32(0.001)
as_list = False


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        shown = vector.tolist() if as_list else vector
        if asked.get("encoding_format") == "base64":
            shown = base64.b64encode(vector.astype("<f4").tobytes()).decode()
        data = [{"object": "embedding", "index": 0, "embedding": shown}]
        told = {"object": "list", "model": "m", "data": data}
        body = orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="x", max_retries=0)


def differing():
    given = [  # without a word of the format the client asks for base64, and decodes it
        client.embeddings.create(model="m", input="x", **form).data[0].embedding
        for form in ({"encoding_format": "float"}, {})
    ]
    assert np.array_equal(*(np.array(numbers, dtype=np.float32) for numbers in given))
    return sum(a != b for a, b in zip(*given))


rows = differing()
as_list = True
lists = differing()
versions = ", ".join(f"{name} {version(name)}" for name in ("orjson", "numpy", "openai"))
print(f"{versions}: of {len(vector)} numbers {rows} differ by format, {lists} with tolist()")
if not rows > 200 or lists:
    sys.exit("Not as described any more")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"

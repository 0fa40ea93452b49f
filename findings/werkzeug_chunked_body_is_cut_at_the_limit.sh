#!/usr/bin/env bash
# Werkzeug 3.1.9 with Flask 3.1.3 behind gunicorn 27.0.1: MAX_CONTENT_LENGTH and a chunked body.
#
# A body that announces its length and is too long is answered 413. The same body sent in chunks, as
# clients do with a generator or a file whose size they do not know, is *cut at the limit*: get_data() and
# stream.read() return its first MAX_CONTENT_LENGTH bytes with status 200, and nothing tells that the rest
# is missing. Read in a loop, as form parsers do, the same stream answers 413 instead; but then a body of
# exactly the limit is refused as well, also one that announces its length and that get_data() takes.
#
# So a page that reads at once has to take "as many bytes as the limit, and no length announced" for too
# many, and one that reads in a loop has to set the limit a byte higher.
#
# Seen on Python 3.11.7, limit 1000:    get_data()             stream.read(300) in a loop
#   1000 bytes, length announced        200, 1000 bytes        413
#   1000 bytes, chunked                 200, 1000 bytes        413
#   1001 bytes, length announced        413                    413
#   5000 bytes, chunked                 200, 1000 bytes        413
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check werkzeug==3.1.9 flask==3.1.3 gunicorn==27.0.1 requests==2.32.5
cat >"$folder/app.py" <<'PYTHON'
from flask import Flask, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1000


@app.post("/whole")
def whole():
    return str(len(request.get_data()))


@app.post("/loop")
def loop():
    total = 0
    while block := request.stream.read(300):
        total += len(block)
    return str(total)
PYTHON
cat >"$folder/seen.py" <<'PYTHON'
import sys
import time

import requests

BASE = f"http://127.0.0.1:{sys.argv[1]}"


def pieces(total):
    for start in range(0, total, 500):
        yield b"a" * min(500, total - start)


def answer(path, total, chunked):
    sent = requests.post(f"{BASE}/{path}", data=pieces(total) if chunked else b"a" * total, timeout=10)
    return (sent.status_code, int(sent.text) if sent.ok else None)


for _ in range(100):
    try:
        requests.get(BASE, timeout=1)
        break
    except requests.ConnectionError:
        time.sleep(0.1)
expected = {
    ("whole", 1000, False): (200, 1000),
    ("whole", 1000, True): (200, 1000),
    ("whole", 1001, False): (413, None),
    ("whole", 5000, True): (200, 1000),
    ("loop", 999, True): (200, 999),
    ("loop", 1000, False): (413, None),
    ("loop", 1000, True): (413, None),
    ("loop", 5000, True): (413, None),
}
found = {case: answer(*case) for case in expected}
for (path, total, chunked), (status, read) in found.items():
    print(f"{path:5} {total} bytes, {'chunked' if chunked else 'announced'}: {status}, {read} bytes read")
sys.exit(found != expected)
PYTHON
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(cd "$folder" && exec "$folder/venv/bin/python" -m gunicorn -b "127.0.0.1:$port" --log-level error app:app) &
server=$!
"$folder/venv/bin/python" "$folder/seen.py" "$port"

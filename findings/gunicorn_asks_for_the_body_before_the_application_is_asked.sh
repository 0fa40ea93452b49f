#!/usr/bin/env bash
# gunicorn: "Expect: 100-continue" is answered with "100 Continue" as soon as the head of a request is read, before the
# application sees it (sync and gevent workers alike). So a client that asks first, as curl does for a megabyte and more,
# is told to send: a wrong key, a body over the limit, an unknown path are said after the whole file has come. PEP 3333
# has it the other way: the server may wait until wsgi.input is first read. An application that answers without reading
# cannot prevent it. (The gevent worker imports `packaging`, which neither package asks for.)
#
# Seen with gunicorn 27.0.1 and gevent 26.9.0: "HTTP/1.1 100 Continue", then "HTTP/1.1 401 Unauthorized", both workers.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
server=
trap 'if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; wait "$server" || true; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check gunicorn==27.0.1 gevent==26.9.0 packaging
cat >"$folder/refusing.py" <<'PYTHON'
def app(environ, start_response):
    start_response("401 Unauthorized", [("Content-Length", "0")])
    return []
PYTHON
cat >"$folder/seen.py" <<'PYTHON'
import socket
import sys
import time

path = sys.argv[1]
for _ in range(200):
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(path)
        break
    except OSError:
        client.close()
        time.sleep(0.1)
client.settimeout(20)
client.sendall(
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
)
said = b""
while said.count(b"\r\n\r\n") < 2:
    some = client.recv(4096)
    if not some:
        break
    said += some
lines = [line for line in said.decode().split("\r\n") if line.startswith("HTTP/")]
print(f"gunicorn with {sys.argv[2]}: {lines}, before a byte of the body was sent")
if [line.split()[1] for line in lines] != ["100", "401"]:
    sys.exit("Not as described any more.")
PYTHON
for worker in sync gevent; do
    (cd "$folder" && exec venv/bin/gunicorn -k "$worker" -b "unix:$folder/$worker.socket" --log-level error refusing:app) &
    server=$!
    "$folder/venv/bin/python" "$folder/seen.py" "$folder/$worker.socket" "$worker"
    kill "$server"
    wait "$server" || true
    server=
done

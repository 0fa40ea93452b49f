#!/usr/bin/env bash
# sentry-sdk packs what it sends with gzip, until the package Brotli is importable: from then on the same program with the
# same settings sends `Content-Encoding: br`. Brotli comes along with HTTP clients and compressing middleware, so that an
# installation for something else changes what reaches a receiver of one's own, a proxy that looks into bodies, or a relay that
# knows gzip alone. Such a one may well answer 200, and then nothing is logged at either end, and no error arrives. No option
# that is documented for users chooses; one among the experiments does.
#
# Seen with sentry-sdk 2.75.0, Brotli 1.2.0, Python 3.11:
#   without Brotli: gzip;  with it: br;  with it and _experiments={"transport_compression_algo": "gzip"}: gzip
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sentry-sdk==2.75.0
cat >"$folder/seen.py" <<'PYTHON'
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import sentry_sdk

encodings = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        encodings.append(self.headers["Content-Encoding"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
more = {"_experiments": {"transport_compression_algo": "gzip"}} if "gzip" in sys.argv else {}
sentry_sdk.init(f"http://key@127.0.0.1:{server.server_port}/1", default_integrations=False, **more)
sentry_sdk.capture_message("The lamp is out.")
sentry_sdk.flush(10)
print(*set(encodings))
PYTHON
seen() { "$folder/venv/bin/python" "$folder/seen.py" "$@"; }
without=$(seen)
"$folder/venv/bin/pip" install -q --disable-pip-version-check Brotli==1.2.0
with=$(seen)
chosen=$(seen gzip)
echo "without Brotli: $without; with it: $with; with it, and gzip chosen: $chosen"
[[ $without == gzip && $with == br && $chosen == gzip ]]

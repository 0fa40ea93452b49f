#!/usr/bin/env bash
# litellm's clients of two servers with one rerank API, Jina's, disagree about what comes back. Both send strings with
# `return_documents=True` to `/rerank`. For hosted_vllm a document in the answer has to be an object with `text`: a plain
# text raises. For infinity it has to be a text: an object raises. Both are shown to the caller as an object. A server
# cannot tell at that address whom it answers, so only an answer without documents is right for both, which each takes
# without a word, although it asked for them.
#
# Seen with litellm 1.97.0, Python 3.11:
#   hosted_vllm  object -> {"text": "tide"}           infinity  object -> raises APIConnectionError
#   hosted_vllm  text   -> raises APIConnectionError  infinity  text   -> {"text": "tide"}
#   both         none   -> null
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check litellm==1.97.0
cat >"$folder/seen.py" <<'PYTHON'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import litellm

litellm.suppress_debug_info = True
FORMS = {"object": {"text": "tide"}, "text": "tide", "none": None}
form = "none"
paths = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        paths.append(self.path)
        row = {"index": 0, "relevance_score": 0.75}
        if FORMS[form] is not None:
            row["document"] = FORMS[form]
        body = json.dumps({"id": "1", "model": "m", "results": [row], "usage": {"total_tokens": 3}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"


def seen(provider):
    try:
        found = litellm.rerank(
            model=f"{provider}/m", query="q", documents=["tide"], api_base=base, api_key="k", return_documents=True
        )
    except Exception as error:
        return f"raises {type(error).__name__}"
    return json.dumps(found.results[0].get("document"))


print("litellm", version("litellm"))
table = {}
for form in FORMS:
    for provider in ("hosted_vllm", "infinity"):
        table[provider, form] = seen(provider)
        print(f"{provider:12} document as {form:7} -> {table[provider, form]}")
print("paths:", sorted(set(paths)))
shown, raised = '{"text": "tide"}', "raises APIConnectionError"
expected = {
    ("hosted_vllm", "object"): shown,
    ("hosted_vllm", "text"): raised,
    ("hosted_vllm", "none"): "null",
    ("infinity", "object"): raised,
    ("infinity", "text"): shown,
    ("infinity", "none"): "null",
}
if table != expected or set(paths) != {"/rerank"}:
    raise SystemExit("this is not so any more")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said"

#!/usr/bin/env bash
# httpx: `Response.iter_lines()` ends a line not only at a line feed, but wherever Python's str.splitlines() does, so
# also at U+2028, U+2029 and U+0085, which JSON lets stand in a text as they are. An answer of JSON lines, or of events
# with `data: {...}`, is cut in the middle of a text by it. Ollama's Python client reads so: a passage with a line
# separator (as pasted from Word, a mail or a PDF) ends the whole stream with JSONDecodeError. So does zhipuai, and
# `iter_lines(decode_unicode=True)` of requests; `iter_lines()` of requests, which is on bytes, does not, nor do
# httpx-sse, the clients of OpenAI and Anthropic (2.14.0), and LiteLLM (1.110.2) for the very same answer of Ollama's.
# Go's encoder (Ollama itself) writes \u2028 and \u2029 for the first two, which hides the matter, but lets U+0085 stand;
# orjson and `ensure_ascii=False` let all three.
# What helps: a server that streams JSON lines writes these three as \u escapes; a reader splits bytes at b"\n".
#
# Seen with httpx 0.28.1, ollama 0.6.3, zhipuai 2.1.5.20250825, requests 2.34.2, openai 3.57.0, httpx-sse 0.4.3 on
# CPython 3.11. That openai's client once broke at U+2028 is openai-python's issue 1230.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check httpx==0.28.1 ollama==0.6.3 zhipuai==2.1.5.20250825 \
    requests==2.34.2 openai==3.57.0 httpx-sse==0.4.3
cat >"$folder/seen.py" <<'PYTHON'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import httpx_sse
import ollama
import openai
import requests
import zhipuai

ASKED = [{"role": "user", "content": "x"}]
said = ""


def written(value):
    return json.dumps(value, ensure_ascii=False)


def piece(text):
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/api/chat"):
            kind = "application/x-ndjson"
            message = {"model": "m", "message": {"role": "assistant", "content": said}, "done": True}
            body = written(message) + "\n"
        else:
            kind = "text/event-stream; charset=utf-8"
            body = f"data: {written(piece(said))}\n\ndata: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"


def of_lines(lines):
    events = [line.removeprefix("data: ") for line in lines if line.startswith("data: {")]
    return "".join(json.loads(event)["choices"][0]["delta"]["content"] for event in events)


def by_httpx():
    with httpx.stream("POST", url, json={}) as answer:
        return of_lines(answer.iter_lines())


def by_httpx_sse():
    with httpx.Client() as client, httpx_sse.connect_sse(client, "POST", url, json={}) as source:
        return of_lines([f"data: {event.data}" for event in source.iter_sse()])


def by_requests_text():
    return of_lines(requests.post(url, json={}, stream=True).iter_lines(decode_unicode=True))


def by_requests_bytes():
    return of_lines([line.decode() for line in requests.post(url, json={}, stream=True).iter_lines()])


def by_ollama():
    return "".join(part.message.content for part in ollama.Client(url).chat("m", ASKED, stream=True))


def by_openai(client):
    parts = client.chat.completions.create(model="m", messages=ASKED, stream=True)
    return "".join(part.choices[0].delta.content for part in parts)


BREAKS = {
    "httpx": by_httpx,
    "requests, text": by_requests_text,
    "ollama": by_ollama,
    "zhipuai": lambda: by_openai(zhipuai.ZhipuAI(api_key="a.b", base_url=url)),
}
READS = {
    "requests, bytes": by_requests_bytes,
    "httpx-sse": by_httpx_sse,
    "openai": lambda: by_openai(openai.OpenAI(api_key="x", base_url=url)),
}
same = True
for name, read in {**BREAKS, **READS}.items():
    seen = []
    for sign in ("\u2028", "\u2029", "\x85", " "):
        said = f"one{sign}two"
        try:
            seen.append("whole" if read() == said else "other")
        except json.JSONDecodeError:
            seen.append("JSONDecodeError")
    print(f"{name}: U+2028 {seen[0]}, U+2029 {seen[1]}, U+0085 {seen[2]}, blank {seen[3]}")
    broken = "JSONDecodeError" if name in BREAKS else "whole"
    same = same and seen == [broken, broken, broken, "whole"]
if not same:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/seen.py"

#!/usr/bin/env bash
# LiteLLM: a streamed answer that ends without a `finish_reason` is given one. Its last chunk says "stop", as if the model
# had come to its end, also where the stream ended without `[DONE]`. A proxy or a server that ends the body in good order
# when its model breaks off is so taken for a whole answer, whatever it lacks; the client of OpenAI hands `None` on.
# An answer is told from a part of one by an error alone: a server that lost its model has to send an event with `error`
# (or cut the connection). Either arrives as `MidStreamFallbackError`, which is no `litellm.APIError`, and so passes a
# handler that catches that; its `status_code` is 500 whatever the event's `code` says, though its class is that of 503.
#
# Seen with litellm 1.97.0 and openai 2 on CPython 3.11: "stop" for both ends without a reason, where openai says None;
# an error of code 429 within the stream is a MidStreamFallbackError with the status 500.
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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import litellm
import openai

litellm.suppress_debug_info = True
WORDS = ("At ", "dusk")


class Model(BaseHTTPRequestHandler):
    """Streams two words, and ends as the question asks it to."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def do_POST(self):
        """Answer."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        end = asked["messages"][0]["content"]
        events = [choice({"role": "assistant", "content": word}, None) for word in WORDS]
        if end == "with a reason":
            events.append(choice({}, "length"))
        if end == "with an error":
            events.append({"error": {"message": "Too many.", "type": "rate_limit", "code": 429}})
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        if end != "without [DONE]":
            lines.append("data: [DONE]\n\n")
        body = "".join(lines).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def choice(delta, reason):
    """Return a chunk of a stream."""
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


def last_reason(ask, end):
    """Return what the last chunk says about the end, or the error."""
    chunks = []
    try:
        for chunk in ask([{"role": "user", "content": end}]):
            chunks.append(chunk)
    except openai.APIError as error:
        kinds = (type(error).__name__, isinstance(error, litellm.APIError))
        return (*kinds, getattr(error, "status_code", None))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "".join(WORDS)
    return chunks[-1].choices[0].finish_reason


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/v1"
client = openai.OpenAI(base_url=address, api_key="k", max_retries=0)


def by_litellm(messages):
    """Ask through LiteLLM."""
    return litellm.completion(
        model="openai/m", api_base=address, api_key="k", messages=messages, stream=True, num_retries=0
    )


def by_openai(messages):
    """Ask through the client of OpenAI."""
    return client.chat.completions.create(model="m", messages=messages, stream=True)


print("litellm", version("litellm"), "openai", version("openai"))
seen = {
    end: (last_reason(by_litellm, end), last_reason(by_openai, end))
    for end in ("with a reason", "without a reason", "without [DONE]", "with an error")
}
for end, (litellm_s, openai_s) in seen.items():
    print(f"{end:17} litellm: {litellm_s}; openai: {openai_s}")
assert seen["with a reason"] == ("length", "length")
assert seen["without a reason"] == ("stop", None)
assert seen["without [DONE]"] == ("stop", None)
assert seen["with an error"][0] == ("MidStreamFallbackError", False, 500)
assert seen["with an error"][1][0] == "APIError"
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" 2>/dev/null

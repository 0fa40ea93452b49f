"""Uses the server as Anthropic's Python client does; prints what it returned."""

import json
import sys

import anthropic

url, key, model, question = sys.argv[1:]
client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)
asked = {
    "model": model,
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": question}],
}
told = {}
try:
    whole = client.messages.create(**asked)
    told["whole"] = whole.content[0].text
    told["cited"] = whole.content[0].citations[0].title
    told["stop"] = whole.stop_reason
    with client.messages.stream(**asked) as stream:
        told["streamed"] = "".join(stream.text_stream)
        final = stream.get_final_message()
    told["final"] = final.content[0].text
    told["final_cited"] = final.content[0].citations[0].title
    told["tokens"] = final.usage.output_tokens
    told["counted"] = client.messages.count_tokens(
        model=model, messages=asked["messages"]
    ).input_tokens
    try:
        client.messages.create(**{**asked, "model": "claude"})
    except anthropic.NotFoundError as error:
        told["missing"] = error.message
    told["cut"] = []
    failing = {**asked, "messages": [{"role": "user", "content": "fail"}]}
    try:
        with client.messages.stream(**failing) as stream:
            told["cut"].extend(stream.text_stream)
    except anthropic.APIError as error:
        told["cut"].append(error.message)
except anthropic.APIError as error:
    told["error"] = [type(error).__name__, error.message]
print(json.dumps(told))

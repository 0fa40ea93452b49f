"""Asks for responses as OpenAI's Python client does; prints what it returned."""

import json
import sys

import openai

url, key, model, store, question = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
told = {}
tools = [{"type": "file_search", "vector_store_ids": [store], "max_num_results": 1}]
include = ["file_search_call.results"]
try:
    first = client.responses.create(model=model, input=question, tools=tools, include=include)
    search, message = first.output
    told["whole"] = [first.status, first.output_text, first.usage.total_tokens > 0]
    told["search"] = [search.type, search.queries, search.results[0].filename]
    told["cited"] = [
        [item.type, item.filename, first.output_text[item.index :][:6]]
        for item in message.content[0].annotations
    ]
    with client.responses.stream(model=model, input=question, tools=tools) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    told["streamed"] = [final.output_text, kinds[0], kinds[-1]]
    events = client.responses.create(model=model, input=question, stream=True)
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    told["deltas"] = "".join(deltas)
    second = client.responses.create(model=model, input="And?", previous_response_id=first.id)
    told["second"] = [second.output_text, second.previous_response_id == first.id]
    told["kept"] = client.responses.retrieve(first.id, include=include) == first
    told["deleted"] = client.responses.delete(first.id)
    try:
        client.responses.retrieve(first.id)
    except openai.NotFoundError as error:
        told["missing"] = error.code
    try:
        client.responses.create(model=model, input=question, tools=[{"type": "web_search"}])
    except openai.BadRequestError as error:
        told["refused"] = error.message
    try:
        list(client.responses.create(model=model, input="fail", stream=True))
    except openai.APIError as error:
        told["failed"] = error.message
except openai.APIError as error:
    told["error"] = [type(error).__name__, error.message]
print(json.dumps(told))

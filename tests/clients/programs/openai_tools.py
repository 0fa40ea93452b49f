"""Lets a plain model call a tool as OpenAI's Python client does; prints what it returned."""

import json
import sys

import openai

url, key, model = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
told = {}
parameters = {"type": "object", "properties": {"lamp": {"type": "string"}}}
tools = [{"type": "function", "function": {"name": "light", "parameters": parameters}}]
image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
messages = [{"role": "user", "content": [{"type": "text", "text": "Light it."}, image]}]
try:
    whole = client.chat.completions.create(
        model=model, messages=messages, tools=tools, tool_choice="required"
    )
    message = whole.choices[0].message
    [call] = message.tool_calls
    told["call"] = [call.id, call.function.name, json.loads(call.function.arguments)]
    told["finish"] = whole.choices[0].finish_reason
    done = [message.model_dump(exclude_none=True)]
    done.append({"role": "tool", "tool_call_id": call.id, "content": "lit"})
    then = client.chat.completions.create(model=model, messages=messages + done, tools=tools)
    told["then"] = then.choices[0].message.content
    with client.chat.completions.stream(model=model, messages=messages, tools=tools) as stream:
        final = stream.get_final_completion()
    [call] = final.choices[0].message.tool_calls
    told["streamed"] = [call.id, call.function.name, json.loads(call.function.arguments)]
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "no"}])
    except openai.BadRequestError as error:
        told["refused"] = error.message
    told["listed"] = model in [item.id for item in client.models.list()]
except openai.APIError as error:
    told["error"] = [type(error).__name__, error.message]
print(json.dumps(told))

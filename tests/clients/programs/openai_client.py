"""Uses the server as OpenAI's Python client does; prints what it returned."""

import json
import sys
from array import array

import openai

url, key, model, question = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
messages = [{"role": "user", "content": question}]
told = {}
try:
    whole = client.chat.completions.create(model=model, messages=messages)
    told["whole"] = whole.choices[0].message.content
    told["tokens"] = whole.usage.total_tokens
    stream = client.chat.completions.create(
        model=model,
        messages=messages,
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"reference": True},
    )
    chunks = list(stream)
    told["streamed"] = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    told["usage"] = chunks[-1].usage.total_tokens
    told["reference"] = chunks[-2].choices[0].delta.reference[0]["document_name"]
    with client.chat.completions.stream(model=model, messages=messages) as helper:
        told["helper"] = helper.get_final_completion().choices[0].message.content
    told["cited"] = []
    for item in whole.choices[0].message.annotations or []:
        at = item.url_citation
        marker = told["whole"][at.start_index : at.end_index]
        told["cited"].append([item.type, at.url, at.title, marker])
    text = client.completions.create(model=model, prompt=question)
    told["text"] = text.choices[0].text
    pieces = client.completions.create(model=model, prompt=question, stream=True)
    told["texts"] = "".join(piece.choices[0].text for piece in pieces)
    told["models"] = [item.id for item in client.models.list()]
    told["one"] = client.models.retrieve(model).id
    texts = ["the lamp", "the tide"]
    vectors = client.embeddings.create(model="wordllama@Builtin", input=texts)
    floats = client.embeddings.create(
        model="wordllama@Builtin", input=texts, encoding_format="float"
    )
    told["same"] = [array("f", a.embedding) for a in vectors.data] == [
        array("f", b.embedding) for b in floats.data
    ]
    try:
        client.chat.completions.create(model="gpt-4", messages=messages)
    except openai.NotFoundError as error:
        told["missing"] = [error.code, error.type, error.message, bool(error.request_id)]
    failing = {"model": model, "messages": [{"role": "user", "content": "fail"}], "stream": True}
    told["cut"] = []
    try:
        for chunk in client.chat.completions.create(**failing):
            told["cut"].append(chunk.choices[0].delta.content)
    except openai.APIError as error:
        told["cut"].append(error.message)
except openai.APIError as error:
    told["error"] = [type(error).__name__, error.message]
print(json.dumps(told))

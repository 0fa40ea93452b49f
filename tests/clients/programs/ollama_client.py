"""Uses the server as Ollama's Python client does; prints what it returned."""

import json
import sys

import ollama

url, key, model, question = sys.argv[1:]
client = ollama.Client(url, headers={"Authorization": f"Bearer {key}"})
messages = [{"role": "user", "content": question}]
told = {}
try:
    told["whole"] = client.chat(model, messages=messages).message.content
    pieces = list(client.chat(model, messages=messages, stream=True))
    told["streamed"] = "".join(piece.message.content for piece in pieces)
    told["done"] = [pieces[-1].done, pieces[-1].done_reason]
    told["generated"] = client.generate(model, prompt=question).response
    told["models"] = [item.model for item in client.list().models]
    told["capabilities"] = client.show(model).capabilities
    told["dimensions"] = len(client.embed("wordllama@Builtin", input=["the lamp"]).embeddings[0])
    try:
        client.chat("llama3", messages=messages)
    except ollama.ResponseError as error:
        told["missing"] = [error.status_code, error.error]
    told["cut"] = []
    failing = [{"role": "user", "content": "fail"}]
    try:
        for piece in client.chat(model, messages=failing, stream=True):
            told["cut"].append(piece.message.content)
    except ollama.ResponseError as error:
        told["cut"].append(error.error)
except ollama.ResponseError as error:
    told["error"] = [error.status_code, error.error]
print(json.dumps(told))

"""Chats, and searches a vector store, as LiteLLM does; prints what it returned."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it is fetched

import litellm
import openai

url, key, store, question, guide = sys.argv[1:]
options = {"custom_llm_provider": "openai", "api_base": url, "api_key": key}
told = {}


def chat(said: str, **changed: Any) -> Any:
    """Return what an assistant answers, or a stream of it."""
    messages = [{"role": "user", "content": said}]
    wanted = {"model": f"openai/{guide}", "messages": messages, "num_retries": 0}
    return litellm.completion(**{**wanted, **options, **changed})


def texts(stream: Iterable[Any]) -> Iterator[str]:
    """Yield what the pieces of a stream say."""
    for piece in stream:
        yield piece.choices[0].delta.content or ""


whole = chat(question)
told["whole"] = [whole.choices[0].message.content, whole.choices[0].finish_reason]
told["tokens"] = whole.usage.total_tokens
told["streamed"] = "".join(texts(chat(question, stream=True)))
told["cut"] = []
try:
    told["cut"].extend(texts(chat("fail", stream=True)))
except openai.APIError as error:
    told["cut"].append(str(error))
try:
    chat(question, model="openai/gpt-4")
except litellm.NotFoundError as error:
    told["missing"] = str(error)
try:
    chat(question, api_key="ragflow-wrong")
except litellm.AuthenticationError as error:
    told["refused"] = str(error)
made = litellm.vector_stores.create(name="litellm's", **options)
told["made"] = [made["object"], made["name"]]
found = litellm.vector_stores.search(vector_store_id=store, query=question, **options)
told["found"] = [
    [item["filename"], item["score"] > 0, item["content"][0]["text"]] for item in found["data"]
]
print(json.dumps(told))

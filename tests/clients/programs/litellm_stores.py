"""Searches a vector store as LiteLLM does; prints what it returned."""

import json
import sys

import litellm

url, key, store, question = sys.argv[1:]
options = {"custom_llm_provider": "openai", "api_base": url, "api_key": key}
told = {}
made = litellm.vector_stores.create(name="litellm's", **options)
told["made"] = [made["object"], made["name"]]
found = litellm.vector_stores.search(vector_store_id=store, query=question, **options)
told["found"] = [
    [item["filename"], item["score"] > 0, item["content"][0]["text"]] for item in found["data"]
]
print(json.dumps(told))

"""Asks for responses as LangChain's ChatOpenAI does; prints what it returned."""

import json
import sys

from langchain_openai import ChatOpenAI

url, key, model, store, question = sys.argv[1:]
chat = ChatOpenAI(base_url=url, api_key=key, model=model, use_responses_api=True, max_retries=0)
tool = {"type": "file_search", "vector_store_ids": [store], "max_num_results": 1}
told = {}
whole = chat.bind_tools([tool]).invoke(question)
told["whole"] = whole.text
told["tokens"] = whole.usage_metadata["total_tokens"]
told["cited"] = [
    [item["type"], item.get("title") or item.get("filename")]
    for block in whole.content
    if block["type"] == "text"
    for item in block.get("annotations", [])
]
told["streamed"] = "".join(piece.text for piece in chat.stream(question))
told["second"] = chat.bind_tools([tool]).invoke([("user", question), whole, ("user", "And?")]).text
print(json.dumps(told))

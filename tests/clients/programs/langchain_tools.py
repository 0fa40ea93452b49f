"""Lets a plain model call a tool as LangChain's ChatOpenAI does; prints what it returned."""

import json
import sys

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

url, key, model = sys.argv[1:]


@tool
def light(lamp: str) -> str:
    """Light a lamp."""
    return f"lit {lamp}"


chat = ChatOpenAI(base_url=url, api_key=key, model=model, max_retries=0).bind_tools([light])
told = {}
messages = [HumanMessage("Light it.")]
called = chat.invoke(messages)
[call] = called.tool_calls
told["call"] = [call["id"], call["name"], call["args"]]
messages += [called, ToolMessage(light.invoke(call["args"]), tool_call_id=call["id"])]
told["then"] = chat.invoke(messages).text
pieces = list(chat.stream([HumanMessage("Light it.")]))
whole = pieces[0]
for piece in pieces[1:]:
    whole += piece
told["streamed"] = [[call["id"], call["name"], call["args"]] for call in whole.tool_calls]
print(json.dumps(told))

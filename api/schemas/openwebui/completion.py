"""What Open WebUI's clients send beside a conversation, which no model is told."""

from collections.abc import Mapping

from api.errors import ArgumentError, NotBuiltError

FOR_US = frozenset(
    {
        *("params", "files", "tool_ids", "tool_servers", "filter_ids", "features", "variables"),
        *("chat_variables", "model_item", "session_id", "chat_id", "folder_id", "id"),
        *("message_ids", "parent_id", "user_message", "background_tasks"),
    }
)
"""What is between the client and the server."""

PARAMETERS = (
    *("temperature", "top_p", "max_tokens", "seed", "stop", "frequency_penalty"),
    *("presence_penalty", "reasoning_effort"),
)
"""What of `params` a model is told; `system` becomes the first message."""

UNBUILT = {
    "files": "Files in a chat (`files`)",
    "tool_ids": "Tools (`tool_ids`)",
    "tool_servers": "Tool servers (`tool_servers`)",
}


def conversation_of(given: Mapping[str, object]) -> dict[str, object]:
    """Return a conversation as OpenAI has it; raises NotBuiltError, and ArgumentError."""
    for field, what in UNBUILT.items():
        if given.get(field):
            raise NotBuiltError(what)
    if given.get("user_message") and not given.get("messages"):
        raise NotBuiltError("Live events, by which the front end gets the answers of a chat")
    told = {key: value for key, value in given.items() if key not in FOR_US}
    return {**told, **parameters(given.get("params") or {}, told)}


def parameters(params: object, told: Mapping[str, object]) -> dict[str, object]:
    """Return how a model is to answer, and the conversation with what the system says of it."""
    if not isinstance(params, dict):
        raise ArgumentError("params: give an object.")
    found = {name: params[name] for name in PARAMETERS if params.get(name) is not None}
    messages = told.get("messages")
    if params.get("system") and isinstance(messages, list):
        found["messages"] = [{"role": "system", "content": params["system"]}, *messages]
    return found

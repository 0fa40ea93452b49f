"""Messages as models are told them."""

from collections.abc import Mapping, Sequence

from api.services.webui.records import Turn


def asked_last(messages: Sequence[Turn]) -> str:
    """Return the text of the last message of a person."""
    for one in reversed(messages):
        if one.get("role") == "user":
            return text_of(one.get("content"))
    return ""


def text_of(content: object) -> str:
    """Return the text of a message, which may come in parts."""
    if not isinstance(content, list):
        return str(content or "")
    parts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(str(part) for part in parts if part)


def both(first: str, second: str) -> str:
    """Return two things that a model is told, of which either may be empty."""
    return "\n\n".join(filter(None, (first, second)))


def with_context(messages: Sequence[Turn], context: str) -> list[Turn]:
    """Return messages in which the last one of a person begins with what is known of it."""
    told = list(messages)
    for at in range(len(told) - 1, -1, -1):
        if context and told[at].get("role") == "user":
            content = told[at].get("content")
            first = {"type": "text", "text": context}
            said = [first, *content] if isinstance(content, list) else f"{context}\n\n{content}"
            told[at] = {**told[at], "content": said}
            break
    return told

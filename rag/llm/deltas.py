"""Pieces of an answer, out of the events of an OpenAI-compatible endpoint."""

from rag.llm.base import Delta, Json, Usage
from rag.llm.characters import Characters


class Pieces:
    """The pieces of one answer, whose characters are whole."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._content, self._reasoning = Characters(), Characters()

    def of(self, event: Json) -> Delta:
        """Return what an event says; nothing, where that is half a character."""
        said = choice_of(event).get("delta")
        delta = said if isinstance(said, dict) else {}
        # vLLM, DeepSeek and others say `reasoning_content`; Ollama and OpenRouter say `reasoning`.
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        return Delta(
            self._content.add(_text(delta.get("content"))),
            self._reasoning.add(_text(reasoning)),
            usage_of(event.get("usage")),
        )


def choice_of(event: Json) -> Json:
    """Return the first choice of an event; the one that carries the usage has none."""
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def usage_of(value: object) -> Usage | None:
    """Return how many tokens an endpoint has counted; None where it says nothing of them."""
    if not isinstance(value, dict):
        return None
    return Usage(_count(value.get("prompt_tokens")), _count(value.get("completion_tokens")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0

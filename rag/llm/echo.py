"""A chat model that says back what it is told: for tests, and to try a server without a model."""

import re
from collections.abc import Iterator, Sequence

from rag.llm.base import Delta, GenerationOptions, ModelSpec, Usage
from rag.types import Message, Role

_PIECE = re.compile(r"\s*\S+|\s+")


class EchoChat:
    """Answers with the last message of the user, word by word; a word counts as a token."""

    name = "echo"

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        """Yield the words of the last user message, then the usage; `max_tokens` cuts it short."""
        said = [message.content for message in messages if message.role is Role.USER]
        pieces = _PIECE.findall(said[-1] if said else "")[: options.max_tokens]
        for piece in pieces:
            yield Delta(content=piece)
        prompt = sum(len(message.content.split()) for message in messages)
        yield Delta(usage=Usage(prompt_tokens=prompt, completion_tokens=len(pieces)))


def build_chat(_spec: ModelSpec) -> EchoChat:
    """Return the echo; it has no options."""
    return EchoChat()

"""Asking chat models for lists: of keywords, questions, translations."""

import re

from rag.llm.base import ChatModel, GenerationOptions
from rag.types import Message, Role

LONGEST_LINE = 2000
"""In characters."""

MARKS = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}[.)、]\s*)?")
"""What models put before the lines of a list, whatever they are told."""

OPTIONS = GenerationOptions(temperature=0.0, max_tokens=512)


def ask(model: ChatModel, prompt: str, text: str, options: GenerationOptions = OPTIONS) -> str:
    """Return the whole of what a model says, without its thinking; raises ModelError."""
    messages = (Message(Role.SYSTEM, prompt), Message(Role.USER, text))
    return "".join(delta.content for delta in model.stream(messages, options))


def listed(said: str) -> list[str]:
    """Return the lines of a list without their marks, each of a bounded length."""
    lines = (MARKS.sub("", line).strip() for line in said.splitlines())
    return [line[:LONGEST_LINE] for line in lines if line]

"""How much is asked and answered in the front end, as the service takes and returns it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Period(NamedTuple):
    """From a time to another one, in seconds since 1970; 0 is no end."""

    start: int = 0
    end: int = 0

    def has(self, moment: int) -> bool:
        """Return whether a moment is in it."""
        return self.start <= moment and (not self.end or moment <= self.end)


class Told(NamedTuple):
    """A message of a chat; `moment` in seconds, tokens 0 where they are not known."""

    chat_id: str
    user_id: str
    role: str
    model_id: str
    moment: int
    input_tokens: int
    output_tokens: int

    @property
    def is_answer(self) -> bool:
        """Return whether a model says it."""
        return self.role == "assistant" and bool(self.model_id)


class Count(NamedTuple):
    """How much there is of a model, or of a person: answers, tokens, people, chats."""

    name: str
    answers: int
    input_tokens: int
    output_tokens: int
    people: int
    chats: int


class Day(NamedTuple):
    """A day, or an hour, in UTC, and how many answers each model made in it."""

    date: str
    answers: Mapping[str, int]


class Use(NamedTuple):
    """How much a person has asked: in all, on each day, and of which models."""

    messages: Sequence[Told]
    chat_count: int
    longest_chat: int

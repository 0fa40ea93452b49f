"""Messages of a conversation in OpenAI's form, for each door that speaks it to assistants."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.errors import RuleError
from api.schemas.base import NullFreeRequest

MOST_MESSAGES = 1000
MOST_PARTS = 1000

MOST_CHARACTERS = 65_535
"""Characters of a message: a conversation holds answers, too, which are longer than questions."""


class Part(NullFreeRequest):
    """A part of a message."""

    type: str = "text"
    text: str = ""

    @model_validator(mode="after")
    def is_text(self) -> "Part":
        """Refuse what an assistant cannot read."""
        if self.type not in {"text", "input_text"}:
            raise RuleError(f"messages: assistants read no {self.type}, but texts alone.")
        return self


Parted = Annotated[list[Part], Field(max_length=MOST_PARTS, fail_fast=True)]


class Spoken(NullFreeRequest):
    """A message of the conversation, as one text or in parts."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=MOST_CHARACTERS)] | Parted = ""

    @property
    def text(self) -> str:
        """Return what the message says."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)

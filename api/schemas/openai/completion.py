"""Text completions on the wire: a prompt is a question to an assistant."""

from collections.abc import Generator
from contextlib import closing
from typing import Annotated, NotRequired

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.openai.chat import (
    AnswerOptions,
    Form,
    UsageAnswer,
    present_usage,
)
from api.schemas.spoken import MOST_CHARACTERS
from api.services.chats.records import AnswerRecord, Parts
from api.services.chats.values import Inquiry

KIND = "text_completion"

Prompt = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


class CompletionRequest(AnswerOptions):
    """A prompt, which is a question to the assistant `model`; a list may hold one."""

    prompt: Prompt | Annotated[list[Prompt], Field(min_length=1, max_length=1)]
    best_of: int = 1
    suffix: str = ""
    echo: bool = False
    logprobs: int | None = None

    @model_validator(mode="after")
    def what_assistants_cannot(self) -> "CompletionRequest":
        """Refuse by name what an assistant does not do."""
        if self.best_of != 1:
            raise RuleError("best_of: an assistant gives one answer.")
        if self.suffix:
            raise RuleError("suffix: assistants answer questions and insert no text.")
        if self.echo:
            raise RuleError("echo: assistants answer without repeating the prompt.")
        if self.logprobs is not None:
            raise RuleError("logprobs: assistants know no probabilities.")
        return self

    def wanted(self) -> Inquiry:
        """Return what is asked."""
        return self.inquiry(self.prompt if isinstance(self.prompt, str) else self.prompt[0])


class TextChoice(TypedDict):
    """A text, or a piece of one; `finish_reason` is null until the end."""

    index: int
    text: str
    logprobs: None
    finish_reason: str | None


class TextAnswer(TypedDict):
    """A whole answer."""

    id: str
    object: str
    created: int
    model: str
    choices: list[TextChoice]
    usage: UsageAnswer


class TextPiece(TypedDict):
    """A piece of an answer; the one with the usage has no choice."""

    id: str
    object: str
    created: int
    model: str
    choices: list[TextChoice]
    usage: NotRequired[UsageAnswer]


def present_text(form: Form, answer: AnswerRecord) -> TextAnswer:
    """Return a whole answer."""
    return {
        "id": form.head["id"],
        "object": KIND,
        "created": form.head["created"],
        "model": form.head["model"],
        "choices": [choice(answer.text, "stop")],
        "usage": present_usage(answer.usage),
    }


def choice(text: str, finish_reason: str | None = None) -> TextChoice:
    """Return a text as the only choice."""
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}


def text_events(form: Form, parts: Parts) -> Generator[TextPiece]:
    """Yield a piece of text for each of the answer; thinking is left out.

    Closing this ends the making of the answer.
    """
    said = ""
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord):
                rest = part.text[len(said) :] if part.text.startswith(said) else ""
                yield piece(form, choice(rest, "stop"))
                if form.wants_usage:
                    yield {**piece(form), "usage": present_usage(part.usage)}
            elif part.content:
                said += part.content
                yield piece(form, choice(part.content))


def piece(form: Form, *choices: TextChoice) -> TextPiece:
    """Return an event."""
    return {
        "id": form.head["id"],
        "object": KIND,
        "created": form.head["created"],
        "model": form.head["model"],
        "choices": list(choices),
    }

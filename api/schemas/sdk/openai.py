"""Chat completions in the form of OpenAI's API."""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from api.errors import ArgumentError, RuleError
from api.schemas.base import NullFreeRequest
from api.schemas.sdk.retrieval import MetadataFilter, Number
from rag.llm.base import Usage
from rag.types import Message, Role

MAX_MESSAGES = 1000
MAX_PARTS = 1000

MAX_MESSAGE = 65_535
"""Characters of a message: a conversation holds answers, too, which are longer than questions."""


class TextPart(NullFreeRequest):
    """A part of a message; parts that are no text are ignored."""

    type: str = "text"
    text: str = ""


TextParts = Annotated[list[TextPart], Field(max_length=MAX_PARTS, fail_fast=True)]


class SpokenMessage(NullFreeRequest):
    """A message of the conversation, as one text or in parts."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=MAX_MESSAGE)] | TextParts = ""

    @property
    def text(self) -> str:
        """Return what the message says."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if part.type == "text")


class ExtraBody(NullFreeRequest):
    """Options beyond OpenAI's."""

    reference: bool = False
    metadata_condition: MetadataFilter = None

    @model_validator(mode="before")
    @classmethod
    def objects(cls, values: Any) -> Any:
        """Refuse what is no object, by its name."""
        if not isinstance(values, dict):
            raise RuleError("extra_body must be an object.")
        metadata = values.get("reference_metadata")
        if metadata is not None and not isinstance(metadata, dict):
            raise RuleError("reference_metadata must be an object.")
        if metadata and not isinstance(metadata.get("fields", []), list):
            raise RuleError("reference_metadata.fields must be an array.")
        if not isinstance(values.get("metadata_condition") or {}, dict):
            raise RuleError("metadata_condition must be an object.")
        return values


class OpenAIRequest(NullFreeRequest):
    """A conversation whose last message is the question; `model` is echoed."""

    model: str
    messages: Annotated[list[SpokenMessage], Field(max_length=MAX_MESSAGES, fail_fast=True)]
    stream: bool | None = None
    reference: bool = False
    extra_body: ExtraBody = ExtraBody()
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: int | None = None

    @model_validator(mode="before")
    @classmethod
    def required(cls, values: Any) -> Any:
        """Name the keys that are missing, and refuse a conversation without a message."""
        if not isinstance(values, dict):
            return values
        missing = [key for key in ("model", "messages") if values.get(key) is None]
        if missing:
            raise ArgumentError(f"required argument are missing: {','.join(missing)}; ")
        if values["messages"] == []:
            raise RuleError("You have to provide messages.")
        return values

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[SpokenMessage]) -> list[SpokenMessage]:
        """Refuse a conversation that does not end with a question."""
        if messages[-1].role != "user":
            raise RuleError("The last content of this conversation is not from user.")
        return messages

    @property
    def question(self) -> str:
        """Return what is asked."""
        return self.messages[-1].text

    @property
    def history(self) -> tuple[Message, ...]:
        """Return what user and assistant said before the question."""
        return tuple(
            Message(Role(message.role), message.text)
            for message in self.messages[:-1]
            if message.role in {"user", "assistant"} and message.text
        )

    @property
    def wants_reference(self) -> bool:
        """Tell whether the passages are asked for."""
        return self.reference or self.extra_body.reference

    @property
    def options(self) -> dict[str, Any]:
        """Return the generation settings that are given."""
        names = {"temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens"}
        return self.model_dump(include=names, exclude_none=True)


def chunk_object(
    chat_id: str, model: str, delta: Mapping[str, object], usage: Usage | None = None
) -> dict[str, Any]:
    """Return a piece of an answer; the last one has the usage."""
    shared = {
        "role": "assistant",
        "function_call": None,
        "tool_calls": None,
        "reasoning_content": None,
    }
    choice = {
        "index": 0,
        "delta": {**shared, **delta},
        "finish_reason": None if usage is None else "stop",
        "logprobs": None,
    }
    return {
        **head(chat_id, model, "chat.completion.chunk"),
        "system_fingerprint": "",
        "choices": [choice],
        "usage": None if usage is None else usage_object(usage),
    }


def completion_object(
    chat_id: str, model: str, content: str, usage: Usage, beside: Mapping[str, object]
) -> dict[str, Any]:
    """Return a whole answer, with further keys in its message."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, **beside},
        "finish_reason": "stop",
        "logprobs": None,
    }
    return {
        **head(chat_id, model, "chat.completion"),
        "choices": [choice],
        "usage": usage_object(usage),
    }


def head(chat_id: str, model: str, kind: str) -> dict[str, Any]:
    """Return what each object of an answer begins with."""
    return {
        "id": f"chatcmpl-{chat_id}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def usage_object(usage: Usage) -> dict[str, int]:
    """Return how many tokens an answer took."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def failure_object(message: str) -> dict[str, Any]:
    """Return the event by which a stream says that it breaks off."""
    return {"error": {"message": message, "type": "server_error", "code": 500}}

"""What a model writes about conversations, as Open WebUI's clients ask for it and read it."""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest
from api.services.webui.writing import TYPED, Kind, Written, field_of

MOST = 10_000
"""Messages of a conversation."""

LONGEST = 1_000_000
"""Characters of a message."""

MOST_RESPONSES = 16
"""Answers of which one is made."""

TEXTS = frozenset({Kind.TITLE, Kind.AUTO, Kind.IMAGE_PROMPT})
"""What is one text."""

Item = Annotated[dict[str, object], Field(max_length=64)]
"""A part of a message, or a file, as the client has it."""

Parts = Annotated[list[Item], Field(max_length=1000)]


class SpokenRequest(NullFreeRequest):
    """A message of a conversation; what is no text in it is passed over."""

    role: str = Field("user", max_length=64)
    content: Annotated[str, Field(max_length=LONGEST)] | Parts = ""

    def unread(self) -> list[str]:
        """Return of which types the parts are that are neither texts nor pictures."""
        parts = self.content if isinstance(self.content, list) else []
        kinds = (str(part.get("type") or "") for part in parts)
        return [kind for kind in kinds if kind not in {"text", "image_url"}]

    def pictures(self) -> tuple[str, ...]:
        """Return the pictures of the message: data, or files by id or address."""
        parts = self.content if isinstance(self.content, list) else []
        found = (part.get("image_url") for part in parts if part.get("type") == "image_url")
        named = (one.get("url") if isinstance(one, Mapping) else one for one in found)
        return tuple(str(one) for one in named if one)

    def said(self) -> Mapping[str, str]:
        """Return who says what."""
        parts = self.content
        if isinstance(parts, list):
            parts = "\n".join(
                str(part.get("text", "")) for part in parts if part.get("type") == "text"
            )
        return {"role": self.role, "content": parts}


class WritingRequest(NullFreeRequest):
    """A conversation, or in its place a `prompt`, and the model that it is held with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": "guide", "messages": [{"role": "user", "content": "When?"}]}]
        }
    )

    model: str = Field(min_length=1, max_length=255)
    messages: list[SpokenRequest] = Field([], max_length=MOST)
    prompt: str = Field("", max_length=1_000_000)

    def said(self) -> list[Mapping[str, str]]:
        """Return who says what."""
        found = [one.said() for one in self.messages]
        return found or [{"role": "user", "content": self.prompt}]


class TypedRequest(WritingRequest):
    """What somebody has typed so far, in a field of some `type`, and the conversation before it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "guide", "prompt": "When is the"}]}
    )

    type: Literal["", "general", "search query"] = ""

    def before(self) -> list[Mapping[str, str]]:
        """Return who said what before."""
        return [one.said() for one in self.messages]

    def typed(self) -> Mapping[str, str]:
        """Return what is typed, which is told as the last message."""
        role = f"{TYPED} as a search query" if self.type == "search query" else TYPED
        return {"role": role, "content": self.prompt, "type": self.type or "general"}


class MergingRequest(NullFreeRequest):
    """A question, and the answers of several models of which one is made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": "guide", "prompt": "When?", "responses": ["Six.", "At dusk."]}]
        }
    )

    model: str = Field(min_length=1, max_length=255)
    prompt: str = Field(min_length=1, max_length=LONGEST)
    responses: list[Annotated[str, Field(max_length=LONGEST)]] = Field(
        min_length=1, max_length=MOST_RESPONSES
    )
    stream: bool = False


class WrittenMessage(TypedDict):
    """What a model has written, as JSON text but for an emoji."""

    role: str
    content: str


class WrittenChoice(TypedDict):
    """The one choice of a completion."""

    index: int
    message: WrittenMessage
    finish_reason: str


class WrittenAnswer(TypedDict):
    """A completion as OpenAI has it."""

    id: str
    object: str
    created: int
    model: str
    choices: list[WrittenChoice]


def present_written_answer(model: str, written: Written) -> WrittenAnswer:
    """Return what a model has written."""
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content_of(written)},
                "finish_reason": "stop",
            }
        ],
    }


def content_of(written: Written) -> str:
    """Return what a model has written as clients take it out of a completion."""
    if written.kind is Kind.EMOJI:
        return written.text
    value = written.text if written.kind in TEXTS else written.texts
    return json.dumps({field_of(written.kind): value}, ensure_ascii=False)

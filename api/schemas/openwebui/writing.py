"""What a model writes about conversations, as Open WebUI's clients ask for it and read it."""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.config.frontend import FrontendSettings
from api.schemas.base import NullFreeRequest, StorableText
from api.services.webui.writing import Kind, Written

MOST = 10_000
"""Messages of a conversation."""

LONGEST = 1_000_000
"""Characters of a message."""

Item = Annotated[dict[str, object], Field(max_length=64)]
"""A part of a message, or a file, as the client has it."""

Parts = Annotated[list[Item], Field(max_length=1000)]


class SpokenRequest(NullFreeRequest):
    """A message of a conversation; what is no text in it is passed over."""

    role: str = Field("user", max_length=64)
    content: Annotated[str, Field(max_length=LONGEST)] | Parts = ""

    def has_more_than_texts(self) -> bool:
        """Return whether something in the message is passed over."""
        parts = self.content
        return isinstance(parts, list) and any(part.get("type") != "text" for part in parts)

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


class WritingConfigRequest(NullFreeRequest):
    """What models write about chats, and which model does; what is left out stays."""

    TASK_MODEL: StorableText | None = Field(None, max_length=255)
    TASK_MODEL_EXTERNAL: StorableText | None = Field(None, max_length=255)
    ENABLE_TITLE_GENERATION: bool | None = None
    ENABLE_TAGS_GENERATION: bool | None = None
    ENABLE_FOLLOW_UP_GENERATION: bool | None = None

    def values(self) -> Mapping[str, object]:
        """Return the settings that are given; of the two models that which is named."""
        switches = {
            "frontend.titles": self.ENABLE_TITLE_GENERATION,
            "frontend.tags": self.ENABLE_TAGS_GENERATION,
            "frontend.follow_ups": self.ENABLE_FOLLOW_UP_GENERATION,
        }
        found: dict[str, object] = {
            name: "on" if value else "off" for name, value in switches.items() if value is not None
        }
        models = [one for one in (self.TASK_MODEL_EXTERNAL, self.TASK_MODEL) if one is not None]
        if models:
            found["frontend.task_model"] = next(filter(None, models), "")
        return found


class WritingConfigAnswer(TypedDict):
    """What models write about chats; the model is one, wherever it runs."""

    TASK_MODEL: str
    TASK_MODEL_EXTERNAL: str
    TASK_MODEL_PARAMS: dict[str, str]
    ENABLE_TITLE_GENERATION: bool
    ENABLE_TAGS_GENERATION: bool
    ENABLE_FOLLOW_UP_GENERATION: bool
    ENABLE_AUTOCOMPLETE_GENERATION: bool
    AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH: int
    ENABLE_SEARCH_QUERY_GENERATION: bool
    ENABLE_RETRIEVAL_QUERY_GENERATION: bool
    TITLE_GENERATION_PROMPT_TEMPLATE: str
    TAGS_GENERATION_PROMPT_TEMPLATE: str
    FOLLOW_UP_GENERATION_PROMPT_TEMPLATE: str
    QUERY_GENERATION_PROMPT_TEMPLATE: str
    AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE: str
    IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE: str
    TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE: str
    ENABLE_VOICE_MODE_PROMPT: bool
    VOICE_MODE_PROMPT_TEMPLATE: str


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


def present_writing_config(settings: FrontendSettings) -> WritingConfigAnswer:
    """Return what models write about chats; empty templates are those of `conf/prompts`."""
    return {
        "TASK_MODEL": settings.task_model,
        "TASK_MODEL_EXTERNAL": settings.task_model,
        "TASK_MODEL_PARAMS": {},
        "ENABLE_TITLE_GENERATION": settings.titles == "on",
        "ENABLE_TAGS_GENERATION": settings.tags == "on",
        "ENABLE_FOLLOW_UP_GENERATION": settings.follow_ups == "on",
        "ENABLE_AUTOCOMPLETE_GENERATION": False,
        "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": -1,
        "ENABLE_SEARCH_QUERY_GENERATION": False,
        "ENABLE_RETRIEVAL_QUERY_GENERATION": False,
        "TITLE_GENERATION_PROMPT_TEMPLATE": "",
        "TAGS_GENERATION_PROMPT_TEMPLATE": "",
        "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE": "",
        "QUERY_GENERATION_PROMPT_TEMPLATE": "",
        "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE": "",
        "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE": "",
        "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE": "",
        "ENABLE_VOICE_MODE_PROMPT": False,
        "VOICE_MODE_PROMPT_TEMPLATE": "",
    }


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
    value = written.text if written.kind is Kind.TITLE else written.texts
    return json.dumps({written.kind.value: value}, ensure_ascii=False)

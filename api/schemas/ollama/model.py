"""Assistants as models, and vectors, on the wire."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, Field
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest
from api.services.chats.records import ShownChat
from api.services.models.embedding import Embedded

LATEST = ":latest"
MOST_INPUTS = 2048
Text = Annotated[str, Field(max_length=65_535)]
Texts = Annotated[list[Text], Field(max_length=MOST_INPUTS, fail_fast=True)]


class ModelRequest(NullFreeRequest):
    """Which model to show."""

    model: str = Field(min_length=1, max_length=255, validation_alias=AliasChoices("model", "name"))


class EmbedRequest(NullFreeRequest):
    """What to embed by which model."""

    model: str = Field(min_length=1, max_length=255)
    input: Text | Texts
    dimensions: int | None = Field(None, ge=1)

    def texts(self) -> list[str]:
        """Return the texts to embed."""
        return [self.input] if isinstance(self.input, str) else self.input


class OlderEmbedRequest(NullFreeRequest):
    """The same in the older form, for one text."""

    model: str = Field(min_length=1, max_length=255)
    prompt: Text


class Details(TypedDict):
    """What is said of an assistant where Ollama speaks of files."""

    parent_model: str
    format: str
    family: str
    families: list[str]
    parameter_size: str
    quantization_level: str


class TagAnswer(TypedDict):
    """An assistant as a model."""

    name: str
    model: str
    modified_at: str
    size: int
    digest: str
    details: Details


class TagsAnswer(TypedDict):
    """The assistants as models that are there."""

    models: list[TagAnswer]


ModelInfo = TypedDict("ModelInfo", {"general.architecture": str, "raglan.context_length": int})
"""What a model is, and its window in tokens."""


class ShownAnswer(TypedDict):
    """What programs choose a model by."""

    modelfile: str
    parameters: str
    template: str
    details: Details
    model_info: ModelInfo
    capabilities: list[str]
    modified_at: str


class VersionAnswer(TypedDict):
    """The version of the server."""

    version: str


class EmbeddedAnswer(TypedDict):
    """Vectors in the order of the texts."""

    model: str
    embeddings: list[list[float]]
    total_duration: int
    load_duration: int
    prompt_eval_count: int


class VectorAnswer(TypedDict):
    """The vector of a text."""

    embedding: list[float]


DETAILS: Details = {
    "parent_model": "",
    "format": "raglan",
    "family": "raglan",
    "families": ["raglan"],
    "parameter_size": "",
    "quantization_level": "",
}


def present_tags(chats: Sequence[ShownChat]) -> TagsAnswer:
    """Return the assistants as models that are there."""
    return {"models": [present_tag(shown) for shown in chats]}


def present_tag(shown: ShownChat) -> TagAnswer:
    """Return an assistant as a model."""
    name = f"{shown.chat.name}{LATEST}"
    return {
        "name": name,
        "model": name,
        "modified_at": zoned(shown.chat.update_time / 1000),
        "size": 0,
        "digest": hashlib.sha256(shown.chat.id.encode()).hexdigest(),
        "details": DETAILS,
    }


def present_shown(shown: ShownChat, context: int) -> ShownAnswer:
    """Return what programs choose a model by: what it can do, and its window in tokens."""
    return {
        "modelfile": "",
        "parameters": "",
        "template": "",
        "details": DETAILS,
        "model_info": {"general.architecture": "raglan", "raglan.context_length": context},
        "capabilities": ["completion"],
        "modified_at": zoned(shown.chat.update_time / 1000),
    }


def present_version(version: str) -> VersionAnswer:
    """Return the version of the server."""
    return {"version": version.removeprefix("v")}


def present_embedded(model: str, found: Embedded) -> EmbeddedAnswer:
    """Return vectors in the order of the texts."""
    return {
        "model": model,
        "embeddings": found.vectors.tolist(),
        "total_duration": 0,
        "load_duration": 0,
        "prompt_eval_count": found.tokens,
    }


def present_one(found: Embedded) -> VectorAnswer:
    """Return the vector of a text."""
    return {"embedding": found.vectors[0].tolist()}


def zoned(seconds: float) -> str:
    """Return a time in s since the epoch as RFC 3339 has it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")

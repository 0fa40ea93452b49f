"""Which model is asked for, and vectors, on the wire."""

from typing import Annotated

from pydantic import AliasChoices, Field

from api.schemas.base import NullFreeRequest
from api.services.models.embedding import Embedded

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


def present_embedded(model: str, found: Embedded) -> dict[str, object]:
    """Return vectors in the order of the texts."""
    return {
        "model": model,
        "embeddings": found.vectors.tolist(),
        "total_duration": 0,
        "load_duration": 0,
        "prompt_eval_count": found.tokens,
    }


def present_one(found: Embedded) -> dict[str, object]:
    """Return the vector of a text."""
    return {"embedding": found.vectors[0].tolist()}

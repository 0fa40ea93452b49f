"""Embeddings on the wire: texts or tokens in, vectors as numbers or as base64 out."""

from base64 import b64encode
from typing import Annotated, Literal

import orjson
from pydantic import Field, field_validator
from typing_extensions import TypedDict

from api.config.places import SHIPPED
from api.errors import ArgumentError
from api.schemas.base import Request
from api.services.models.embedding import Embedded
from rag.tokenizing.vocabulary import Vocabulary

MOST_INPUTS = 2048
MOST_CHARACTERS = 65_535
MOST_TOKENS = 8192

VOCABULARY = Vocabulary(SHIPPED / "conf" / "cl100k_base.xz")

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Tokens = Annotated[list[Annotated[int, Field(strict=True)]], Field(max_length=MOST_TOKENS)]
Texts = Annotated[list[Text], Field(max_length=MOST_INPUTS, fail_fast=True)]
TokenLists = Annotated[list[Tokens], Field(max_length=MOST_INPUTS, fail_fast=True)]


class EmbeddingRequest(Request):
    """What to embed by which model; other keys of OpenAI's are ignored."""

    model: str = Field(min_length=1, max_length=255)
    input: Text | Texts | Tokens | TokenLists
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(None, ge=1)

    @field_validator("input")
    @classmethod
    def something_is_there(cls, value: object) -> object:
        """Refuse a list of nothing."""
        if value == []:
            raise ArgumentError("input: it must hold at least one text.")
        return value

    def texts(self) -> list[str]:
        """Return the texts to embed; raises ArgumentError for tokens that are none."""
        if isinstance(self.input, str):
            return [self.input]
        if self.input and isinstance(self.input[0], int):
            return [decoded(self.input)]
        return [item if isinstance(item, str) else decoded(item) for item in self.input]


def decoded(ids: object) -> str:
    """Return the text of tokens; raises ArgumentError that says what a client can do."""
    if not isinstance(ids, list):
        raise ArgumentError("input: it must be texts or lists of tokens.")
    try:
        return VOCABULARY.decode(ids)
    except ValueError as error:
        raise ArgumentError(
            f"input: {error}. Send texts: LangChain does with check_embedding_ctx_length=False."
        ) from error


class VectorAnswer(TypedDict):
    """The vector of a text; a text is base64 of 32-bit numbers, the least byte first."""

    object: str
    index: int
    embedding: list[float] | str


class UsageAnswer(TypedDict):
    """How many tokens the texts have."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(TypedDict):
    """The vectors in the order of the texts."""

    object: str
    data: list[VectorAnswer]
    model: str
    usage: UsageAnswer


def present_embeddings(
    request: EmbeddingRequest, found: Embedded
) -> Annotated[bytes, EmbeddingsAnswer]:
    """Return vectors as JSON, in the order of the texts."""
    vectors = found.vectors.astype("<f4", copy=False)
    as_text = request.encoding_format == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": b64encode(row.tobytes()).decode() if as_text else row,
        }
        for index, row in enumerate(vectors)
    ]
    usage = {"prompt_tokens": found.tokens, "total_tokens": found.tokens}
    told = {"object": "list", "data": data, "model": request.model, "usage": usage}
    return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)

"""What models offer: vectors for texts, and answers to conversations as they are made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rag.types import Matrix, Message, Vector


class Embedder(Protocol):
    """Turns texts into unit vectors of `dimensions` components.

    Raises ModelError or ModelUnavailableError when the model does not answer as it should.
    """

    name: str

    @property
    def dimensions(self) -> int:
        """Return the number of components of a vector; may ask the model once."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text, shape (len(texts), dimensions)."""
        ...

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question, shape (dimensions,)."""
        ...


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How a chat model is to answer; None leaves a choice to the model."""

    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tokens a call took, as the model counts them; 0 where it does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it arrives; `reasoning` is thinking beside the answer."""

    content: str = ""
    reasoning: str = ""
    usage: Usage | None = None


class ChatModel(Protocol):
    """Answers a conversation.

    Raises ModelError or ModelUnavailableError when the model does not answer as it should.
    """

    name: str

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        """Yield the answer as it is made; closing the iterator ends the call upstream at once."""
        ...


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model to use and where it is.

    `base_url` and `api_key` are for models behind an endpoint. `dimensions` asks an embedding
    model for vectors of that length; None takes its natural one. `timeout` in seconds bounds
    each wait for the endpoint to send something.
    """

    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    dimensions: int | None = None
    timeout: float = 60.0

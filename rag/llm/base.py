"""What models offer: vectors for texts, relevance of texts, and answers as they are made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from rag.types import Matrix, Message, Offload, Vector, run_inline

ModelType = Literal["chat", "embedding", "rerank"]
"""What a model is for."""


class Counted(NamedTuple):
    """The vectors of texts, a row each, with how many tokens the texts have.

    It is None of a model that does not tell.
    """

    vectors: Matrix
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """How the vectors of a model are to be read.

    `floor` is the cosine of texts that have nothing in common: a vector's similarity is
    `(cosine - floor) / (1 - floor)`. `vector_weight` is the part of the vector in a similarity,
    where nobody says otherwise; None leaves it to the settings. A text of usual length takes so
    many `seconds` of CPU, 0 of a model that takes next to none here.
    """

    floor: float = 0.0
    vector_weight: float | None = None
    seconds: float = 0.0

    def weight(self, usual: float) -> float:
        """Return the part of the vector in a similarity; the usual one if the model says none."""
        return usual if self.vector_weight is None else self.vector_weight


PLAIN = Card()
"""The card of models that nothing is known of."""


class Embedder(Protocol):
    """Turns texts into unit vectors of `dimensions` components.

    `cooperative` says that its calls wait for a network and compute next to nothing: an event loop
    goes on meanwhile, and no thread need be taken for them. Its connections may be shared by the
    greenlets of one thread, but not by threads of a process with an event loop. Raises ModelError
    or ModelUnavailableError when the model does not answer as it should.
    """

    name: str

    @property
    def card(self) -> Card:
        """Return how its vectors are to be read."""
        ...

    @property
    def cooperative(self) -> bool:
        """Return whether its calls leave an event loop free."""
        ...

    @property
    def dimensions(self) -> int:
        """Return the number of components of a vector; may ask the model once."""
        ...

    def is_brief(self, texts: Sequence[str]) -> bool:
        """Return whether texts are embedded within a millisecond, of which a thread keeps nothing.

        False of a model that has to be loaded first.
        """
        ...

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text, shape (len(texts), dimensions)."""
        ...

    def embed_counted(self, texts: Sequence[str]) -> Counted:
        """Return the same rows, and the tokens as the model counts them, at no further cost."""
        ...

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question, shape (dimensions,)."""
        ...


def calling(embedder: Embedder, offload: Offload, texts: Sequence[str]) -> Offload:
    """Return how an embedding model is to be called for texts: away from the event loop, or there.

    To hand a call to a thread and its result back takes some 0.1 ms, and all go on meanwhile only
    where the model lets them.
    """
    here = embedder.cooperative or embedder.is_brief(texts)
    return run_inline if here else offload


class Reranker(Protocol):
    """Says how relevant texts are to a question.

    `cooperative` says that its calls wait for a network and compute next to nothing: an event loop
    goes on meanwhile. Those of any other are made through `rag.llm.turns.ranked`. Raises ModelError
    or ModelUnavailableError when the model does not answer as it should.
    """

    name: str

    @property
    def cooperative(self) -> bool:
        """Return whether its calls leave an event loop free."""
        ...

    def reach(self, passages: Sequence[str]) -> int:
        """Return how many of the passages that a search found, best first, it is to rank.

        All of a model that computes elsewhere. Nothing is asked or loaded.
        """
        ...

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the relevance of each text in [0, 1], in their order; 0 for a blank one."""
        ...


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How a chat model is to answer; None leaves a choice to the model.

    An answer ends before any of the texts in `stop`; the same `seed` asks for the same choices.
    """

    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tokens a call took, as the model counts them; 0 where it does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it arrives; `reasoning` is thinking beside the answer.

    `aside` is what a model tells that is none of these, and is handed on as it is.
    """

    content: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    aside: object = None


class ChatModel(Protocol):
    """Answers a conversation.

    Raises ModelError or ModelUnavailableError when the model does not answer as it should.
    """

    name: str

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        """Yield the answer as it is made; closing the iterator ends the call upstream at once."""
        ...


Json = Mapping[str, Any]
"""An object of JSON that is handed on as it is."""


class Relay(Protocol):
    """Hands conversations to a model as they are, and its answers back.

    Both are in the form of OpenAI's chat completions, whatever is in them. Raises as a ChatModel
    does; an endpoint that does not accept the conversation raises `EndpointRefusalError`.
    """

    name: str

    def complete(self, conversation: Json) -> Json:
        """Return the whole answer."""
        ...

    def events(self, conversation: Json) -> Iterator[Json]:
        """Yield the events of the answer as they come; closing this ends the call upstream."""
        ...


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model to use and where it is.

    `base_url` and `api_key` are for models behind an endpoint. `dimensions` asks an embedding
    model for vectors of that length; None takes its natural one. `timeout` in seconds bounds
    each wait for the endpoint to send something, `longest` all that a chat model says.
    """

    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    dimensions: int | None = None
    timeout: float = 60.0
    longest: float = 900.0

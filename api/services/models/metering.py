"""Models and searches that are measured."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from api.observability.definitions import (
    CANDIDATES,
    FIRST_TOKEN,
    MODEL_CALLS,
    MODEL_SECONDS,
    MODEL_TOKENS,
    RETRIEVAL_SECONDS,
)
from api.observability.recorder import Recorder
from rag.errors import ModelError, ModelUnavailableError
from rag.llm.base import (
    ChatModel,
    Counted,
    Delta,
    Embedder,
    GenerationOptions,
    Json,
    Relay,
    Reranker,
    Usage,
)
from rag.retrieval.retriever import Searched
from rag.types import Matrix, Message, Vector

T = TypeVar("T")


class Call:
    """Measures a call of a model for a `with` block."""

    def __init__(self, recorder: Recorder, kind: str, provider: str) -> None:
        """Initialize with the asker of the call."""
        self.recorder = recorder
        self.labels = (kind, provider)
        self.begun = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self.begun = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Count the call by how it ended."""
        self.recorder.count(MODEL_CALLS, *self.labels, outcome(error))
        self.recorder.observe(MODEL_SECONDS, self.elapsed, *self.labels)

    @property
    def elapsed(self) -> float:
        """Return the seconds since the beginning."""
        return time.perf_counter() - self.begun


def outcome(error: BaseException | None) -> str:
    """Return the word for how a call ended."""
    if error is None:
        return "ok"
    if isinstance(error, ModelUnavailableError):
        return "unavailable"
    if isinstance(error, ModelError):
        return "error"
    # A reader that goes away, or a greenlet that is ended, is no failure of the model.
    return "defect" if isinstance(error, Exception) else "cancelled"


class MeteredEmbedder:
    """An embedding model whose calls are measured."""

    def __init__(self, inner: Embedder, recorder: Recorder, provider: str) -> None:
        """Wrap a model."""
        self.name = inner.name
        self.card = inner.card
        self._inner = inner
        self._recorder = recorder
        self._provider = provider

    @property
    def cooperative(self) -> bool:
        """Return whether its calls leave an event loop free."""
        return self._inner.cooperative

    @property
    def dimensions(self) -> int:
        """Return the number of components of a vector."""
        return self._inner.dimensions

    def is_brief(self, texts: Sequence[str]) -> bool:
        """Return whether the texts take no time that is worth a thread."""
        return self._inner.is_brief(texts)

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text."""
        with Call(self._recorder, "embedding", self._provider):
            return self._inner.embed_documents(texts)

    def embed_counted(self, texts: Sequence[str]) -> Counted:
        """Return the same rows, and their tokens."""
        with Call(self._recorder, "embedding", self._provider):
            return self._inner.embed_counted(texts)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question."""
        with Call(self._recorder, "embedding", self._provider):
            return self._inner.embed_query(text)


class MeteredReranker:
    """A rerank model whose calls are measured."""

    def __init__(self, inner: Reranker, recorder: Recorder, provider: str) -> None:
        """Wrap a model."""
        self.name = inner.name
        self._inner = inner
        self._recorder = recorder
        self._provider = provider

    @property
    def cooperative(self) -> bool:
        """Return whether its calls leave an event loop free."""
        return self._inner.cooperative

    def reach(self, passages: Sequence[str]) -> int:
        """Return how many of the passages that a search found it is to rank."""
        return self._inner.reach(passages)

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the relevance of each text."""
        with Call(self._recorder, "rerank", self._provider):
            return self._inner.rerank(question, texts)


class MeteredChat:
    """A chat model whose calls are measured, with what they take in tokens."""

    def __init__(self, inner: ChatModel, recorder: Recorder, provider: str) -> None:
        """Wrap a model."""
        self.name = inner.name
        self._inner = inner
        self._recorder = recorder
        self._provider = provider

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        """Yield the answer as it is made; closing the iterator ends the call."""
        usage, silent = Usage(), True
        with (
            Call(self._recorder, "chat", self._provider) as call,
            closed(self._inner.stream(messages, options)) as deltas,
        ):
            for delta in deltas:
                if silent and (delta.content or delta.reasoning):
                    self._recorder.observe(FIRST_TOKEN, call.elapsed, self._provider)
                    silent = False
                usage = delta.usage or usage
                yield delta
        self._count("prompt", usage.prompt_tokens)
        self._count("completion", usage.completion_tokens)

    def _count(self, direction: str, tokens: int) -> None:
        self._recorder.count(MODEL_TOKENS, self._provider, direction, by=tokens)


class MeteredRelay:
    """A relay whose calls are measured, with what they take in tokens where the model says it."""

    def __init__(self, inner: Relay, recorder: Recorder, provider: str) -> None:
        """Wrap a relay."""
        self.name = inner.name
        self._inner = inner
        self._recorder = recorder
        self._provider = provider

    def complete(self, conversation: Json) -> Json:
        """Return the whole answer."""
        with Call(self._recorder, "chat", self._provider):
            answer = self._inner.complete(conversation)
        self._count(answer)
        return answer

    def events(self, conversation: Json) -> Iterator[Json]:
        """Yield the events of the answer; closing this ends the call."""
        silent = True
        with (
            Call(self._recorder, "chat", self._provider) as call,
            closed(self._inner.events(conversation)) as events,
        ):
            for event in events:
                if silent:
                    self._recorder.observe(FIRST_TOKEN, call.elapsed, self._provider)
                    silent = False
                self._count(event)
                yield event

    def _count(self, told: Json) -> None:
        usage = told.get("usage")
        known = usage if isinstance(usage, dict) else {}
        for direction in ("prompt", "completion"):
            tokens = known.get(f"{direction}_tokens")
            if isinstance(tokens, int):
                self._recorder.count(MODEL_TOKENS, self._provider, direction, by=tokens)


@contextmanager
def closed(pieces: Iterator[T]) -> Iterator[Iterator[T]]:
    """Close an iterator at the end of a `with` block: that ends a call upstream."""
    try:
        yield pieces
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def search_meter(recorder: Recorder) -> Callable[[Searched], None]:
    """Return what takes note of a search."""

    def note(searched: Searched) -> None:
        for stage, seconds in searched.seconds.items():
            recorder.observe(RETRIEVAL_SECONDS, seconds, stage)
        recorder.observe(CANDIDATES, searched.total)

    return note

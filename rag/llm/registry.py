"""Which model a provider's kind and a name ask for."""

from collections.abc import Callable, Mapping
from typing import Any

from rag.errors import ConfigurationError
from rag.llm.base import ChatModel, Embedder, ModelSpec, Relay, Reranker
from rag.loading import loaded

_ANY = "*"
"""Stands for every name: the endpoint knows its models, we do not."""

_EMBEDDERS: Mapping[str, Mapping[str, str]] = {
    "builtin": {
        "wordllama": "rag.llm.wordllama:build_embedder",
        "hashing": "rag.llm.hashing:build_embedder",
        "multilingual-e5-small": "rag.llm.transformer.e5:build_embedder",
        "all-MiniLM-L6-v2": "rag.llm.transformer.minilm:build_embedder",
    },
    "openai": {_ANY: "rag.llm.openai:build_embedder"},
}

_CHAT_MODELS: Mapping[str, Mapping[str, str]] = {
    "builtin": {"echo": "rag.llm.echo:build_chat"},
    "openai": {_ANY: "rag.llm.openai:build_chat"},
}

_RERANKERS: Mapping[str, Mapping[str, str]] = {
    "builtin": {"ms-marco-MiniLM-L-12-v2": "rag.llm.transformer.msmarco:build_reranker"},
    "openai": {_ANY: "rag.llm.reranking:build_reranker"},
}

_RELAYS: Mapping[str, Mapping[str, str]] = {"openai": {_ANY: "rag.llm.openai:build_relay"}}


def open_embedder(
    provider: str,
    model: str,
    *,
    base_url: str = "",
    api_key: str = "",
    dimensions: int | None = None,
    timeout: float = 60.0,
) -> Embedder:
    """Return an embedding model of the kind `builtin` or `openai`; asks and loads nothing yet."""
    spec = ModelSpec(model, base_url, api_key, dimensions, timeout)
    build: Callable[[ModelSpec], Embedder] = _builder(_EMBEDDERS, provider, model, "embedding")
    return build(spec)


def open_chat_model(
    provider: str,
    model: str,
    *,
    base_url: str = "",
    api_key: str = "",
    timeout: float = 60.0,
    longest: float = 900.0,
) -> ChatModel:
    """Return a chat model of the kind `builtin` or `openai`; asks nothing yet."""
    spec = ModelSpec(model, base_url, api_key, timeout=timeout, longest=longest)
    build: Callable[[ModelSpec], ChatModel] = _builder(_CHAT_MODELS, provider, model, "chat")
    return build(spec)


def open_reranker(
    provider: str, model: str, *, base_url: str = "", api_key: str = "", timeout: float = 60.0
) -> Reranker:
    """Return a rerank model of the kind `builtin` or `openai`; asks and loads nothing yet."""
    spec = ModelSpec(model, base_url, api_key, timeout=timeout)
    build: Callable[[ModelSpec], Reranker] = _builder(_RERANKERS, provider, model, "rerank")
    return build(spec)


def open_relay(
    provider: str,
    model: str,
    *,
    base_url: str = "",
    api_key: str = "",
    timeout: float = 60.0,
    longest: float = 900.0,
) -> Relay:
    """Return what hands conversations to a chat model of the kind `openai`; asks nothing yet."""
    spec = ModelSpec(model, base_url, api_key, timeout=timeout, longest=longest)
    build: Callable[[ModelSpec], Relay] = _builder(_RELAYS, provider, model, "chat")
    return build(spec)


def _builder(
    table: Mapping[str, Mapping[str, str]], provider: str, model: str, kind: str
) -> Callable[[ModelSpec], Any]:
    if provider not in table:
        raise ConfigurationError(
            f"No {kind} models are of the kind {provider!r}: use one of {', '.join(table)}."
        )
    models = table[provider]
    target = models.get(model, models.get(_ANY, ""))
    if not target:
        raise ConfigurationError(
            f"No {provider} {kind} model is called {model!r}: use one of {', '.join(models)}."
        )
    builder: Callable[[ModelSpec], Any] = loaded(target)
    return builder

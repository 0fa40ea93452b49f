"""Where assistants get their models."""

from typing import Protocol

from api.services.search.comparing import EmbeddingPlaces
from rag.llm.base import ChatModel, Reranker


class ChatModels(EmbeddingPlaces, Protocol):
    """Where an assistant's models come from, and where those are that embed its datasets."""

    def chat_model(
        self, tenant_id: str, model: str, within: float | None = None
    ) -> ChatModel | None:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def reranker(self, tenant_id: str, model: str) -> Reranker:
        """Return a rerank model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def context_tokens(self, tenant_id: str, model: str) -> int:
        """Return how many tokens a model takes in, answer included; without one, as usual."""
        ...

    def default_chat(self, tenant_id: str) -> str:
        """Return the name of the model that a tenant uses by default, or nothing."""
        ...

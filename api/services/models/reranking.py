"""The relevance of texts, for those who bring texts of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from api.errors import ModelChoiceError, NotConfiguredError, UnavailableError
from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.models.embedding import count_all
from rag.errors import ModelError
from rag.llm.base import Reranker
from rag.llm.turns import ranked

NO_MODEL = (
    "No rerank model is configured: set models.rerank_model and models.rerank_base_url, or name one"
    " that the tenant has added or that runs here."
)


class Rerankers(Protocol):
    """Where rerank models come from."""

    def reranker(self, tenant_id: str, model: str) -> Reranker:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def default_rerank(self, tenant_id: str) -> str:
        """Return the name of the model that a tenant uses by default; empty if none."""
        ...


class Ranked(NamedTuple):
    """Which of some texts it is, counted from 0, and its relevance in [0, 1]."""

    place: int
    relevance: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Texts by falling relevance, which model says so, and how many tokens it was given."""

    model: str
    rows: tuple[Ranked, ...]
    tokens: int


class RerankService:
    """Ranks texts with the models that a tenant may use."""

    def __init__(self, models: Rerankers, execution: Execution) -> None:
        """Initialize with the parts."""
        self.models = models
        self.execution = execution

    def rank(
        self, asker: Principal, model: str, question: str, texts: Sequence[str], most: int | None
    ) -> Ranking:
        """Return the best of some texts, so many at most; all if that is None.

        An empty name means the tenant's default model. Raises NotConfiguredError where there is
        none, ArgumentError for a model that the tenant cannot use, UnavailableError if it does not
        answer.
        """
        name = model or self.models.default_rerank(asker.tenant_id)
        reranker = self.named(asker, name)
        try:
            relevances = ranked(reranker, self.execution.offload, question, texts)
        except ModelError as error:
            raise UnavailableError(str(error)) from error
        rows = (Ranked(place, relevance) for place, relevance in enumerate(relevances))
        best = sorted(rows, key=lambda row: (-row.relevance, row.place))
        # As providers count: the question goes with each text.
        tokens = self.execution.offload(count_all, texts)
        tokens += len(texts) * self.execution.offload(count_all, [question])
        return Ranking(name, tuple(best[:most]), tokens)

    def named(self, asker: Principal, name: str) -> Reranker:
        """Return a model; raises NotConfiguredError where none but the default could be meant."""
        default = self.models.default_rerank(asker.tenant_id)
        try:
            return self.models.reranker(asker.tenant_id, name)
        except ModelChoiceError as error:
            if default and name != default:
                raise
            raise NotConfiguredError(NO_MODEL) from error

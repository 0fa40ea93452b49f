"""What a search is asked."""

from dataclasses import dataclass

from rag.engines.base import MetadataCondition
from rag.types import Message


@dataclass(frozen=True, slots=True)
class Steps:
    """What a chat model is to do with a question first; `model` names it, or is the usual one.

    `keyword` asks for words to search for beside those of the question, `languages` for its
    translations. `turns` are those of the conversation that the question is put into context of.
    """

    keyword: bool = False
    languages: tuple[str, ...] = ()
    turns: tuple[Message, ...] = ()
    model: str = ""

    @property
    def is_any(self) -> bool:
        """Return whether there is a step to take."""
        return bool(self.keyword or self.languages or self.turns)


NO_STEPS = Steps()


@dataclass(frozen=True, slots=True)
class Search:
    """A question to datasets, or to some of their documents.

    `limit` hits after the first `offset` are wanted. What is None of the ranking goes by the
    settings; a weight beyond [0, 1] is clamped. `reranker` names a rerank model of the asker's, if
    one is to rank. With `explained` it is told why hits are hits; `unranked` ignores the ranks of
    datasets. Hits come with so many chunks before and after them as `context` says.
    """

    question: str
    dataset_ids: tuple[str, ...]
    limit: int
    offset: int = 0
    document_ids: tuple[str, ...] = ()
    condition: MetadataCondition | None = None
    threshold: float | None = None
    vector_weight: float | None = None
    top_k: int | None = None
    reranker: str = ""
    explained: bool = False
    steps: Steps = NO_STEPS
    context: int = 0
    unranked: bool = False

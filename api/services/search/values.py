"""What a search is asked."""

from dataclasses import dataclass

from rag.engines.base import MetadataCondition


@dataclass(frozen=True, slots=True)
class Search:
    """A question to datasets, or to some of their documents.

    `limit` hits after the first `offset` are wanted. What is None of the ranking goes by the
    settings; a weight beyond [0, 1] is clamped. `reranker` names a rerank model of the asker's, if
    one is to rank. With `explained` it is told why hits are hits; `unranked` ignores the ranks of
    datasets.
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
    unranked: bool = False

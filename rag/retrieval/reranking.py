"""What a rerank model makes of the passages that a search found."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.engines.base import DocumentCount, Hit, SearchResult
from rag.engines.scoring import similarity


def reranked(
    hits: Sequence[Hit],
    relevances: Sequence[float],
    vector_weight: float,
    threshold: float,
    boosts: Sequence[float],
) -> SearchResult:
    """Return all hits that reach the threshold, where relevance takes the place of the vector's.

    `relevances` are in [0, 1], one for each hit. Duplicates say the same as their hit. `boosts`,
    one for each, are added to what reaches the threshold.
    """
    kept = []
    for hit, relevance, boost in zip(hits, relevances, boosts, strict=True):
        score = similarity(relevance, hit.term_similarity, vector_weight)
        if score >= threshold:
            kept.append(replace(hit, vector_similarity=relevance, similarity=score + boost))
    kept.sort(key=lambda hit: (-hit.similarity, hit.chunk.id))
    return SearchResult(len(kept), tuple(kept), documents_of(kept))


def documents_of(hits: Iterable[Hit]) -> tuple[DocumentCount, ...]:
    """Return how many of some passages and their duplicates each document has, most first."""
    places = [
        place
        for hit in hits
        for place in (
            (hit.chunk.document_id, hit.document_name),
            *((other.document_id, other.document_name) for other in hit.duplicates),
        )
    ]
    ranked = sorted(Counter(places).items(), key=lambda item: (-item[1], item[0]))
    return tuple(DocumentCount(key, name, count) for (key, name), count in ranked)

"""Why a search found what it did, and what it nearly found."""

from collections.abc import Mapping, Sequence

from api.services.search.records import Explanation, Matched
from rag.engines.base import Hit
from rag.engines.indexing import count_terms
from rag.retrieval.retriever import RetrievalOptions, clamped
from rag.tokenizing.tokens import index_tokens

BELOW = 3
"""How many passages under the threshold are told."""


def explained(
    options: RetrievalOptions,
    shares: Mapping[str, float],
    hits: Sequence[Hit],
    below: Sequence[Hit],
) -> Explanation:
    """Return what explains hits and the passages behind them; it takes a while."""
    return Explanation(
        vector_weight=clamped(options.vector_weight),
        threshold=options.threshold,
        terms=shares,
        matched=tuple(matched(hit, shares) for hit in hits),
        below=tuple(below),
        below_matched=tuple(matched(hit, shares) for hit in below),
    )


def matched(hit: Hit, shares: Mapping[str, float]) -> tuple[Matched, ...]:
    """Return the terms that a passage holds, those that weigh most first."""
    counts = count_terms(hit.document_name, hit.chunk, index_tokens)
    found = (Matched(term, counts[term], share) for term, share in shares.items() if counts[term])
    return tuple(sorted(found, key=lambda one: (-one.weight, one.term)))

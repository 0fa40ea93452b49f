"""What the name of a passage's document adds to its similarity, where a dataset wants that.

The folders that its file stood in are part of the name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from rag.engines.base import Duplicate, Hit, QueryTerm
from rag.llm.naming import spoken
from rag.tokenizing.stopwords import stop_tokens
from rag.tokenizing.tokens import index_tokens

NAMED = 128
"""So many of the best passages are looked at: what a name adds does not bring up others."""

Shares = Callable[[Sequence[QueryTerm]], Mapping[str, float]]
"""Returns what terms weigh in a search: the rarer they are among all passages, the more."""


def name_bonuses(
    hits: Sequence[Hit],
    question: Sequence[QueryTerm],
    weights: Mapping[str, float],
    shares: Shares,
) -> list[float]:
    """Return what their names add to the similarities of hits, by the weights of datasets.

    That is the weight times the share of the name that the question has. Of it each word has the
    part that it weighs in a search: a rare one most, and one that all names have next to nothing.
    Of documents with the same passage the name that adds most counts.
    """
    names = [names_of(hit) if weights.get(hit.chunk.dataset_id) else () for hit in hits]
    words = {name: words_of(name) for several in names for name in several}
    terms = [QueryTerm(word) for word in dict.fromkeys(chain.from_iterable(words.values()))]
    weighed = shares(terms) if terms else {}
    asked = {term.token for term in question}
    share_of = {name: shared(found, asked, weighed) for name, found in words.items()}
    return [
        weights.get(hit.chunk.dataset_id, 0.0) * max(map(share_of.__getitem__, several), default=0)
        for hit, several in zip(hits, names, strict=True)
    ]


def with_bonuses(hits: Sequence[Hit], bonuses: Sequence[float]) -> tuple[Hit, ...]:
    """Return hits in their new order; equally similar ones by the ids of their chunks."""
    raised = [
        replace(hit, similarity=hit.similarity + bonus)
        for hit, bonus in zip(hits, bonuses, strict=True)
    ]
    return tuple(sorted(raised, key=lambda hit: (-hit.similarity, hit.chunk.id)))


def names_of(hit: Hit) -> tuple[str, ...]:
    """Return the names of all documents with the passage of a hit, each below its folders."""
    documents: list[Hit | Duplicate] = [hit, *hit.duplicates]
    return tuple(f"{one.document_path.rpartition('/')[0]}/{one.document_name}" for one in documents)


@lru_cache(4096)
def words_of(name: str) -> tuple[str, ...]:
    """Return the tokens by which a name is found, without those of words that tell nothing."""
    stops = stop_tokens()
    *folders, own = name.split("/")
    tokens = index_tokens("\n".join((*folders, spoken(own))))
    return tuple(dict.fromkeys(one for one in tokens if one not in stops))


def shared(words: Sequence[str], asked: set[str], weighed: Mapping[str, float]) -> float:
    """Return the share of a name, from 0 to 1, that a question has."""
    whole = sum(weighed.get(word, 0.0) for word in words)
    return sum(weighed.get(word, 0.0) for word in words if word in asked) / whole if whole else 0.0

"""The formulas of ranking, the same for every engine. Pure: numbers or arrays in and out.

A chunk's share of a question is `sum(g * s) / sum(g)` over the question's terms that occur in the
datasets at all, where g = weight * inverse document frequency and s in [0, 1) is how strongly the
chunk holds the term: the BM25 of Robertson and Zaragoza, "The Probabilistic Relevance Framework:
BM25 and Beyond" (2009), divided by the most that any chunk could reach.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Term = TypeVar("Term", str, int)
Numbers = TypeVar("Numbers", float, NDArray[np.float32])

K1 = 1.2
"""How soon further occurrences of a term stop to count: the usual value."""

B = 0.75
"""How much long chunks are held back: the usual value."""

HIGHEST_COUNT = 255
"""Occurrences of a term in one chunk are counted up to here."""


def inverse_document_frequency(total: int, frequency: int) -> float:
    """Return the weight of a term that `frequency` of `total` chunks hold; always positive."""
    return math.log1p((total - frequency + 0.5) / (frequency + 0.5))


def length_norm(length: Numbers, average: float) -> Numbers:
    """Return what a chunk of `length` tokens sets against its counts; see `saturation`.

    `average` is the mean length, where 1 is the least that is taken: chunks may hold nothing.
    """
    # A number of numpy's own would make what comes back twice as wide as `length`.
    return K1 * (1 - B + B * length / max(float(average), 1.0))


def saturation(count: Numbers, norm: Numbers) -> Numbers:
    """Return how strongly a chunk holds a term that occurs `count` times, in [0, 1)."""
    return count / (count + norm)


def term_similarity(share: Numbers) -> Numbers:
    """Return the term similarity of a share, both in [0, 1]; it rises with the share.

    BM25 gives a term that occurs once in a chunk of average length the value 1, of K1 + 1 at most.
    The hyperbola has the same slope at 0 and still ends at 1, so that a threshold means the same
    for short questions, whose words a chunk may all hold, and long ones, where it never does.
    """
    return (K1 + 1) * share / (1 + K1 * share)


def share_of(term: float) -> float:
    """Return the share that has a term similarity: the inverse of `term_similarity`."""
    return term / (K1 + 1 - K1 * term)


def vector_similarity(cosine: NDArray[np.float32], floor: float) -> NDArray[np.float32]:
    """Return the similarities of cosines, in [0, 1]: 0 at the floor of a model and below.

    A difference of two cosines becomes `1 / (1 - floor)` times as large.
    """
    raised = (cosine - np.float32(floor)) / np.float32(1 - floor) if floor else cosine
    similarities: NDArray[np.float32] = np.clip(raised, 0, 1)
    return similarities


def similarity(vector: Numbers, term: Numbers, vector_weight: float) -> Numbers:
    """Return the weighted sum of both similarities."""
    return vector_weight * vector + (1 - vector_weight) * term


def rank_counts(rows: Sequence[Mapping[Term, int]], wanted: Collection[Term]) -> dict[int, float]:
    """Return the score of each of `rows` (counts by term) that holds a wanted term, by its index.

    For a handful of texts that are looked through whole, as in one document: rare terms count
    most, lengths count nothing.
    """
    frequencies = {term: sum(term in row for row in rows) for term in wanted}
    gains = {
        term: inverse_document_frequency(len(rows), frequency)
        for term, frequency in frequencies.items()
    }
    return {
        index: sum(gains[term] * saturation(row[term], K1) for term in wanted if term in row)
        for index, row in enumerate(rows)
        if any(term in row for term in wanted)
    }

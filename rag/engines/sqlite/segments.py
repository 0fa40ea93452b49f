"""Immutable pieces of a dataset's search index, made for scanning with numpy.

A segment covers a range of a dataset's rows (rows are numbered as chunks are written; what a row
holds never changes). It has an inverted index for words and a matrix of int8 for vectors. Which
of its rows are visible is no business of a segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import simsimd
import xxhash
from numpy.typing import NDArray

from rag.engines.indexing import unit_rows
from rag.types import Matrix, Vector

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
Packed = NDArray[np.uint64]

MOST_ROWS = 1 << 16
_LOW_BITS = np.uint64(MOST_ROWS - 1)
_STEPS = 127


@lru_cache(MOST_ROWS)
def term_key(token: str) -> int:
    """Return the 48 bits by which a token is known, in the upper part of 64."""
    return xxhash.xxh3_64_intdigest(token.encode("utf-8", "surrogatepass")) >> 16 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """What is indexed of a chunk: `terms` are keys with counts in the low bits, as bytes.

    `digest` tells its content from others, see `rag.engines.repeats`.
    """

    number: int
    document: int
    length: int
    digest: int
    terms: bytes
    vector: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """Arrays over `rows` (their numbers, rising) and over postings sorted by term and row.

    The postings of `terms[i]` are `posting_rows[starts[i]:starts[i + 1]]`, indices into `rows`,
    with as many `posting_counts`. `matrix` holds unit vectors divided by `scales`, rounded;
    `error` is the length of the longest rounding error.
    """

    rows: NDArray[np.uint32]
    documents: NDArray[np.uint32]
    lengths: NDArray[np.uint32]
    digests: Packed
    terms: Packed
    starts: NDArray[np.uint32]
    posting_rows: NDArray[np.uint16]
    posting_counts: NDArray[np.uint8]
    matrix: NDArray[np.int8]
    scales: Floats
    error: Floats

    def find(self, keys: Packed) -> list[slice]:
        """Return where the postings of each term are; an empty slice for one that is not held."""
        if not len(self.terms):
            return [slice(0, 0)] * len(keys)
        places = np.minimum(np.searchsorted(self.terms, keys), len(self.terms) - 1)
        held = self.terms[places] == keys
        return [
            slice(int(self.starts[place]), int(self.starts[place + 1])) if found else slice(0, 0)
            for place, found in zip(places, held, strict=True)
        ]

    def postings(self, where: slice) -> Indices:
        """Return the indices of the rows of a slice that `find` gave."""
        return self.posting_rows[where].astype(np.intp)

    def scan(self, query: "QuantizedQuery") -> Floats:
        """Return the approximate cosine of each row with the query; see `tolerance`."""
        products = np.asarray(simsimd.cdist(query.vector, self.matrix, "dot", out_dtype="float32"))
        cosines: Floats = products[0] * (self.scales * query.scale)
        return cosines


@dataclass(frozen=True, slots=True)
class QuantizedQuery:
    """A query vector as `scan` takes it: shape (1, dimensions) of int8, with its scale."""

    vector: NDArray[np.int8]
    scale: np.float32
    error: float

    def tolerance(self, segments: Sequence[Segment]) -> float:
        """Return how far off the cosines of these segments can be, by Cauchy and Schwarz.

        Rounding errors do not cancel out: components that count words are all rounded alike.
        """
        worst = max((float(segment.error[0]) for segment in segments), default=0.0)
        return worst + (1 + worst) * self.error


def quantize(vectors: Matrix) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Return unit rows as int8 with the scale of each, and the lengths of the rounding errors."""
    units = unit_rows(vectors)
    peaks = np.abs(units).max(axis=1, initial=0)
    scales = (np.where(peaks > 0, peaks, 1) / _STEPS).astype(np.float32)
    rounded = np.rint(units / scales[:, np.newaxis])
    errors = np.linalg.norm(units - rounded * scales[:, np.newaxis], axis=1)
    return rounded.astype(np.int8), scales, errors.astype(np.float32)


def quantize_query(vector: Vector) -> QuantizedQuery:
    """Return the form of a query vector that `Segment.scan` takes."""
    rounded, scales, errors = quantize(vector[np.newaxis])
    return QuantizedQuery(rounded, scales[0], float(errors[0]))


def pack_terms(counts: Sequence[tuple[str, int]]) -> bytes:
    """Return tokens with their counts as `Row.terms`."""
    packed = [term_key(token) | count for token, count in counts]
    return np.array(packed, np.uint64).tobytes()


def unpack_terms(terms: bytes) -> tuple[Packed, NDArray[np.uint8]]:
    """Return the keys and the counts of `Row.terms`, both in the order in which they are held."""
    packed = np.frombuffer(terms, np.uint64)
    return packed & ~_LOW_BITS, (packed & _LOW_BITS).astype(np.uint8)


def build_segment(rows: Sequence[Row], dimensions: int) -> Segment:
    """Build the segment of at most `MOST_ROWS` rows, given by rising number."""
    keys, counts = unpack_terms(b"".join([row.terms for row in rows]))
    sizes = [len(row.terms) // keys.itemsize for row in rows]
    owners = np.repeat(np.arange(len(rows), dtype=np.uint64), sizes)
    # Sorting by key and row at once needs no stable, slower sort.
    both = keys | owners
    order = np.argsort(both)
    ordered = both[order] & ~_LOW_BITS
    firsts = np.flatnonzero(np.diff(ordered, prepend=np.uint64(1)))
    vectors = np.frombuffer(b"".join([row.vector for row in rows]), np.float32)
    matrix, scales, errors = quantize(vectors.reshape(len(rows), dimensions))
    return Segment(
        rows=np.array([row.number for row in rows], np.uint32),
        documents=np.array([row.document for row in rows], np.uint32),
        lengths=np.array([row.length for row in rows], np.uint32),
        digests=np.array([row.digest for row in rows], np.uint64),
        terms=ordered[firsts],
        starts=np.append(firsts, len(ordered)).astype(np.uint32),
        posting_rows=owners[order].astype(np.uint16),
        posting_counts=counts[order],
        matrix=matrix,
        scales=scales,
        error=np.array([errors.max(initial=0)], np.float32),
    )

"""Immutable pieces of a dataset's search index, made for scanning with numpy.

A segment covers a range of a dataset's rows (rows are numbered as chunks are written; what a row
holds never changes). It has an inverted index for words and a matrix of int8 for vectors. Which
of its rows are visible is no business of a segment.
"""

from collections.abc import Mapping, Sequence
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

_FINER = 254
"""A step of `matrix` is so many of `residuals`: what rounding leaves is half a step at most."""

_GATHERED_SHARE = 1 / 12
"""Above this share of a segment's rows, to go over all of it costs less than to pick them out."""


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
    `residuals` what that leaves, in steps that are `_FINER` times smaller. `errors` are the lengths
    of the longest rounding errors, without these and with them.
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
    residuals: NDArray[np.int8]
    scales: Floats
    errors: Floats

    def find(self, keys: Packed) -> Indices:
        """Return where the postings of each term begin and end, as rows of two numbers.

        Those of a term that is not held begin and end at 0.
        """
        places = np.zeros((len(keys), 2), np.intp)
        if len(self.terms):
            near = np.minimum(np.searchsorted(self.terms, keys), len(self.terms) - 1)
            held = np.flatnonzero(self.terms[near] == keys)
            places[held, 0] = self.starts[near[held]]
            places[held, 1] = self.starts[near[held] + 1]
        return places

    def postings(self, places: Indices) -> tuple[Indices, Floats]:
        """Return the indices of rows, and the counts, in the postings at one or more places."""
        parts = [slice(*place) for place in places.tolist()]
        if not parts:
            return np.zeros(0, np.intp), np.zeros(0, np.float32)
        rows = np.concatenate([self.posting_rows[part] for part in parts])
        counts = np.concatenate([self.posting_counts[part] for part in parts])
        return rows.astype(np.intp), counts.astype(np.float32)

    def scan(self, query: "QuantizedQuery") -> Floats:
        """Return the approximate cosine of each row with the query; see `tolerance`."""
        cosines = _products(query.vector, self.matrix)
        cosines *= self.scales
        cosines *= query.scale
        return cosines

    def rest(self, query: "QuantizedQuery", chosen: Indices) -> Floats:
        """Return what the scanned cosines of some rows lack; see `fine_tolerance`."""
        if len(chosen) > _GATHERED_SHARE * len(self.rows):
            return _rest(query, self.matrix, self.residuals, self.scales).take(chosen)
        matrix, residuals = self.matrix.take(chosen, 0), self.residuals.take(chosen, 0)
        return _rest(query, matrix, residuals, self.scales.take(chosen))


_OF_ROWS = ("rows", "documents", "lengths", "digests", "matrix", "residuals", "scales")


@dataclass(frozen=True, slots=True)
class QuantizedQuery:
    """A query vector as segments hold theirs: shapes (1, dimensions), a scale, two errors."""

    vector: NDArray[np.int8]
    residual: NDArray[np.int8]
    scale: np.float32
    errors: tuple[float, float]

    def tolerance(self, segments: Sequence[Segment]) -> float:
        """Return how far off the cosines of a scan can be, by Cauchy and Schwarz.

        Rounding errors do not cancel out: components that count words are all rounded alike.
        """
        worst, _ = _worst(segments)
        return worst + (1 + worst) * self.errors[0]

    def fine_tolerance(self, segments: Sequence[Segment]) -> float:
        """Return how far off cosines can be that have got what they lack.

        Both residuals are multiplied with the other side's rounded vector, not with each other.
        """
        coarse, fine = _worst(segments)
        return fine + (1 + fine) * self.errors[1] + (coarse + fine) * sum(self.errors)


def _worst(segments: Sequence[Segment]) -> tuple[float, float]:
    """Return the longest errors of some segments."""
    coarse = max((float(segment.errors[0]) for segment in segments), default=0.0)
    return coarse, max((float(segment.errors[1]) for segment in segments), default=0.0)


def _products(query: NDArray[np.int8], matrix: NDArray[np.int8]) -> Floats:
    """Return the products of a query with rows; single precision holds them without loss."""
    # Of 65,536 components on, which nobody has, it would not.
    products: Floats = np.asarray(simsimd.cdist(query, matrix, "dot", out_dtype="float32"))[0]
    return products


def _rest(
    query: QuantizedQuery, matrix: NDArray[np.int8], residuals: NDArray[np.int8], scales: Floats
) -> Floats:
    products = _products(query.residual, matrix) + _products(query.vector, residuals)
    products *= scales
    products *= query.scale / np.float32(_FINER)
    return products


@dataclass(frozen=True, slots=True)
class Quantized:
    """Unit rows as int8: see `Segment`, and the lengths of both rounding errors of each row."""

    rows: NDArray[np.int8]
    residuals: NDArray[np.int8]
    scales: Floats
    errors: Floats


def quantize(vectors: Matrix) -> Quantized:
    """Return vectors as rows of int8."""
    units = unit_rows(vectors)
    peaks = np.abs(units).max(axis=1, initial=0)
    scales = (np.where(peaks > 0, peaks, 1) / _STEPS).astype(np.float32)
    wide = scales[:, np.newaxis]
    rounded = np.rint(units / wide)
    left = units - rounded * wide
    residuals = np.clip(np.rint(left / wide * _FINER), -_STEPS, _STEPS)
    fine = np.linalg.norm(left - residuals * (wide / _FINER), axis=1)
    errors = np.stack([np.linalg.norm(left, axis=1), fine]).astype(np.float32)
    return Quantized(rounded.astype(np.int8), residuals.astype(np.int8), scales, errors)


def quantize_query(vector: Vector) -> QuantizedQuery:
    """Return the form of a query vector that segments take."""
    made = quantize(vector[np.newaxis])
    errors = (float(made.errors[0, 0]), float(made.errors[1, 0]))
    return QuantizedQuery(made.rows, made.residuals, made.scales[0], errors)


def pack_terms(counts: Mapping[str, int]) -> bytes:
    """Return tokens with their counts as `Row.terms`."""
    keys = np.array(list(map(term_key, counts)), np.uint64)
    return (keys | np.array(list(counts.values()), np.uint64)).tobytes()


def unpack_terms(terms: bytes) -> tuple[Packed, NDArray[np.uint8]]:
    """Return the keys and the counts of `Row.terms`, both in the order in which they are held."""
    packed = np.frombuffer(terms, np.uint64)
    return packed & ~_LOW_BITS, (packed & _LOW_BITS).astype(np.uint8)


def _postings(both: Packed, counts: NDArray[np.uint8], order: Indices) -> dict[str, np.ndarray]:
    """Return the arrays of postings of terms with rows in their low bits, given their order."""
    sorted_ = both[order]
    terms = sorted_ & ~_LOW_BITS
    firsts = np.flatnonzero(np.diff(terms, prepend=np.uint64(1)))
    return {
        "terms": terms[firsts],
        "starts": np.append(firsts, len(terms)).astype(np.uint32),
        "posting_rows": (sorted_ & _LOW_BITS).astype(np.uint16),
        "posting_counts": counts[order],
    }


def build_segment(rows: Sequence[Row], dimensions: int) -> Segment:
    """Build the segment of at most `MOST_ROWS` rows, given by rising number."""
    keys, counts = unpack_terms(b"".join([row.terms for row in rows]))
    sizes = [len(row.terms) // keys.itemsize for row in rows]
    # Sorting by key and row at once needs no stable, slower sort.
    both = keys | np.repeat(np.arange(len(rows), dtype=np.uint64), sizes)
    vectors = np.frombuffer(b"".join([row.vector for row in rows]), np.float32)
    made = quantize(vectors.reshape(len(rows), dimensions))
    return Segment(
        rows=np.array([row.number for row in rows], np.uint32),
        documents=np.array([row.document for row in rows], np.uint32),
        lengths=np.array([row.length for row in rows], np.uint32),
        digests=np.array([row.digest for row in rows], np.uint64),
        **_postings(both, counts, np.argsort(both)),
        matrix=made.rows,
        residuals=made.residuals,
        scales=made.scales,
        errors=made.errors.max(axis=1, initial=0),
    )


def merge_segments(pieces: Sequence[Segment]) -> Segment:
    """Return the segment of all rows of some, which follow each other."""
    firsts = np.cumsum([0, *(len(piece.rows) for piece in pieces)]).astype(np.uint64)
    both = np.concatenate(
        [
            np.repeat(piece.terms, np.diff(piece.starts)) | (piece.posting_rows + first)
            for piece, first in zip(pieces, firsts[:-1], strict=True)
        ]
    )
    # Each piece is in order already, which a stable sort makes use of.
    order = np.argsort(both, kind="stable")
    return Segment(
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in _OF_ROWS},
        **_postings(both, np.concatenate([piece.posting_counts for piece in pieces]), order),
        errors=np.max([piece.errors for piece in pieces], axis=0),
    )

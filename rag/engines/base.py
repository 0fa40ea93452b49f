"""What a chunk store offers: full text, vectors and filters over chunks, published atomically.

The index is disposable: everything in it can be rebuilt from the database and the object store.
All methods are safe to call from several threads and processes, and each change is atomic and
durable when the call returns. Document and dataset ids are 32 lower-case hex digits. Methods
raise `rag.errors.ChunkStoreError` when the store cannot carry them out; asking to remove what is
not there is no error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from rag.engines.defaults import THRESHOLD, TOP_K, VECTOR_WEIGHT
from rag.types import Chunk, DocumentFacts, Matrix, Vector


class Comparison(StrEnum):
    """How a metadata value is compared."""

    IS = "is"
    IS_NOT = "not is"
    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"
    IN = "in"
    NOT_IN = "not in"
    STARTS_WITH = "start with"
    ENDS_WITH = "end with"
    GREATER = ">"
    LESS = "<"
    GREATER_EQUAL = "≥"
    LESS_EQUAL = "≤"
    EMPTY = "empty"
    NOT_EMPTY = "not empty"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison with a document's metadata; `value` is a number, a text or a list of them.

    Texts compare without regard to case; a text that reads as a number compares as one with a
    number. A list in the metadata satisfies a comparison when one of its members does, and a
    negated comparison when none satisfies the positive one. A document that lacks the key
    satisfies `EMPTY` and the negated comparisons only.
    """

    name: str
    comparison: Comparison
    value: str | int | float | tuple[str | int | float, ...] = ""


@dataclass(frozen=True, slots=True)
class MetadataCondition:
    """Conditions joined by `and` (all hold) or `or` (one holds); without any, everything passes.

    Some of them may be joined conditions themselves.
    """

    conditions: tuple["Condition | MetadataCondition", ...]
    match_all: bool = True


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A token of the query as `rag.tokenizing` makes them, with its weight in the question."""

    token: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A hybrid query over some datasets.

    similarity = vector_weight * vector_similarity + (1 - vector_weight) * term_similarity, both
    in [0, 1]; that of a vector is `(cosine - floor) / (1 - floor)`, 0 below the floor. Candidates
    are all chunks that hold a term, and the `top_k` nearest by vector. Those with a similarity of
    at least `threshold` survive. `boosts` are added to the similarities of the survivors of some
    datasets, and may lead these beyond 1. `document_ids` of None means all. With `distinct`, of
    survivors with the same content one is a hit, which names the others.
    """

    dataset_ids: tuple[str, ...]
    terms: tuple[QueryTerm, ...] = ()
    vector: Vector | None = None
    floor: float = 0.0
    vector_weight: float = VECTOR_WEIGHT
    threshold: float = THRESHOLD
    top_k: int = TOP_K
    offset: int = 0
    limit: int = 30
    document_ids: tuple[str, ...] | None = None
    condition: MetadataCondition | None = None
    distinct: bool = False
    boosts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another chunk with the very content of a hit, and where that is; see `Hit`."""

    chunk_id: str
    document_id: str
    dataset_id: str
    document_name: str
    document_path: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that survived, with its scores and the name of its document.

    `duplicates`, where a query asks for distinct hits, are the other survivors with the same
    content, by document name and chunk id; of all these the hit is the most similar one (ties by
    chunk id). Chunks without words are no duplicates of each other. `document_path` is where the
    document's file was, below the folder that it came from; `before` and `after` are what stands
    around the chunk in its document. `part` is what was found of a longer passage, whose text is
    then the chunk's content. A chunk store leaves these empty.
    """

    chunk: Chunk
    document_name: str
    similarity: float
    vector_similarity: float
    term_similarity: float
    duplicates: tuple[Duplicate, ...] = ()
    document_path: str = ""
    before: str = ""
    after: str = ""
    part: str = ""

    @property
    def text(self) -> str:
        """Return the content of the chunk between what stands around it."""
        return "\n".join(filter(None, (self.before, self.chunk.content, self.after)))


@dataclass(frozen=True, slots=True)
class DocumentCount:
    """How many of the surviving chunks one document has."""

    document_id: str
    document_name: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of hits by falling similarity (ties by chunk id), and what all survivors add up to.

    `total` counts the hits of all pages; `documents` counts all survivors, most first (ties by
    document id), whether they are hits or duplicates of them. Where `total` is not exact there are
    more hits than that, see `ChunkStore.exact_up_to`; `documents` may count fewer then, too.
    """

    total: int
    hits: tuple[Hit, ...]
    documents: tuple[DocumentCount, ...]
    total_is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Staging:
    """Chunks of a document's generation, with their vectors, one row each."""

    document: DocumentFacts
    generation: int
    chunks: Sequence[Chunk]
    vectors: Matrix


class ChunkStore(Protocol):
    """Chunks of many datasets, found by words, by vector and by metadata.

    A parse stages chunks under a new generation, which nobody sees, and publishes it at once:
    that makes it visible and removes all other generations of the document. Edits (`put`,
    `remove`, `set_available`) touch the visible generation. Only enabled documents and available
    chunks are found by `search`; `match` finds all.
    """

    @property
    def exact_up_to(self) -> int | None:
        """Up to how many hits a total is exact; beyond, it is this number. None: always."""
        ...

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it; its chunks stay."""
        ...

    def stage(
        self, document: DocumentFacts, generation: int, chunks: Sequence[Chunk], vectors: Matrix
    ) -> None:
        """Add invisible chunks with their vectors, one row each; the same id again replaces.

        Raises DimensionMismatchError if the dataset holds vectors of another length.
        """
        ...

    def publish(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Make `generation` the visible one and remove the others, at once.

        Doing it again is harmless.
        """
        ...

    def stage_together(self, stagings: Sequence[Staging]) -> None:
        """Stage chunks of documents of one dataset, as `stage` does, in one change."""
        ...

    def publish_together(self, dataset_id: str, generations: Mapping[str, int]) -> None:
        """Publish a generation of each of several documents, by id, in one change."""
        ...

    def adopt(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one, at once; the same ids replace.

        Doing it again is harmless.
        """
        ...

    def discard(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Remove a staged generation; the visible one is left alone."""
        ...

    def put(self, document: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Add visible chunks, or replace those with the same ids.

        Raises DimensionMismatchError if the dataset holds vectors of another length.
        """
        ...

    def remove(self, dataset_id: str, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks of a document."""
        ...

    def set_available(
        self, dataset_id: str, document_id: str, chunk_ids: Sequence[str], *, available: bool
    ) -> None:
        """Make these chunks available to `search`, or unavailable."""
        ...

    def drop_document(self, dataset_id: str, document_id: str) -> None:
        """Delete a document and all its chunks, in every generation."""
        ...

    def drop_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents; it takes no longer than a small change."""
        ...

    def search(self, query: SearchQuery) -> SearchResult:
        """Return the page of survivors that is asked for, ranked exactly over all candidates."""
        ...

    def term_shares(
        self, dataset_ids: Sequence[str], terms: Sequence[QueryTerm]
    ) -> Mapping[str, float]:
        """Return what those terms that occur in datasets weigh in a search, together 1.

        That is the most that each adds to a chunk's share of the question: see `scoring`.
        """
        ...

    def match(
        self, dataset_id: str, document_id: str, tokens: Sequence[str], offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many visible chunks hold one of the tokens, and a page of their ids.

        Content and document name are searched; ranked by how well they match, available or not.
        """
        ...

    def vectors(self, dataset_id: str, document_id: str) -> dict[str, Vector]:
        """Return the vectors of a document's visible chunks by chunk id."""
        ...

    def count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        ...

    def give_back(self) -> int:
        """Free some of the room of removed chunks; return how many bytes.

        It takes no longer than a small change; 0 means that nothing is left to do.
        """
        ...

    def renew(self) -> int:
        """Index the chunks of one document again that an older program has indexed in its way.

        Or make one of the files that searches need, if one is missing. Returns how many there were;
        0 means that none is left. Until then searches find chunks by what they were indexed as.
        """
        ...

    def ping(self) -> None:
        """Raise ChunkStoreError if the store cannot answer."""
        ...

    def close(self) -> None:
        """Release what the store holds open."""
        ...

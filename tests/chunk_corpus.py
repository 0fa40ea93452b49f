"""Chunks to fill chunk stores with, and questions to ask them."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.engines.base import ChunkStore, QueryTerm, SearchQuery, SearchResult
from rag.llm.hashing import HashingEmbedder
from rag.tokenizing.query import query_terms
from rag.types import Chunk, DocumentFacts, Matrix, Vector

DATASET = "a" * 32
OTHER = "b" * 32
ABSENT = "0" * 32
"""An id that nothing has."""
EMBEDDER = HashingEmbedder(64)

_numbers = itertools.count(1)


def make_document(name: str = "", dataset: str = DATASET, **facts: Any) -> DocumentFacts:
    """Return a document with an id of its own."""
    return DocumentFacts(f"{next(_numbers):032x}", dataset, name, **facts)


def make_chunks(document: DocumentFacts, contents: Sequence[str], **fields: Any) -> list[Chunk]:
    """Return chunks with rising ids of their own."""
    return [
        Chunk(f"{next(_numbers):016x}", document.id, document.dataset_id, content, i, **fields)
        for i, content in enumerate(contents)
    ]


def stage(
    store: ChunkStore, document: DocumentFacts, *contents: str, generation: int = 1
) -> list[Chunk]:
    """Stage chunks of these contents under a generation."""
    chunks = make_chunks(document, contents)
    store.stage(document, generation, chunks, EMBEDDER.embed_documents(contents))
    return chunks


def write(
    store: ChunkStore, document: DocumentFacts, *contents: str, generation: int = 1
) -> list[Chunk]:
    """Stage chunks of these contents and publish them."""
    chunks = stage(store, document, *contents, generation=generation)
    store.publish(document.dataset_id, document.id, generation)
    return chunks


def write_vectors(store: ChunkStore, document: DocumentFacts, vectors: Matrix) -> list[Chunk]:
    """Write chunks without words that have these vectors."""
    chunks = make_chunks(document, [""] * len(vectors))
    store.stage(document, 1, chunks, vectors)
    store.publish(document.dataset_id, document.id, 1)
    return chunks


def vector(*components: float) -> Vector:
    """Return a vector."""
    return np.array(components, np.float32)


def terms(question: str) -> tuple[QueryTerm, ...]:
    """Return the terms of a question."""
    return tuple(itertools.starmap(QueryTerm, query_terms(question)))


def ask(
    store: ChunkStore, question: str, *datasets: str, vectors: bool = True, **fields: Any
) -> SearchResult:
    """Search for a question, by words and, if `vectors` says so, by vector too."""
    fields = {"vector": EMBEDDER.embed_query(question) if vectors else None, **fields}
    return store.search(SearchQuery(datasets or (DATASET,), terms(question), **fields))


def contents(result: SearchResult) -> list[str]:
    """Return the texts that were found, best first."""
    return [hit.chunk.content for hit in result.hits]


def ids(result: SearchResult) -> list[str]:
    """Return the ids of the chunks that were found, best first."""
    return [hit.chunk.id for hit in result.hits]


def matched(store: ChunkStore, document: DocumentFacts, words: str) -> list[str]:
    """Return the ids of the chunks of a document that hold one of the words."""
    tokens = [term.token for term in terms(words)]
    total, found = store.match(document.dataset_id, document.id, tokens, 0, 100)
    assert total == len(found)
    return found

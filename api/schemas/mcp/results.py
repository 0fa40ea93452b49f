"""What the tools of MCP return, and how records become that."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NotRequired

from typing_extensions import TypedDict

from api.services.chats.records import AnswerRecord, Passage
from api.services.library.records import ChunkPage, DatasetRecord, DocumentRecord
from rag.engines.base import Hit, SearchResult

SCHEME = "raglan://documents/"
"""What the addresses of documents as resources begin with."""


class HitResult(TypedDict):
    """A passage, and what to cite it by."""

    citation: str
    content: str
    document_id: str
    document_name: str
    dataset_id: str
    uri: str
    page: NotRequired[int]
    headings: NotRequired[list[str]]
    similarity: float


class SearchOutput(TypedDict):
    """The passages that fit, best first; `total` counts those that are not shown, too."""

    total: int
    hits: list[HitResult]


class DatasetResult(TypedDict):
    """A dataset."""

    id: str
    name: str
    description: str
    document_count: int
    chunk_count: int
    updated: str


class DatasetsOutput(TypedDict):
    """A page of the datasets; `total` counts those of all pages."""

    total: int
    page: int
    datasets: list[DatasetResult]


class DocumentResult(TypedDict):
    """A document; only one whose state is DONE can be searched."""

    id: str
    name: str
    dataset_id: str
    uri: str
    size: int
    chunk_count: int
    state: str
    updated: str


class DocumentsOutput(TypedDict):
    """A page of the documents of a dataset; `total` counts those of all pages."""

    total: int
    page: int
    documents: list[DocumentResult]


class DocumentOutput(TypedDict):
    """A part of the text of a document."""

    document_id: str
    name: str
    dataset_id: str
    part: int
    parts: int
    text: str


class CitationResult(TypedDict):
    """A passage that an answer cites by its marker."""

    marker: str
    content: str
    document_id: str
    document_name: str
    dataset_id: str
    uri: str


class AnswerOutput(TypedDict):
    """An answer; markers such as `[ID:0]` in it stand for the citations."""

    answer: str
    citations: list[CitationResult]


def zoned(milliseconds: int) -> str:
    """Return a time in ms since the epoch in ISO 8601, in UTC."""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def uri_of(document_id: str) -> str:
    """Return the address of a document as a resource."""
    return f"{SCHEME}{document_id}"


def present_search(found: SearchResult) -> SearchOutput:
    """Return the passages that a search found."""
    hits = [present_hit(number, hit) for number, hit in enumerate(found.hits, 1)]
    return {"total": found.total, "hits": hits}


def present_hit(number: int, hit: Hit) -> HitResult:
    """Return a passage; one of a file with pages says on which it is."""
    chunk, name = hit.chunk, hit.document_path or hit.document_name
    page = chunk.positions[0].page if chunk.positions else None
    shown: HitResult = {
        "citation": f"[{number}] {name}" + (f", page {page}" if page else ""),
        "content": chunk.content,
        "document_id": chunk.document_id,
        "document_name": hit.document_name,
        "dataset_id": chunk.dataset_id,
        "uri": uri_of(chunk.document_id),
        "similarity": hit.similarity,
    }
    if page:
        shown["page"] = page
    if chunk.headings:
        shown["headings"] = [*chunk.headings]
    return shown


def present_datasets(found: Sequence[DatasetRecord], total: int, page: int) -> DatasetsOutput:
    """Return a page of datasets."""
    return {
        "total": total,
        "page": page,
        "datasets": [
            {
                "id": dataset.id,
                "name": dataset.name,
                "description": dataset.description,
                "document_count": dataset.document_count,
                "chunk_count": dataset.chunk_count,
                "updated": zoned(dataset.update_time),
            }
            for dataset in found
        ],
    }


def present_documents(found: Sequence[DocumentRecord], total: int, page: int) -> DocumentsOutput:
    """Return a page of documents."""
    return {
        "total": total,
        "page": page,
        "documents": [
            {
                "id": document.id,
                "name": document.name,
                "dataset_id": document.dataset_id,
                "uri": uri_of(document.id),
                "size": document.size,
                "chunk_count": document.chunk_count,
                "state": document.run,
                "updated": zoned(document.update_time),
            }
            for document in found
        ],
    }


def present_text(page: ChunkPage, part: int, chunks_a_part: int) -> DocumentOutput:
    """Return a part of a document: the text of some of its chunks in order."""
    return {
        "document_id": page.document.id,
        "name": page.document.name,
        "dataset_id": page.document.dataset_id,
        "part": part,
        "parts": -(-page.total // chunks_a_part),
        "text": "\n\n".join(chunk.content for chunk in page.chunks),
    }


def present_answer(answer: AnswerRecord) -> AnswerOutput:
    """Return an answer with the passages that it cites."""
    passages = answer.sources.passages if answer.sources else ()
    citations = [present_citation(place, passage) for place, passage in enumerate(passages)]
    cited = [citation for citation in citations if citation["marker"] in answer.text]
    return {"answer": answer.text, "citations": cited}


def present_citation(place: int, passage: Passage) -> CitationResult:
    """Return a passage with the marker that stands for it."""
    return {
        "marker": f"[ID:{place}]",
        "content": passage.content,
        "document_id": passage.document_id,
        "document_name": passage.document_path or passage.document_name,
        "dataset_id": passage.dataset_id,
        "uri": uri_of(passage.document_id),
    }

"""Searching a tenant's datasets for the passages that fit a question."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from peewee import Database

from api.config.settings import RetrievalSettings
from api.db.connection import connected
from api.db.models.document import Document
from api.db.rows import tuple_rows
from api.db.sql import rows
from api.errors import DiskFullError, NotFoundError, RuleError, UnavailableError
from api.execution import Execution
from api.schemas.deletion import distinct
from api.schemas.sdk.retrieval import RetrievalRequest, add_to_chunks, found_object
from rag.engines.base import Hit, SearchResult
from rag.errors import ChunkStoreError, ChunkStoreFullError, ModelError
from rag.llm.base import Embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever

NOTHING = SearchResult(0, (), ())

# Written out, as building it takes longer than running it and each search needs it.
MODELS_SQL = "SELECT id, embedding_model FROM dataset WHERE tenant_id = ? AND id IN ({})"


class Embedders(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...


@dataclass(frozen=True, slots=True)
class Search:
    """A question to datasets."""

    question: str
    dataset_ids: tuple[str, ...]
    options: RetrievalOptions


class RetrievalService:
    """Finds passages; holds no database connection while it embeds and searches."""

    def __init__(
        self,
        database: Database,
        models: Embedders,
        retriever: Retriever,
        settings: Callable[[], RetrievalSettings],
        execution: Execution,
    ) -> None:
        """Remember the parts; `settings` returns those that are in force now."""
        self.execution = execution
        self.database = database
        self.models = models
        self.retriever = retriever
        self.settings = settings

    def retrieve(self, tenant_id: str, body: RetrievalRequest) -> dict[str, Any]:
        """Return a page of the passages that fit, as clients see them."""
        asked = {**self.settings().model_dump(), **body.model_dump(include=body.model_fields_set)}
        options = RetrievalOptions(
            vector_weight=asked["vector_similarity_weight"],
            threshold=asked["similarity_threshold"],
            top_k=asked["top_k"],
            offset=body.offset,
            limit=body.page_size,
            document_ids=tuple(distinct(body.document_ids)[0]) or None,
            condition=None if body.document_ids else body.metadata_condition,
        )
        search = Search(body.question, tuple(distinct(body.dataset_ids)[0]), options)
        found = self.search(tenant_id, search)
        shown = found_object(found)
        if body.highlight or body.content_ltks:
            self.execution.offload(add_to_chunks, shown["chunks"], body)
        return shown

    def search(self, tenant_id: str, search: Search, *, missing_ok: bool = False) -> SearchResult:
        """Return the passages that fit; a blank question fits nothing.

        With `missing_ok`, datasets that are gone are left out; otherwise they, and documents that
        are not theirs, raise NotFoundError.
        """
        models = self.models_of(tenant_id, search, missing_ok=missing_ok)
        if not models or not search.question.strip():
            return NOTHING
        if len(set(models.values())) > 1:
            raise RuleError("Datasets use different embedding models.")
        embedder = self.models.embedder(tenant_id, next(iter(models.values())))
        try:
            found = self.retriever.retrieve(
                search.question, tuple(models), embedder, search.options
            )
        except ChunkStoreFullError as error:
            raise DiskFullError(str(error)) from error
        except (ModelError, ChunkStoreError) as error:
            raise UnavailableError(str(error)) from error
        return self.with_paths(found) if found.hits else found

    @connected
    def with_paths(self, found: SearchResult) -> SearchResult:
        """Add to hits where their documents' files were."""
        paths = paths_of(
            {hit.chunk.document_id for hit in found.hits}
            | {other.document_id for hit in found.hits for other in hit.duplicates}
        )
        return replace(found, hits=tuple(placed(hit, paths) for hit in found.hits))

    @connected
    def models_of(self, tenant_id: str, search: Search, *, missing_ok: bool) -> dict[str, str]:
        """Return the embedding models of the datasets by id, after checking whose they are."""
        marks = ", ".join("?" for _ in search.dataset_ids)
        found = rows(self.database, MODELS_SQL.format(marks), tenant_id, *search.dataset_ids)
        models: dict[str, str] = dict(found)
        for dataset_id in search.dataset_ids:
            if dataset_id not in models and not missing_ok:
                raise NotFoundError(f"You don't own the dataset {dataset_id}.")
        if search.options.document_ids:
            check_documents(tuple(models), search.options.document_ids)
        return models


def placed(hit: Hit, paths: Mapping[str, str]) -> Hit:
    """Return a hit that tells where the files of its documents were, where that is known."""
    return replace(
        hit,
        document_path=paths.get(hit.chunk.document_id, ""),
        duplicates=tuple(
            replace(other, document_path=paths.get(other.document_id, ""))
            for other in hit.duplicates
        ),
    )


def paths_of(document_ids: Collection[str]) -> dict[str, str]:
    """Return where files of documents were below their folders, by id, as their metadata say."""
    chosen = Document.select(Document.id, Document.meta_fields).where(
        Document.id.in_(list(document_ids))
    )
    return {
        document_id: fields["path"]
        for document_id, fields in tuple_rows(chosen)
        if isinstance(fields.get("path"), str)
    }


def check_documents(dataset_ids: Sequence[str], document_ids: Sequence[str]) -> None:
    """Refuse documents that are in none of the datasets."""
    inside = Document.dataset_id.in_(dataset_ids) & Document.id.in_(document_ids)
    found = {row[0] for row in tuple_rows(Document.select(Document.id).where(inside))}
    for document_id in document_ids:
        if document_id not in found:
            raise NotFoundError(f"The datasets don't own the document {document_id}")

"""Searching datasets for the passages that fit a question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from api.config.settings import RetrievalSettings
from api.db.connection import Database, connected
from api.db.models.states import RunState
from api.errors import (
    ConflictError,
    DiskFullError,
    ModelChoiceError,
    NotFoundError,
    UnavailableError,
    UnusableRerankerError,
)
from api.execution import Execution
from api.services.accounts import access
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.values import MOST_PAGERANK
from api.services.search.comparing import EmbeddingPlaces, check_comparable
from api.services.search.context import in_context
from api.services.search.explaining import BELOW, explained
from api.services.search.parents import with_parents
from api.services.search.queries import documents_within, find_datasets, places_of, states_of
from api.services.search.records import Explanation, Found, Place, Refined, SearchableDataset
from api.services.search.steps import QuestionSteps, StepModels, without_steps
from api.services.search.values import Search
from api.things import Kind
from rag.engines.base import Hit, SearchResult
from rag.errors import ChunkStoreError, ChunkStoreFullError, ModelError
from rag.llm.base import PLAIN, Card, Embedder, Reranker
from rag.retrieval.retriever import RetrievalOptions, Retriever, highlight_question
from rag.tokenizing.tokens import tokenize

T = TypeVar("T")

NOTHING = SearchResult(0, (), ())


class Rankers(EmbeddingPlaces, StepModels, Protocol):
    """Where the models come from that find and rank passages, and refine questions."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def reranker(self, tenant_id: str, model: str) -> Reranker:
        """Return a rerank model by name; raises ArgumentError if the tenant cannot use it."""
        ...


class RetrievalService:
    """Finds passages; holds no database connection while it embeds and searches."""

    def __init__(
        self,
        database: Database,
        models: Rankers,
        retriever: Retriever,
        settings: Callable[[], RetrievalSettings],
        execution: Execution,
        steps: QuestionSteps,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.steps = steps
        self.execution = execution
        self.database = database
        self.models = models
        self.retriever = retriever
        self.settings = settings

    def retrieve(
        self, asker: Principal, search: Search, *, highlight: bool = False, tokens: bool = False
    ) -> Found:
        """Return a page of the passages that fit, with what else is asked for of each."""
        refined = self.refined(asker, search, missing_ok=False)
        if refined:
            search = without_steps(search, refined)
        result = self.search(asker, search)
        found = Found(result, refined=refined, has_context=search.context > 0)
        if highlight or tokens:
            wanted = partial(described, highlight=highlight, tokens=tokens)
            found = self.execution.offload(wanted, found, search.question)
        if not search.explained:
            return found
        return replace(found, explanation=self.explanation(asker, search, result))

    def explanation(self, asker: Principal, search: Search, result: SearchResult) -> Explanation:
        """Return why a search found what it did, and the first passages under its threshold."""
        datasets = self.datasets_of(asker, search, missing_ok=False)
        card = self.embedder_of(datasets).card if datasets else PLAIN
        options = self.options_of(search, card)
        # Without ranks the survivors come first, and then what is under the threshold.
        # The page is no smaller, as a rerank model ranks a whole page at least.
        limit = max(search.limit, BELOW)
        behind = replace(search, threshold=0.0, offset=result.total, limit=limit, unranked=True)
        is_counted = options.threshold > 0 and result.total_is_exact
        below = self.search(asker, behind).hits[:BELOW] if is_counted else ()
        shares = self.retriever.term_shares(search.question, search.dataset_ids)
        return self.execution.offload(explained, options, shares, result.hits, below)

    def refined(self, asker: Principal, search: Search, *, missing_ok: bool) -> Refined | None:
        """Return what a model makes of a question, if it is to; nobody pays for a search in vain.

        With `missing_ok` the question stays as it is where there is no model; otherwise that
        raises NoChatModelError.
        """
        if not search.steps.is_any or not search.question.strip():
            return None
        if not self.datasets_of(asker, search, missing_ok=missing_ok):
            return None
        return self.steps.refined(asker.tenant_id, search, lenient=missing_ok)

    def search(self, asker: Principal, search: Search, *, missing_ok: bool = False) -> SearchResult:
        """Return the passages that fit; a blank question fits nothing.

        With `missing_ok`, datasets that are gone or closed to the asker are left out; otherwise
        they, and documents that are not theirs, raise NotFoundError.
        """
        if refined := self.refined(asker, search, missing_ok=missing_ok):
            search = without_steps(search, refined)
        reranker = self.reranker_of(asker, search)
        datasets = self.datasets_of(asker, search, missing_ok=missing_ok)
        if not datasets or not search.question.strip():
            return NOTHING
        found = self.ranked(datasets, search, reranker)
        return self.with_places(found, search.context) if found.hits else found

    def reranker_of(self, asker: Principal, search: Search) -> Reranker | None:
        """Return the rerank model that a search names.

        Raises UnusableRerankerError, and ArgumentError where it is not installed.
        """
        if not search.reranker:
            return None
        try:
            return self.models.reranker(asker.tenant_id, search.reranker)
        except ModelChoiceError as error:
            raise UnusableRerankerError(search.reranker) from error

    def ranked(
        self, datasets: Sequence[SearchableDataset], search: Search, reranker: Reranker | None
    ) -> SearchResult:
        """Return the passages of datasets that fit, by the model of those whose they are."""
        embedder = self.embedder_of(datasets)
        ids = tuple(dataset.id for dataset in datasets)
        ranked = () if search.unranked else datasets
        boosts = {dataset.id: dataset.pagerank / MOST_PAGERANK for dataset in ranked}
        options = replace(
            self.options_of(search, embedder.card),
            boosts=boosts,
            name_weights={dataset.id: dataset.name_weight for dataset in datasets},
        )
        try:
            return self.retriever.retrieve(
                search.question, ids, embedder, options, reranker, self.placed_hits
            )
        except ChunkStoreFullError as error:
            raise DiskFullError(str(error)) from error
        except (ModelError, ChunkStoreError) as error:
            raise UnavailableError(str(error)) from error

    def embedder_of(self, datasets: Sequence[SearchableDataset]) -> Embedder:
        """Return the model of some datasets; raises MixedModelsError if they have several."""
        check_comparable(self.models, datasets)
        return self.models.embedder(datasets[0].tenant_id, datasets[0].embedding_model)

    def options_of(self, search: Search, card: Card) -> RetrievalOptions:
        """Return how to search; what the search leaves open is as the model or settings say."""
        settings = self.settings()
        usual = card.weight(settings.vector_similarity_weight)
        return RetrievalOptions(
            vector_weight=given(search.vector_weight, usual),
            threshold=given(search.threshold, settings.similarity_threshold),
            top_k=given(search.top_k, settings.top_k),
            offset=search.offset,
            limit=search.limit,
            document_ids=search.document_ids or None,
            condition=search.condition,
            candidates=settings.rerank_candidates,
            candidate_weight=usual,
        )

    @connected
    def placed_hits(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Return hits that tell where their documents' files were."""
        return placed_each(hits, places_of(self.database, documents_of(hits)))

    @connected
    def with_places(self, found: SearchResult, context: int) -> SearchResult:
        """Add to hits where their documents' files were, and so many chunks around each."""
        places = places_of(self.database, documents_of(found.hits))
        if not (places or context):
            return found
        hits = placed_each(found.hits, places)
        hits = tuple(with_parents(self.database, hits, places))
        if context:
            hits = tuple(
                hit if hit.part else in_context(self.database, hit, context) for hit in hits
            )
        return replace(found, hits=hits)

    @connected
    def datasets_of(
        self, asker: Principal, search: Search, *, missing_ok: bool
    ) -> list[SearchableDataset]:
        """Return the datasets to search, after checking what the asker may do."""
        found = find_datasets(self.database, search.dataset_ids)
        if missing_ok:
            there = [found[dataset_id] for dataset_id in search.dataset_ids if dataset_id in found]
            datasets = access.readable(self.database, asker, Kind.DATASET, there)
        else:
            datasets = [
                access.check(self.database, asker, found.get(key), Right.READ, Kind.DATASET, key)
                for key in search.dataset_ids
            ]
        self.check_documents(datasets, search.document_ids)
        return datasets

    @connected
    def check_parsed(self, document_ids: Sequence[str]) -> None:
        """Raise ConflictError for a document that has nothing to be found yet.

        Whoever asks has been let at the documents.
        """
        for name, state in states_of(self.database, document_ids):
            if state in UNPARSED:
                raise ConflictError(UNPARSED[RunState(state)].format(name=name))

    def check_documents(
        self, datasets: Sequence[SearchableDataset], document_ids: Sequence[str]
    ) -> None:
        """Refuse documents that are in none of the datasets."""
        ids = [dataset.id for dataset in datasets]
        inside = documents_within(self.database, ids, document_ids)
        for document_id in document_ids:
            if document_id not in inside:
                raise NotFoundError(Kind.DOCUMENT, document_id)


UNPARSED = {
    RunState.RUNNING: "{name} is still being parsed: ask again in a moment.",
    RunState.FAIL: "{name} could not be parsed: its log has the reason.",
}
"""What is said of a document without chunks, by the state of its parsing."""


def given(value: T | None, default: T) -> T:
    """Return a value, or the default where it is None."""
    return default if value is None else value


def described(found: Found, question: str, *, highlight: bool, tokens: bool) -> Found:
    """Add to what was found what takes a while to make."""
    texts = [hit.chunk.content for hit in found.result.hits]
    return replace(
        found,
        highlights=tuple(highlight_question(text, question) for text in texts)
        if highlight
        else None,
        tokens=tuple(" ".join(tokenize(text)) for text in texts) if tokens else None,
    )


def documents_of(hits: Sequence[Hit]) -> set[str]:
    """Return the ids of all documents with the passages of hits."""
    others = {other.document_id for hit in hits for other in hit.duplicates}
    return others | {hit.chunk.document_id for hit in hits}


def placed_each(hits: Sequence[Hit], places: Mapping[str, Place]) -> tuple[Hit, ...]:
    """Return hits that tell where the files of their documents were, where that is known."""
    return tuple(placed(hit, places) for hit in hits)


def placed(hit: Hit, places: Mapping[str, Place]) -> Hit:
    """Return a hit that tells where the files of its documents were, where that is known."""
    return replace(
        hit,
        document_path=places.get(hit.chunk.document_id, Place()).path,
        duplicates=tuple(
            replace(other, document_path=places.get(other.document_id, Place()).path)
            for other in hit.duplicates
        ),
    )

"""Questions to datasets without an assistant, as search pages ask them."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from api.errors import BlankQuestionError, NoDatasetsError
from api.services.accounts.records import Principal
from api.services.chats.chats import ChatService
from api.services.chats.exchanges import ExchangeService
from api.services.chats.filters import both, condition_of
from api.services.chats.records import (
    AssistantRecord,
    Outline,
    Prompting,
    Reply,
    SearchSettings,
)
from api.services.chats.search_apps import SearchAppService
from api.services.chats.suggestions import SuggestionService
from api.services.chats.values import Asked, Inquiry
from api.services.search.records import Found
from api.services.search.retrieval import RetrievalService
from api.services.search.values import Search

PASSAGES = 12
"""How many passages an answer, or an outline, may draw on."""


class AskingService:
    """Searches datasets as a search app says, answers from them, and says what goes with that."""

    def __init__(
        self,
        chats: ChatService,
        apps: SearchAppService,
        exchanges: ExchangeService,
        retrieval: RetrievalService,
        suggestions: SuggestionService,
    ) -> None:
        """Initialize with the parts."""
        self.chats = chats
        self.apps = apps
        self.exchanges = exchanges
        self.retrieval = retrieval
        self.suggestions = suggestions

    def ask(self, asker: Principal, asked: Asked) -> Reply:
        """Return the answer to a question, of which nothing is stored."""
        settings = self.settings(asker, asked.app_id)
        if not asked.text.strip():
            raise BlankQuestionError
        assistant = self.assistant(asker, settings, self.datasets(asker, settings, asked))
        condition = condition_of(settings.meta_filter)
        inquiry = Inquiry(asked.text, condition=condition, document_ids=asked.document_ids)
        return Reply("", str(uuid.uuid4()), self.exchanges.begin(asker, assistant, inquiry))

    def retrieve(
        self, asker: Principal, search: Search, app_id: str = "", *, highlight: bool = False
    ) -> Found:
        """Return a page of the passages that fit; what the search leaves open, the app says."""
        if not app_id:
            return self.retrieval.retrieve(asker, search, highlight=highlight)
        settings = self.settings(asker, app_id)
        whole = replace(
            search,
            threshold=settings.threshold if search.threshold is None else search.threshold,
            vector_weight=(
                settings.vector_weight if search.vector_weight is None else search.vector_weight
            ),
            top_k=search.top_k or settings.top_k,
            reranker=search.reranker or settings.reranker,
            condition=both(search.condition, condition_of(settings.meta_filter)),
            steps=search.steps if search.steps.is_any else settings.steps,
        )
        return self.retrieval.retrieve(asker, whole, highlight=highlight)

    def related(self, asker: Principal, asked: Asked, subject: str = "") -> list[str]:
        """Return questions that go with a question."""
        model = self.settings(asker, asked.app_id).generation.model_name
        return self.suggestions.related_questions(asker, asked.text, model, subject)

    def outline(self, asker: Principal, asked: Asked) -> Outline:
        """Return an outline of the passages that fit a question."""
        if not asked.text.strip():
            raise BlankQuestionError
        settings = self.settings(asker, asked.app_id)
        search = Search(
            asked.text,
            self.datasets(asker, settings, asked),
            limit=PASSAGES,
            document_ids=asked.document_ids,
            threshold=settings.threshold,
            vector_weight=settings.vector_weight,
            top_k=settings.top_k,
            reranker=settings.reranker,
            condition=condition_of(settings.meta_filter),
            steps=settings.steps,
        )
        texts = [hit.chunk.content for hit in self.retrieval.search(asker, search).hits]
        model = settings.generation.model_name
        return self.suggestions.outline(asker, asked.text, texts, model)

    def settings(self, asker: Principal, app_id: str) -> SearchSettings:
        """Return how a search app searches; without one, as is usual."""
        return self.apps.get(asker, app_id).settings if app_id else SearchSettings()

    def datasets(self, asker: Principal, settings: SearchSettings, asked: Asked) -> tuple[str, ...]:
        """Return the datasets that a question goes to; those that are gone are left out."""
        return self.readable(asker, asked.dataset_ids or settings.dataset_ids)

    def readable(self, asker: Principal, dataset_ids: Sequence[str]) -> tuple[str, ...]:
        """Return those of some datasets that the asker may read; refuses none at all."""
        found = self.chats.readable(asker, dataset_ids)
        if not found:
            raise NoDatasetsError
        return found

    def assistant(
        self, asker: Principal, settings: SearchSettings, dataset_ids: tuple[str, ...]
    ) -> AssistantRecord:
        """Return what answers as a search app does."""
        return AssistantRecord(
            id="",
            tenant_id=asker.tenant_id,
            dataset_ids=dataset_ids,
            generation=settings.generation,
            prompting=Prompting(
                self.chats.prompting.text,
                "",
                options={
                    "keyword": settings.steps.keyword,
                    "cross_languages": settings.steps.languages,
                },
            ),
            threshold=settings.threshold,
            vector_weight=settings.vector_weight,
            top_n=PASSAGES,
            top_k=settings.top_k,
            reranker=settings.reranker,
        )

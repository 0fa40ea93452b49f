"""Putting together what finds passages."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.config.settings import RetrievalSettings
from api.db.connection import Database
from api.execution import Execution
from api.observability.recorder import Recorder
from api.services.models.metering import search_meter
from api.services.search.evaluation import EvaluationService
from api.services.search.retrieval import Rankers, RetrievalService
from api.services.search.sources import SourceService
from api.services.search.steps import QuestionSteps, read_step_prompts
from rag.engines.base import ChunkStore
from rag.retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True)
class SearchServices:
    """What finds the passages of datasets that fit a question, and the files that they are from."""

    retrieval: RetrievalService
    sources: SourceService
    evaluations: EvaluationService


def build_search(
    database: Database,
    live: LiveSettings,
    chunk_store: ChunkStore,
    models: Rankers,
    execution: Execution,
    recorder: Recorder,
) -> SearchServices:
    """Compose the services of search."""
    retriever = Retriever(chunk_store, execution.offload, search_meter(recorder))

    def settings() -> RetrievalSettings:
        return live.current.retrieval

    steps = QuestionSteps(models, read_step_prompts(), settings, execution)
    retrieval = RetrievalService(database, models, retriever, settings, execution, steps)
    evaluations = EvaluationService(database, retrieval)
    return SearchServices(retrieval, SourceService(database, retrieval), evaluations)

"""Measuring how well questions find what they should, with one or two settings side by side."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.opening import opened_dataset
from api.services.search import evaluation_queries as queries
from api.services.search.evaluation_records import (
    Asked,
    EvaluatedRecord,
    EvaluationRecord,
    Side,
    WholeEvaluation,
)
from api.services.search.retrieval import RetrievalService
from api.services.search.values import Search
from api.things import Kind
from rag.retrieval.measures import Measured, measured

MOST_RUNS = 100
MOST_QUESTIONS = 5_000
"""Of a run."""


class EvaluationService:
    """Runs over datasets: whoever may read one sees them, whoever may change it makes some.

    All raise NotFoundError.
    """

    def __init__(self, database: Database, retrieval: RetrievalService) -> None:
        """Initialize with what finds passages."""
        self.database = database
        self.retrieval = retrieval

    def ask(
        self, asker: Principal, dataset_id: str, evaluation_id: str, asked: Sequence[Asked]
    ) -> EvaluationRecord:
        """Ask some questions; return the run with what was measured so far.

        No connection is held meanwhile. Raises RuleError for more than MOST_QUESTIONS, and what
        searching raises.
        """
        run = self.opened(asker, dataset_id, evaluation_id, len(asked))
        found = [
            EvaluatedRecord(
                one.question,
                [self.measure(asker, dataset_id, one, side, run.k) for side in run.sides],
            )
            for one in asked
        ]
        return self.keep(dataset_id, evaluation_id, found)

    def measure(
        self, asker: Principal, dataset_id: str, asked: Asked, side: Side, k: int
    ) -> Measured:
        """Measure what a question finds with some settings."""
        search = search_of(asked.question, dataset_id, side, k)
        return measured(self.retrieval.search(asker, search).hits, asked.wanted)

    @connected
    def list_all(self, asker: Principal, dataset_id: str) -> list[EvaluationRecord]:
        """Return the runs of a dataset, the newest first."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        return queries.list_runs(self.database, dataset_id)

    @connected
    def find(self, asker: Principal, dataset_id: str, evaluation_id: str) -> WholeEvaluation:
        """Return a run with its questions."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        run = self.one(dataset_id, evaluation_id)
        return WholeEvaluation(run, queries.questions_of(self.database, evaluation_id))

    @connected
    def delete(self, asker: Principal, dataset_id: str, evaluation_id: str) -> None:
        """Delete a run."""
        opened_dataset(self.database, asker, dataset_id)
        with self.database.atomic():
            if not queries.remove(dataset_id, evaluation_id):
                raise NotFoundError(Kind.EVALUATION, evaluation_id)

    def one(self, dataset_id: str, evaluation_id: str) -> EvaluationRecord:
        """Within a connection: return a run of a dataset."""
        found = queries.one(self.database, dataset_id, evaluation_id)
        if found is None:
            raise NotFoundError(Kind.EVALUATION, evaluation_id)
        return found

    @connected
    def begin(
        self, asker: Principal, dataset_id: str, name: str, k: int, sides: Sequence[Side]
    ) -> EvaluationRecord:
        """Begin a run without questions.

        Raises RuleError where a dataset has MOST_RUNS, and UnusableRerankerError.
        """
        opened_dataset(self.database, asker, dataset_id)
        for side in sides:
            self.retrieval.reranker_of(asker, search_of("", dataset_id, side, 1))
        if queries.count_runs(self.database, dataset_id) >= MOST_RUNS:
            raise RuleError(f"A dataset keeps {MOST_RUNS} evaluations: delete one first.")
        return self.one(dataset_id, queries.add(dataset_id, name, k, sides))

    @connected
    def opened(
        self, asker: Principal, dataset_id: str, evaluation_id: str, more: int
    ) -> EvaluationRecord:
        """Return a run to which questions are to be added."""
        opened_dataset(self.database, asker, dataset_id)
        run = self.one(dataset_id, evaluation_id)
        if run.asked + more > MOST_QUESTIONS:
            raise RuleError(f"An evaluation has {MOST_QUESTIONS:,} questions at most.")
        return run

    @connected
    def keep(
        self, dataset_id: str, evaluation_id: str, found: Sequence[EvaluatedRecord]
    ) -> EvaluationRecord:
        """Write what was measured, unless the run was deleted meanwhile; return it."""
        with self.database.atomic():
            queries.lock(self.database, dataset_id, evaluation_id)
            queries.add_questions(dataset_id, self.one(dataset_id, evaluation_id), found)
            return self.one(dataset_id, evaluation_id)


def search_of(question: str, dataset_id: str, side: Side, k: int) -> Search:
    """Return a question to a dataset with the settings of a side."""
    return Search(
        question,
        (dataset_id,),
        limit=k,
        threshold=side.threshold,
        vector_weight=side.vector_weight,
        top_k=side.top_k,
        reranker=side.reranker,
    )

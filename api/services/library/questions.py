"""Questions that are kept with a dataset, to see what other settings do to what they find."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.opening import opened_dataset
from api.services.library.queries import questions as queries
from api.services.library.question_records import QuestionRecord
from api.things import Kind

MOST_QUESTIONS = 500
"""Of a dataset: the test asks all of them at once."""


class QuestionService:
    """Keeps questions; whoever may read the dataset sees them, whoever may change it keeps some."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def list_all(self, asker: Principal, dataset_id: str) -> list[QuestionRecord]:
        """Return the questions of a dataset, the newest first."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        return queries.list_questions(self.database, dataset_id)

    @connected
    def keep(
        self, asker: Principal, dataset_id: str, question: str, expected: Sequence[str]
    ) -> list[QuestionRecord]:
        """Keep a question, or what a kept one should find; return all.

        Raises NotFoundError for a chunk that the dataset does not have, and was not expected before
        it lost it, and RuleError where the dataset has MOST_QUESTIONS others.
        """
        opened_dataset(self.database, asker, dataset_id)
        kept = queries.list_questions(self.database, dataset_id)
        before = {one.question: one.expected for one in kept}
        fresh = [one for one in expected if one not in before.get(question, ())]
        there = queries.chunks_among(dataset_id, fresh)
        if missing := [one for one in fresh if one not in there]:
            raise NotFoundError(Kind.CHUNK, *missing)
        if not queries.change(dataset_id, question, expected):
            if len(kept) >= MOST_QUESTIONS:
                raise RuleError(f"A dataset keeps {MOST_QUESTIONS} questions: delete one first.")
            if not queries.add(self.database, dataset_id, question, expected):
                queries.change(dataset_id, question, expected)
        return queries.list_questions(self.database, dataset_id)

    @connected
    def delete(self, asker: Principal, dataset_id: str, ids: Sequence[str]) -> int:
        """Delete questions of a dataset; return how many there were."""
        opened_dataset(self.database, asker, dataset_id)
        return queries.remove(dataset_id, ids)

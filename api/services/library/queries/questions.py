"""The statements about kept questions."""

from collections.abc import Sequence
from hashlib import sha256

import orjson
from peewee import IntegrityError

from api.db.base import now_ms
from api.db.connection import Database
from api.db.models.document import StoredChunk
from api.db.models.evaluation import Evaluation
from api.db.models.question import KeptQuestion
from api.db.rows import delete_rows, tuple_rows
from api.db.sql import rows
from api.services.library.question_records import QuestionRecord

LIST = (
    "SELECT id, question, expected, update_time FROM kept_question WHERE dataset_id = ?"
    " ORDER BY create_time DESC, id DESC"
)


def list_questions(database: Database, dataset_id: str) -> list[QuestionRecord]:
    """Return the questions of a dataset, the newest first."""
    found = map(QuestionRecord._make, rows(database, LIST, dataset_id))
    return [one._replace(expected=tuple(orjson.loads(str(one.expected)))) for one in found]


def change(dataset_id: str, question: str, expected: Sequence[str]) -> bool:
    """Write what a question should find; False where the dataset does not keep it."""
    change = KeptQuestion.update(expected=list(expected), update_time=now_ms())
    return bool(change.where(_is(dataset_id, question)).execute())


def add(database: Database, dataset_id: str, question: str, expected: Sequence[str]) -> bool:
    """Keep a question; False where somebody else has just kept it."""
    key = {"dataset_id": dataset_id, "question_hash": _hash(question)}
    try:
        with database.atomic():
            KeptQuestion.create(**key, question=question, expected=list(expected))
    except IntegrityError:
        return False
    return True


def chunks_among(dataset_id: str, ids: Sequence[str]) -> set[str]:
    """Return those of some ids that chunks of a dataset have."""
    chosen = StoredChunk.id.in_(list(ids)) & (StoredChunk.dataset_id == dataset_id)
    return {
        chunk_id for (chunk_id,) in tuple_rows(StoredChunk.select(StoredChunk.id).where(chosen))
    }


def remove(dataset_id: str, ids: Sequence[str]) -> int:
    """Delete questions of a dataset; return how many there were."""
    chosen = (KeptQuestion.dataset_id == dataset_id) & KeptQuestion.id.in_(list(ids))
    return delete_rows(KeptQuestion, chosen)


def remove_all(dataset_id: str) -> None:
    """Delete all questions of a dataset, and its runs of questions, whose rows go later."""
    delete_rows(Evaluation, Evaluation.dataset_id == dataset_id)
    delete_rows(KeptQuestion, KeptQuestion.dataset_id == dataset_id)


def _hash(question: str) -> str:
    return sha256(question.encode()).hexdigest()


def _is(dataset_id: str, question: str) -> object:
    same = KeptQuestion.question_hash == _hash(question)
    return (KeptQuestion.dataset_id == dataset_id) & same

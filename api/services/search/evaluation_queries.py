"""The statements about runs of questions that are measured."""

from collections.abc import Sequence
from dataclasses import asdict, astuple
from typing import Any

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.models.evaluation import EvaluatedQuestion, Evaluation
from api.db.rows import delete_rows
from api.db.sql import rows, run
from api.services.search.evaluation_records import EvaluatedRecord, EvaluationRecord, Side
from rag.retrieval.measures import Measured

_RUNS = (
    "SELECT id, name, k, create_time, asked, settings, totals FROM evaluation WHERE dataset_id = ?"
)
_LIST = f"{_RUNS} ORDER BY create_time DESC, id DESC"
_ONE = f"{_RUNS} AND id = ?"
_QUESTIONS = (
    "SELECT question, figures FROM evaluated_question WHERE evaluation_id = ?"
    " ORDER BY create_time, id"
)
_LOCK = "UPDATE evaluation SET update_time = ? WHERE id = ? AND dataset_id = ?"
_RUNS_OF = "SELECT COUNT(*) FROM evaluation WHERE dataset_id = ?"


def add(dataset_id: str, name: str, k: int, sides: Sequence[Side]) -> str:
    """Write a new run; return its id."""
    settings = [asdict(side) for side in sides]
    totals = [(0.0, 0.0) for _ in sides]
    row = Evaluation.create(dataset_id=dataset_id, name=name, k=k, settings=settings, totals=totals)
    return str(row.id)


def lock(database: Database, dataset_id: str, evaluation_id: str) -> None:
    """Within a transaction: let nobody else change a run until its end."""
    run(database, _LOCK, now_ms(), evaluation_id, dataset_id)


def add_questions(
    dataset_id: str, kept: EvaluationRecord, found: Sequence[EvaluatedRecord]
) -> None:
    """Within a transaction that has locked a run: write what further questions found."""
    for one in found:
        EvaluatedQuestion.create(
            dataset_id=dataset_id,
            evaluation_id=kept.id,
            question=one.question,
            figures=[astuple(figure) for figure in one.figures],
        )
    change = {"asked": kept.asked + len(found), "totals": kept.total_with(found)}
    Evaluation.update(change).where(Evaluation.id == kept.id).execute()


def questions_of(database: Database, evaluation_id: str) -> list[EvaluatedRecord]:
    """Return the questions of a run, in their order."""
    return [
        EvaluatedRecord(question, [Measured(*figure) for figure in orjson.loads(figures)])
        for question, figures in rows(database, _QUESTIONS, evaluation_id)
    ]


def count_runs(database: Database, dataset_id: str) -> int:
    """Return how many runs a dataset has."""
    return int(rows(database, _RUNS_OF, dataset_id)[0][0])


def list_runs(database: Database, dataset_id: str) -> list[EvaluationRecord]:
    """Return the runs of a dataset, the newest first."""
    return list(map(_record, rows(database, _LIST, dataset_id)))


def one(database: Database, dataset_id: str, evaluation_id: str) -> EvaluationRecord | None:
    """Return a run of a dataset; None if there is no such run."""
    found = rows(database, _ONE, dataset_id, evaluation_id)
    return _record(found[0]) if found else None


def remove(dataset_id: str, evaluation_id: str) -> bool:
    """Within a transaction: delete a run of a dataset; return whether there was one."""
    this = (Evaluation.id == evaluation_id) & (Evaluation.dataset_id == dataset_id)
    if not delete_rows(Evaluation, this):
        return False
    delete_rows(EvaluatedQuestion, EvaluatedQuestion.evaluation_id == evaluation_id)
    return True


def _record(row: tuple[Any, ...]) -> EvaluationRecord:
    run_id, name, k, create_time, asked, settings, totals = row
    sides = [Side(**side) for side in orjson.loads(settings)]
    sums = [(recall, ndcg) for recall, ndcg in orjson.loads(totals)]
    return EvaluationRecord(run_id, name, k, create_time, asked, sides, sums)

"""What metrics tell of the tasks, on every kind of database, and of one that is away."""

import time
from pathlib import Path

import pytest
from peewee import Database

from api.config.settings import WorkerSettings
from api.db.base import new_id, now_ms
from api.db.connection import connection, open_database
from api.db.models.document import Task
from api.observability.definitions import DATABASE_UP, OLDEST_PENDING, REPEATED, TASKS
from api.tasks.base import NewTask
from api.tasks.figures import LEAST_AGE, TaskFigures
from api.tasks.table import TaskTable
from api.tasks.wakeup import Wakeup
from tests.running import free_port, wait_until

STATES = ("pending", "running", "done", "failed", "cancelled", "dead")


@pytest.fixture
def queue(database: Database, tmp_path: Path) -> TaskTable:
    return TaskTable(database, WorkerSettings(), Wakeup(tmp_path))


def add(queue: TaskTable, not_before: int | None = None, **values: object) -> None:
    document = new_id()
    with connection(queue.database), queue.database.atomic():
        queue.enqueue([NewTask("t", "d", document, 1)], not_before)
        if values:
            Task.update(**values).where(Task.document_id == document).execute()


def test_without_tasks_everything_is_nought(database: Database) -> None:
    assert TaskFigures(database).current() == {
        (DATABASE_UP, ()): 1,
        (OLDEST_PENDING, ()): 0,
        (REPEATED, ()): 0,
        **{(TASKS, (state,)): 0 for state in STATES},
    }


def test_tasks_are_counted_by_state(queue: TaskTable, database: Database) -> None:
    for number, state in enumerate(STATES):
        for _ in range(number + 1):
            add(queue, state=state)
    found = TaskFigures(database).current()
    assert {state: found[TASKS, (state,)] for state in STATES} == {
        state: number + 1 for number, state in enumerate(STATES)
    }


def test_the_longest_waiting_task_gives_the_age(queue: TaskTable, database: Database) -> None:
    add(queue, now_ms() - 100_000)
    add(queue, now_ms() - 900_000)
    add(queue, now_ms() - 5_000_000, state="done")
    assert TaskFigures(database).current()[OLDEST_PENDING, ()] == pytest.approx(900, abs=30)


def test_a_task_that_is_not_due_yet_has_no_age(queue: TaskTable, database: Database) -> None:
    add(queue, now_ms() + 100_000, attempts=1)
    found = TaskFigures(database).current()
    assert found[OLDEST_PENDING, ()] == 0
    assert found[REPEATED, ()] == 1


def test_what_was_counted_is_told_again_for_a_while(queue: TaskTable, database: Database) -> None:
    figures = TaskFigures(database, rest=1)
    begun = time.monotonic()
    before = figures.current()
    add(queue)
    soon = figures.current()
    assert soon == before or time.monotonic() - begun >= LEAST_AGE
    wait_until(lambda: figures.current()[TASKS, ("pending",)] == 1, "another look")


def test_a_database_that_is_away_is_told_and_nothing_else() -> None:
    away = open_database(f"postgresql://u@127.0.0.1:{free_port()}/x", 2, 1)
    assert TaskFigures(away).current() == {(DATABASE_UP, ()): 0}

"""The statements about reports, tasks in general, what is over, and kept answers."""

from collections.abc import Mapping, Sequence

import orjson
from peewee import IntegrityError

from api.db.connection import Database
from api.db.models.repeats import KeptAnswer
from api.db.models.states import with_states
from api.db.sql import rows, run
from api.services.operations.records import Answer, Backlog, Content, KeptRecord

_COUNTS = with_states(
    "SELECT state, COUNT(*) FROM task WHERE state IN (:pending, :running) GROUP BY state"
)

_RUNNING = with_states("SELECT COUNT(*) FROM task WHERE state = :running AND lease_until > :now")
_OLDEST = with_states("SELECT MIN(not_before), :now FROM task WHERE state = :pending")

_ENDED = (
    "SELECT state, COUNT(*) FROM task WHERE finished_time >= ? AND finished_time < ? GROUP BY state"
)
_ASKED = (
    "SELECT COUNT(*) FROM chat_message WHERE create_time >= ? AND create_time < ? AND role = 'user'"
)

_HAS_EXPIRED = "SELECT 1 FROM account_session WHERE create_time < ? LIMIT 1"
_END_EXPIRED = "DELETE FROM account_session WHERE create_time < ?"

_OLD_RESPONSES = (
    "SELECT 1 FROM kept_response WHERE create_time < ? LIMIT 1",
    "SELECT 1 FROM file_batch WHERE create_time < ? LIMIT 1",
)
_DELETE_RESPONSES = (
    "DELETE FROM kept_response WHERE create_time < ?",
    "DELETE FROM file_batch WHERE create_time < ?",
)

_FORGETTABLE = with_states(
    """
SELECT t.id FROM task t
WHERE t.id IN (:ids) AND t.state IN (:ended) AND t.cleaned AND t.update_time < ?
AND NOT EXISTS (SELECT 1 FROM document d WHERE d.id = t.document_id
                AND d.next_generation = t.generation AND d.run = :RUNNING)
"""
)

_DELETE_IF_OVER = (
    "DELETE FROM kept_answer WHERE id = ? AND (create_time < ? OR (status = 0 AND create_time < ?))"
)
_KEEP_ANSWER = (
    "UPDATE kept_answer SET status = ?, content_type = ?, body = ? WHERE id = ? AND create_time = ?"
)


def answer(database: Database) -> None:
    """Query the database, to see that it answers."""
    rows(database, "SELECT 1")


# Reports.


def put_report(database: Database, kind: str, name: str, content: Content) -> None:
    """Write the report of a name, in place of the one before; nobody else writes it."""
    text = orjson.dumps(content).decode()
    change = "UPDATE report SET content = ?, update_time = :now WHERE name = ? AND kind = ?"
    if not run(database, change, text, name, kind):
        add = "INSERT INTO report (content, name, kind, update_time) VALUES (?, ?, ?, :now)"
        run(database, add, text, name, kind)


def reports(database: Database, kind: str, age_ms: int) -> Mapping[str, Content]:
    """Return the reports of a kind by name that are no older than so many ms."""
    found = rows(
        database,
        "SELECT name, content FROM report WHERE kind = ? AND update_time > :now - ? ORDER BY name",
        kind,
        age_ms,
    )
    return {name: orjson.loads(content) for name, content in found}


def delete_report(database: Database, name: str) -> None:
    """Delete the report of a name."""
    run(database, "DELETE FROM report WHERE name = ?", name)


def delete_old_reports(database: Database, age_ms: int) -> None:
    """Delete the reports that are older than so many ms."""
    run(database, "DELETE FROM report WHERE update_time < :now - ?", age_ms)


# Tasks.


def task_counts(database: Database) -> Mapping[str, int]:
    """Return how many tasks are pending and running, by state; a state without tasks is absent."""
    return dict(rows(database, _COUNTS))


def backlog(database: Database) -> Backlog:
    """Return how many tasks run in the hands of a worker, and how long the oldest other waits."""
    ((running,),) = rows(database, _RUNNING)
    ((since, now),) = rows(database, _OLDEST)
    return Backlog(running, now - since if since else 0)


def tasks_ended(database: Database, begin: int, end: int) -> Mapping[str, int]:
    """Return how many tasks have ended from one time to another, in ms, by state."""
    return dict(rows(database, _ENDED, begin, end))


def questions_asked(database: Database, begin: int, end: int) -> int:
    """Return how many questions were asked within sessions from one time to another, in ms."""
    ((found,),) = rows(database, _ASKED, begin, end)
    return int(found)


# What is over.


def has_expired_sessions(database: Database, oldest: int) -> bool:
    """Return whether there are sessions that began before a time in ms."""
    return bool(rows(database, _HAS_EXPIRED, oldest))


def end_expired_sessions(database: Database, oldest: int) -> int:
    """End the sessions that began before a time in ms; return how many."""
    return run(database, _END_EXPIRED, oldest)


def next_tasks(database: Database, after: str, limit: int) -> list[str]:
    """Return the next ids of tasks by id."""
    statement = "SELECT id FROM task WHERE id > ? ORDER BY id LIMIT ?"
    return [task_id for (task_id,) in rows(database, statement, after, limit)]


def expired_tasks(database: Database, ids: Sequence[str], oldest: int) -> list[str]:
    """Return which of some tasks ended before a time in ms, left nothing, and tell no progress."""
    if not ids:
        return []
    statement = _FORGETTABLE.replace(":ids", marks(ids))
    return [task_id for (task_id,) in rows(database, statement, *ids, oldest)]


def delete_tasks(database: Database, ids: Sequence[str]) -> None:
    """Delete tasks."""
    run(database, "DELETE FROM task WHERE id IN (:ids)".replace(":ids", marks(ids)), *ids)


# Kept answers.


def insert_unanswered(database: Database, answer_id: str, begun: int, fingerprint: str) -> bool:
    """Store that a request goes on; False if there is one under its id."""
    try:
        with database.atomic():
            KeptAnswer.insert(id=answer_id, create_time=begun, fingerprint=fingerprint).execute()
    except IntegrityError:
        return False
    return True


def kept_answer(database: Database, answer_id: str) -> KeptRecord | None:
    """Return what there is under an id."""
    statement = "SELECT fingerprint, status, content_type, body FROM kept_answer WHERE id = ?"
    for fingerprint, *answer in rows(database, statement, answer_id):
        return KeptRecord(fingerprint, Answer(*answer))
    return None


def keep_answer(database: Database, answer_id: str, begun: int, answer: Answer) -> None:
    """Store the answer of a request that began at a time."""
    run(database, _KEEP_ANSWER, *answer, answer_id, begun)


def delete_answer(database: Database, answer_id: str, begun: int) -> None:
    """Delete a request that began at a time."""
    run(database, "DELETE FROM kept_answer WHERE id = ? AND create_time = ?", answer_id, begun)


def delete_answer_if_over(database: Database, answer_id: str, oldest: int, lost: int) -> None:
    """Delete what is under an id if it is from before `oldest`, or goes on since before `lost`."""
    run(database, _DELETE_IF_OVER, answer_id, oldest, lost)


def has_old_answers(database: Database, oldest: int) -> bool:
    """Return whether there are answers from before a time in ms."""
    return bool(rows(database, "SELECT 1 FROM kept_answer WHERE create_time < ? LIMIT 1", oldest))


def delete_old_answers(database: Database, oldest: int) -> int:
    """Delete the answers from before a time in ms; return how many."""
    return run(database, "DELETE FROM kept_answer WHERE create_time < ?", oldest)


# What clients come back to.


def has_old_responses(database: Database, oldest: int) -> bool:
    """Return whether there are responses or batches from before a time in ms."""
    return any(rows(database, statement, oldest) for statement in _OLD_RESPONSES)


def delete_old_responses(database: Database, oldest: int) -> int:
    """Delete the responses and batches from before a time in ms; return how many."""
    return sum(run(database, statement, oldest) for statement in _DELETE_RESPONSES)


def marks(values: Sequence[object]) -> str:
    """Return a `?` for each of some values."""
    return ", ".join("?" * len(values))

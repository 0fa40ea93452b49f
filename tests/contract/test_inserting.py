"""Many rows of one table, written at once."""

import pytest
from peewee import Database, IntegrityError

from api.db.connection import connection
from api.db.inserting import insert_rows
from api.db.models.document import Task
from api.db.sql import rows


def task(number: int, **values: object) -> dict[str, object]:
    """Return some fields of a task."""
    place = {"tenant_id": "t", "dataset_id": "d", "document_id": f"{number}", "generation": number}
    return {**place, **values}


def test_rows_are_written_with_defaults_for_what_is_not_named(database: Database) -> None:
    with connection(database), database.atomic():
        insert_rows(Task, [])
        insert_rows(Task, [task(n, error="é'%s?\n", cancel_requested=n == 7) for n in range(250)])

    with connection(database):
        found = rows(
            database,
            "SELECT generation, kind, last_page, error, cancel_requested, id, create_time FROM task"
            " WHERE tenant_id = 't' ORDER BY generation",
        )
    assert [row[0] for row in found] == list(range(250))
    assert {row[1:4] for row in found} == {("parse", 0, "é'%s?\n")}
    assert [row[0] for row in found if row[4]] == [7]
    assert len({row[5] for row in found}) == 250
    assert min(row[6] for row in found) > 0


def test_what_is_there_already_or_unknown_is_refused_and_nothing_stays(database: Database) -> None:
    with connection(database):
        with pytest.raises(IntegrityError), database.atomic():
            insert_rows(Task, [task(1, id="a" * 32), task(2, id="a" * 32)])
        with pytest.raises(TypeError, match="colour"), database.atomic():
            insert_rows(Task, [task(1), task(2, colour="red")])
        assert rows(database, "SELECT COUNT(*) FROM task WHERE tenant_id = 't'") == [(0,)]

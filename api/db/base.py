"""What every table has in common, and the database they are bound to when it is opened."""

import time
import uuid
from typing import Any, ClassVar

import orjson
from peewee import BigIntegerField, CharField, DatabaseProxy, Model, TextField

database = DatabaseProxy()
"""Bound by `api.db.connection.open_database`; unbound until then."""


def new_id() -> str:
    """Return a fresh id: a version 1 UUID as 32 lower-case hex digits."""
    return uuid.uuid1().hex


def now_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class JSONField(TextField):
    """A value kept as JSON text, the same on every database."""

    def db_value(self, value: Any) -> str | None:
        """Return the JSON text of a value."""
        return None if value is None else orjson.dumps(value).decode()

    def python_value(self, value: Any) -> Any:
        """Return the value that a JSON text stands for."""
        return None if value is None else orjson.loads(value)


class BaseModel(Model):
    """A row without an id of its own kind."""

    class Meta:
        """Bind to the process's database and name tables by their model."""

        database = database
        legacy_table_names: ClassVar[bool] = False
        only_save_dirty: ClassVar[bool] = True


class Record(BaseModel):
    """A row with an id and the times of its making and last change, in ms since the epoch."""

    id = CharField(max_length=32, primary_key=True, default=new_id)
    create_time = BigIntegerField(default=now_ms, index=True)
    update_time = BigIntegerField(default=now_ms)

"""What every table has in common, and the database they are bound to when it is opened."""

import os
import time
from typing import Any, ClassVar

import orjson
from peewee import BigIntegerField, CharField, DatabaseProxy, Model, TextField

TICKS_TO_1970 = 0x01B21DD213814000
"""In 100 ns, from the Gregorian calendar's first day, from which UUIDs count (RFC 9562, 5.1)."""

RANDOM = 0x3FFF_FEFF_FFFF_FFFF
MARKS = 0x8000_0100_0000_0000
"""In the last 64 bits of an id: those that are random, and those that say which variant of UUIDs it
is of, and that its node is no address of a network card."""

database = DatabaseProxy()
"""Bound by `api.db.connection.open_database`; unbound until then."""


def new_id() -> str:
    """Return a fresh id: a version 1 UUID as 32 lower-case hex digits.

    Clock sequence and node are random bits (RFC 9562, 6.10), new ones for each: it tells nothing of
    the machine, and no two processes or threads need to know of each other. The standard library's
    `uuid1` tries to ask a daemon of the system each time, and tells the address of a network card.
    """
    ticks = time.time_ns() // 100 + TICKS_TO_1970
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    rest = int.from_bytes(os.urandom(8), "big") & RANDOM | MARKS
    return f"{low:08x}{middle:04x}{high | 0x1000:04x}{rest:016x}"


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

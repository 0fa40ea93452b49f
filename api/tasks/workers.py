"""Which ingest workers are heard of."""

from peewee import Database

from api.db.sql import rows

SILENT_SECONDS = 30.0
"""How old a report may be: a worker that is silent for longer is gone, or hangs."""

_HEARD = "SELECT COUNT(*) FROM report WHERE kind = 'worker' AND update_time > :now - ?"


def heard(database: Database) -> int:
    """Return how many ingest workers of all hosts have reported lately."""
    ((many,),) = rows(database, _HEARD, int(SILENT_SECONDS * 1000))
    return int(many)

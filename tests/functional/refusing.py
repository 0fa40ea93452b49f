"""An SQLite that refuses to write to a table, whatever is written."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.container import Services
from api.db.sql import run


@contextmanager
def refusing(services: Services, what: str) -> Iterator[None]:
    """Have statements such as `INSERT ON account` violate a rule of the database for a block."""
    raises = "BEGIN SELECT RAISE(ABORT, 'refused by a rule'); END"
    with services.reading():
        run(services.database, f"CREATE TRIGGER refused BEFORE {what} {raises}")
    try:
        yield
    finally:
        with services.reading():
            run(services.database, "DROP TRIGGER refused")

"""Which of the three kinds of databases one is."""

from enum import StrEnum

from peewee import Database, MySQLDatabase, PostgresqlDatabase


class Kind(StrEnum):
    """A kind of database; MariaDB is one of MySQL's."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"


def kind_of(database: Database) -> Kind:
    """Return the kind of a database."""
    if isinstance(database, PostgresqlDatabase):
        return Kind.POSTGRESQL
    return Kind.MYSQL if isinstance(database, MySQLDatabase) else Kind.SQLITE

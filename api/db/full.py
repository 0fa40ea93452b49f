"""What drivers raise when the disk of a database is full."""

import sqlite3
from pathlib import Path

from peewee import Database, SqliteDatabase

from rag.disk import has_nothing_left

_POSTGRESQL_FULL = "53100"
"""SQLSTATE disk_full."""

_MYSQL_FULL = {1021, 1114}
"""ER_DISK_FULL, and ER_RECORD_FILE_FULL: a table has no room to grow."""

_MYSQL_PASSED_ON = {3, 1030}
"""EE_WRITE and ER_GET_ERRNO, of which only the text says what the file system said."""

_MYSQL_SAID = ("error 28", "Errcode: 28", "No space left")

_SQLITE_PERHAPS = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""What SQLite says when it cannot make the files beside its own, for whatever reason."""


def is_disk_full(error: BaseException, database: Database) -> bool:
    """Return whether an error of peewee or of a driver says that a database's disk is full."""
    original = getattr(error, "orig", None)
    cause = original if isinstance(original, BaseException) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return code == sqlite3.SQLITE_FULL or (code in _SQLITE_PERHAPS and _no_room(database))
    if getattr(cause, "sqlstate", None) == _POSTGRESQL_FULL:
        return True
    number = cause.args[0] if cause.args else None
    if number in _MYSQL_PASSED_ON:
        return any(word in str(cause) for word in _MYSQL_SAID)
    return number in _MYSQL_FULL


def _no_room(database: Database) -> bool:
    if not isinstance(database, SqliteDatabase):
        return False
    return has_nothing_left(Path(str(database.database)).parent)

"""Errors of all databases that may pass; none of the drivers is needed to tell them."""

import sqlite3

from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded

_SQLITE_TROUBLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
_MYSQL_TROUBLE = {1040, 1053, 1152, 1159, 1161, 1184, 1205, 1213, 2002, 2003, 2006, 2013, 2055}
"""Too many connections, shutdown, aborted, timeouts, lock wait, deadlock, gone away, lost."""

_POSTGRESQL_TROUBLE = ("08", "25P03", "40", "53", "55P03", "57P")
"""SQLSTATE: connection, silent in a transaction, rolled back (deadlock), resources, lock not
available, shutdown."""


def is_trouble(error: BaseException) -> bool:
    """Return whether a database error is the database's own trouble, which may pass."""
    if isinstance(error, MaxConnectionsExceeded):
        return True
    cause = _driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE_TROUBLE
    sqlstate = getattr(cause, "sqlstate", None)
    if sqlstate is not None:
        return str(sqlstate).startswith(_POSTGRESQL_TROUBLE)
    if type(cause).__module__.startswith("psycopg"):
        return isinstance(error, OperationalError)  # the connection was lost or refused
    number = cause.args[0] if cause.args else None
    return number in _MYSQL_TROUBLE or isinstance(error, InterfaceError)


def is_locked(error: BaseException) -> bool:
    """Return whether SQLite refused a statement because somebody else writes."""
    return _sqlite_code(error) == sqlite3.SQLITE_BUSY


def _driver_error(error: BaseException) -> BaseException:
    """Return the driver's error that peewee's stands for."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error


def _sqlite_code(error: BaseException) -> int:
    """Return SQLite's primary result code; 0 if it gave none."""
    code: int = getattr(_driver_error(error), "sqlite_errorcode", 0)
    return code & 0xFF

"""The statements about the audit log."""

from collections.abc import Sequence

from api.db.connection import Database
from api.db.listing import containing
from api.db.sql import marks, rows, run
from api.services.auditing.records import AuditFilter, AuditRecord, Entry

COLUMNS = ", ".join(Entry._fields)
ROW = f"({', '.join('?' * len(Entry._fields))})"
INSERT = "INSERT INTO audit_entry (:columns) VALUES :rows".replace(":columns", COLUMNS)
LIST = """
SELECT a.id, :columns, COALESCE(u.email, '')
FROM audit_entry a LEFT JOIN account u ON u.id = a.user_id
WHERE :conditions ORDER BY a.id DESC LIMIT ?
""".replace(":columns", ", ".join(f"a.{name}" for name in Entry._fields))
DELETE = "DELETE FROM audit_entry WHERE id IN (:ids)"

OLD = "SELECT id FROM audit_entry WHERE time < ? ORDER BY time LIMIT ?"


def insert(database: Database, entries: Sequence[Entry]) -> None:
    """Add entries, all or none."""
    values = [value for entry in entries for value in entry]
    run(database, INSERT.replace(":rows", ", ".join([ROW] * len(entries))), *values)


def list_entries(database: Database, wanted: AuditFilter) -> list[AuditRecord]:
    """Return entries, the newest first."""
    clauses, values = conditions(wanted)
    statement = LIST.replace(":conditions", " AND ".join(clauses) or "1 = 1")
    found = rows(database, statement, *values, wanted.limit)
    return [AuditRecord(number, Entry(*entry), email) for number, *entry, email in found]


def conditions(wanted: AuditFilter) -> tuple[list[str], list[object]]:
    """Return the clauses of a filter, and their values."""
    given: list[tuple[str, object]] = [
        ("a.id < ?", wanted.before),
        ("a.outcome = ?", wanted.outcome),
        ("a.address = ?", wanted.address),
        ("a.time >= ?", wanted.begin),
        ("a.time < ?", wanted.end),
        ("a.action LIKE ? ESCAPE '!'", containing(wanted.action) if wanted.action else ""),
    ]
    clauses = [clause for clause, value in given if value]
    values = [value for _, value in given if value]
    if wanted.kinds:
        clauses.append(f"a.kind IN ({marks(wanted.kinds)})")
        values += wanted.kinds
    if wanted.who:
        clauses.append("(a.user_id = ? OR a.account = ? OR u.email = ?)")
        values += [wanted.who, wanted.who.lower(), wanted.who.lower()]
    return clauses, values


def old_entries(database: Database, oldest: int, limit: int) -> list[int]:
    """Return the numbers of some entries from before a time in ms."""
    return [number for (number,) in rows(database, OLD, oldest, limit)]


def delete(database: Database, numbers: Sequence[int]) -> int:
    """Delete entries; return how many."""
    return run(database, DELETE.replace(":ids", marks(numbers)), *numbers)

"""Removes the rows of dropped datasets, some at a time: each step is a short transaction."""

from rag.engines.segmented.rows import ROW_BITS
from rag.engines.segmented.session import Session

_ROWS = 1000

_LAST_ROW = (
    "SELECT max(row) FROM (SELECT row FROM chunk WHERE row >= ? AND row < ? ORDER BY row LIMIT ?)"
    " AS found"
)
_REMOVED_BODIES = (
    "DELETE FROM body WHERE row BETWEEN ? AND ?"
    " RETURNING octet_length(content) + octet_length(terms) + octet_length(vector)"
)


def remove_some(session: Session) -> int:
    """Remove some rows of a dropped dataset; return how many bytes, 0 if nothing is left to do."""
    # Who else removes takes another one.
    found = session.fetch("SELECT dataset FROM dropped LIMIT 1 FOR UPDATE SKIP LOCKED")
    for (number,) in found:
        removed = _remove_chunks(session, number) or _remove_documents(session, number)
        if not removed:
            session.execute("DELETE FROM dropped WHERE dataset = ?", (number,))
        return removed or 1
    return 0


def _remove_chunks(session: Session, number: int) -> int:
    first, end = number << ROW_BITS, (number + 1) << ROW_BITS
    [(last,)] = session.fetch(_LAST_ROW, (first, end, _ROWS))
    if last is None:
        return 0
    session.execute("DELETE FROM chunk WHERE row BETWEEN ? AND ?", (first, last))
    sizes = session.fetch(_REMOVED_BODIES, (first, last))
    return sum(size for (size,) in sizes)


def _remove_documents(session: Session, number: int) -> int:
    statement = "SELECT number FROM document WHERE dataset = ? LIMIT ?"
    found = [document for (document,) in session.fetch(statement, (number, _ROWS))]
    session.execute("DELETE FROM metadata WHERE document = ANY(?)", (found,))
    session.execute("DELETE FROM document WHERE number = ANY(?)", (found,))
    return len(found)

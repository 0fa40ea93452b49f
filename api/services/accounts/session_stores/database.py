"""Sessions in the database: rows of `account_session`."""

from api.db.connection import Database, connected
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import KeptSession, Principal


class DatabaseSessions:
    """Sessions of all accounts; who asks is one statement."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def add(self, session: KeptSession, _days: float) -> None:
        """Keep a session; the job `expire` removes those that are over."""
        queries.add_session(self.database, session)

    @connected
    def find(self, token_hash: str) -> tuple[Principal, int] | None:
        """Return whose session has a token."""
        return queries.find_session(self.database, "token_hash", token_hash)

    @connected
    def find_by_id(self, session_id: str) -> tuple[Principal, int] | None:
        """Return whose session has an id."""
        return queries.find_session(self.database, "id", session_id)

    @connected
    def list_sessions(self, user_id: str) -> list[KeptSession]:
        """Return an account's sessions."""
        return queries.list_sessions(self.database, user_id)

    @connected
    def record_use(self, session_id: str) -> None:
        """Write the time."""
        queries.record_session_used(self.database, session_id)

    @connected
    def rotate(self, session_id: str, number: int) -> bool:
        """Count the refresh token up."""
        return queries.count_refresh(self.database, session_id, number)

    @connected
    def carry_over(self, session_id: str, epoch: int) -> None:
        """Write the epoch."""
        queries.set_epoch(self.database, session_id, epoch)

    @connected
    def end(self, user_id: str, session_id: str) -> bool:
        """Delete a session."""
        return queries.end_session(self.database, user_id, session_id)

    @connected
    def end_all(self, user_id: str, but: str = "") -> None:
        """Delete sessions."""
        queries.end_sessions_of(self.database, user_id, but)

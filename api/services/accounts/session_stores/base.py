"""Where sessions are kept: what every place for them does."""

from typing import Protocol

from api.services.accounts.records import KeptSession, Principal


class SessionStore(Protocol):
    """A place for sessions; each method raises UnavailableError where it does not answer.

    Who asks is found together with what the database says of the account: one that is shut out has
    no session, wherever that is kept.
    """

    def add(self, session: KeptSession, days: float) -> None:
        """Keep a session that begins, for some days."""

    def find(self, token_hash: str) -> tuple[Principal, int] | None:
        """Return whose session has a token, and when it was used last as far as is recorded."""

    def find_by_id(self, session_id: str) -> tuple[Principal, int] | None:
        """Return the same of the session with an id."""

    def list_sessions(self, user_id: str) -> list[KeptSession]:
        """Return an account's sessions that count, the newest first."""

    def record_use(self, session_id: str) -> None:
        """Write down that a session is used now."""

    def rotate(self, session_id: str, number: int) -> bool:
        """Make the next refresh token of a session the good one; false if it is another already."""

    def carry_over(self, session_id: str, epoch: int) -> None:
        """Let a session count in a later epoch of its account, too."""

    def end(self, user_id: str, session_id: str) -> bool:
        """End a session of an account; false if there is none."""

    def end_all(self, user_id: str, but: str = "") -> None:
        """End all sessions of an account, or all but one."""

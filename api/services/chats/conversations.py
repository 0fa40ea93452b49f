"""Sessions by their ids alone, as clients know them that do not name the assistant."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.chats.queries.sessions import (
    delete_sessions,
    list_sessions,
    place_of_question,
    rate_answer,
    remove_turn,
    sessions_by_id,
    touch_session,
)
from api.services.chats.records import Conversation, SessionRecord
from api.services.chats.sessions import SessionService
from api.services.chats.values import Judgement, SessionFilter
from api.services.library.values import Page
from api.things import Kind


class ConversationService:
    """Finds sessions by id and changes what was said in them."""

    def __init__(self, database: Database, sessions: SessionService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.sessions = sessions

    @connected
    def find(
        self, asker: Principal, session_id: str, right: Right = Right.READ, chat_id: str = ""
    ) -> SessionRecord:
        """Return a session, of an assistant if one is named; raises NotFoundError."""
        found = sessions_by_id(self.database, [session_id]).get(session_id)
        if found and chat_id not in {"", found.chat_id}:
            found = None
        return check(self.database, asker, found, right, Kind.SESSION, session_id)

    @connected
    def get(self, asker: Principal, session_id: str) -> Conversation:
        """Return a session with its messages."""
        return self.sessions.conversations([self.find(asker, session_id)])[0]

    @connected
    def list_page(self, asker: Principal, chat_id: str, page: Page) -> list[SessionRecord]:
        """Return a page of an assistant's sessions, without what was said in them."""
        self.sessions.assistant(asker, chat_id, Right.READ)
        return list_sessions(self.database, asker.tenant_id, chat_id, SessionFilter(), page)

    @connected
    def rename(self, asker: Principal, session_id: str, name: str) -> Conversation:
        """Rename a session and return it."""
        session = self.find(asker, session_id, Right.CHANGE)
        return self.sessions.update(asker, session.chat_id, session_id, name)

    @connected
    def delete(self, asker: Principal, session_ids: Sequence[str]) -> None:
        """Delete sessions, all of them or none; raises NotFoundError."""
        found = sessions_by_id(self.database, session_ids)
        for session_id in session_ids:
            check(
                self.database, asker, found.get(session_id), Right.CHANGE, Kind.SESSION, session_id
            )
        with self.database.atomic():
            for chat_id in {session.chat_id for session in found.values()}:
                delete_sessions(self.database, asker.tenant_id, chat_id, list(found))

    @connected
    def forget(
        self, asker: Principal, session_id: str, message_id: str, chat_id: str = ""
    ) -> Conversation:
        """Delete a question with its answer, and return the session."""
        with self.database.atomic():
            place = self.question(asker, session_id, message_id, chat_id)
            remove_turn(self.database, session_id, place)
        return self.get(asker, session_id)

    @connected
    def judge(
        self,
        asker: Principal,
        session_id: str,
        message_id: str,
        judgement: Judgement,
        chat_id: str = "",
    ) -> Conversation:
        """Store what somebody thinks of the answer to a question, and return the session."""
        with self.database.atomic():
            place = self.question(asker, session_id, message_id, chat_id)
            said = (judgement.rating, judgement.feedback)
            if not rate_answer(self.database, session_id, place + 1, *said):
                raise NotFoundError(Kind.MESSAGE, message_id)
        return self.get(asker, session_id)

    def question(
        self, asker: Principal, session_id: str, message_id: str, chat_id: str = ""
    ) -> int:
        """Return the place of a question in a session, which is locked; raises NotFoundError."""
        self.find(asker, session_id, Right.CHANGE, chat_id)
        touch_session(self.database, session_id)
        place = place_of_question(self.database, session_id, message_id)
        if place is None:
            raise NotFoundError(Kind.MESSAGE, message_id)
        return place

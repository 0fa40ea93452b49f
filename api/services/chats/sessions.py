"""Sessions: conversations with an assistant, and the order of what is said in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.db.durability import durable_later
from api.errors import NotFoundError, TakenError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.chats.queries.chats import find_assistant
from api.services.chats.queries.judged import judged
from api.services.chats.queries.sessions import (
    delete_sessions,
    find_session,
    insert_message,
    insert_session,
    last_place,
    list_sessions,
    messages_of,
    place_of_question,
    remove_from,
    rename_session,
    said_in,
    touch_session,
)
from api.services.chats.records import (
    AssistantRecord,
    Conversation,
    JudgedAnswer,
    MessageRecord,
    Passage,
    SessionRecord,
)
from api.services.chats.values import NO_ASKING, Asking, SessionFilter
from api.services.library.values import Page
from api.services.tally import Tally, distinct
from api.things import Kind
from rag.types import Message, Role

MOST_PLACES = 2**31 - 1
HISTORY_LIMIT = 100
"""How many messages at most are read back for a model, whatever its window."""

ROLES = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was stored, and the place kept for its answer."""

    session_id: str
    answer_ordinal: int


class SessionService:
    """Keeps sessions and their messages.

    They are those of who has begun them, also with an assistant of another tenant.

    The opener has place 0, questions the odd places and answers the even ones; a question takes
    its place and that of its answer in one transaction, so each answer follows its question
    whatever else is asked at the same time.
    """

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def create(
        self, asker: Principal, chat_id: str, name: str, user_id: str = "", session_id: str = ""
    ) -> Conversation:
        """Start a session with the assistant's opener and return it.

        It gets a new id, unless its client has one for it: raises TakenError if that is taken.
        """
        chat = self.assistant(asker, chat_id, Right.READ)
        key, now = session_id or new_id(), now_ms()
        session = SessionRecord(key, asker.tenant_id, chat_id, name, user_id, now, now)
        opener = MessageRecord(key, 0, Role.ASSISTANT, chat.prompting.opener, ())
        with self.database.atomic():
            if not insert_session(self.database, session):
                raise TakenError(Kind.SESSION, key)
            insert_message(self.database, key, 0, Role.ASSISTANT, opener.content)
        return Conversation(session, (opener,))

    @connected
    def restore(self, asker: Principal, conversation: Conversation) -> bool:
        """Store a session that comes from elsewhere as it is; False if there is one of its id."""
        session = conversation.session
        self.assistant(asker, session.chat_id, Right.READ)
        with self.database.atomic():
            if not insert_session(self.database, session._replace(tenant_id=asker.tenant_id)):
                return False
            for said in conversation.messages:
                place = (session.id, said.ordinal, Role(said.role))
                insert_message(self.database, *place, said.content, said.passages)
        return True

    @connected
    def list_page(
        self, asker: Principal, chat_id: str, wanted: SessionFilter, page: Page
    ) -> list[Conversation]:
        """Return a page of an assistant's sessions with their messages."""
        self.assistant(asker, chat_id, Right.READ)
        found = list_sessions(self.database, asker.tenant_id, chat_id, wanted, page)
        if "messages" in page.without:
            return [Conversation(session, ()) for session in found]
        return self.conversations(found)

    @connected
    def get(self, asker: Principal, chat_id: str, session_id: str) -> Conversation:
        """Return a session with its messages."""
        return self.conversations([self.session(asker, chat_id, session_id, Right.READ)])[0]

    @connected
    def judged(
        self, asker: Principal, chat_id: str, ratings: Sequence[int], limit: int, offset: int
    ) -> list[JudgedAnswer]:
        """Return a page of an assistant's answers that have one of two ratings, newest first."""
        self.assistant(asker, chat_id, Right.READ)
        return judged(self.database, asker.tenant_id, chat_id, ratings, limit, offset)

    @connected
    def update(
        self, asker: Principal, chat_id: str, session_id: str, name: str | None
    ) -> Conversation:
        """Rename a session, where a name is given, and return it."""
        self.assistant(asker, chat_id, Right.READ)
        session = self.session(asker, chat_id, session_id, Right.CHANGE)
        if name is not None:
            session = session._replace(name=name, update_time=now_ms())
            rename_session(self.database, session)
        return self.conversations([session])[0]

    @connected
    def delete(self, asker: Principal, chat_id: str, ids: Sequence[str] | None) -> Tally:
        """Delete sessions of an assistant, None meaning all; those that do not exist are named."""
        self.assistant(asker, chat_id, Right.READ)
        whose = (asker.tenant_id, chat_id)
        if ids is None:
            return Tally(Kind.SESSION, len(delete_sessions(self.database, *whose)))
        named, repeated = distinct(ids)
        gone = delete_sessions(self.database, *whose, named)
        missing = tuple(item for item in named if item not in gone)
        return Tally(Kind.SESSION, len(gone), missing, repeated=tuple(repeated))

    @connected
    def begin(
        self, session_id: str, question: str, asked: Asking = NO_ASKING, name: str = ""
    ) -> Turn:
        """Store a question and keep the place after it for its answer.

        It takes the place of what its client has no more. Where its client has no name for it, it
        gets `name`, which no other question has. The disk has it at the latest when it has the
        answer.
        """
        with durable_later(self.database), self.database.atomic():
            # The update locks the session's row, so that questions take their places in turn.
            if not touch_session(self.database, session_id):
                raise NotFoundError(Kind.SESSION, session_id)
            replaced = self.replaced(session_id, asked)
            if replaced is not None:
                remove_from(self.database, session_id, replaced)
            last = last_place(self.database, session_id)
            ordinal = last + 1 + last % 2
            said = (session_id, ordinal, Role.USER, question)
            named = replace(asked, message_id=asked.message_id or name)
            insert_message(self.database, *said, asked=named)
        return Turn(session_id, ordinal + 1)

    @connected
    def finish(self, turn: Turn, answer: str, passages: Sequence[Passage] = ()) -> None:
        """Store the answer in the place that was kept; without effect in a deleted session."""
        session_id, place = turn.session_id, turn.answer_ordinal
        with self.database.atomic():
            if touch_session(self.database, session_id):
                insert_message(self.database, session_id, place, Role.ASSISTANT, answer, passages)

    @connected
    def history(
        self, asker: Principal, chat_id: str, session_id: str, asked: Asking = NO_ASKING
    ) -> tuple[Message, ...]:
        """Return the latest questions that have answers, with these, in order.

        Without those that a question replaces. Whoever asks has been let at the assistant. An empty
        answer is none: many models refuse a conversation with one in it.
        """
        replaced = self.replaced(session_id, asked)
        before = MOST_PLACES if replaced is None else replaced
        place = (asker.tenant_id, chat_id, session_id)
        said = said_in(self.database, *place, before, HISTORY_LIMIT)
        if said is None:
            raise NotFoundError(Kind.SESSION, session_id)
        kept = {message.ordinal for message in said if message.content.strip()}
        return tuple(
            Message(ROLES[message.role], message.content)
            for message in said
            if message.ordinal in kept and partner(message.ordinal) in kept
        )

    def replaced(self, session_id: str, asked: Asking) -> int | None:
        """Return from which place on a question replaces what was said; None if nothing."""
        again = self.place(session_id, asked.message_id)
        before = 0 if asked.after == session_id else self.place(session_id, asked.after)
        after = None if before is None else before + 1 + before % 2
        return min((place for place in (again, after) if place is not None), default=None)

    def place(self, session_id: str, message_id: str) -> int | None:
        """Return the place of a question that its client has asked before; None without a name."""
        return place_of_question(self.database, session_id, message_id) if message_id else None

    def conversations(self, sessions: Sequence[SessionRecord]) -> list[Conversation]:
        """Return sessions, each with its messages."""
        messages = messages_of(self.database, [session.id for session in sessions])
        return [Conversation(session, messages.get(session.id, ())) for session in sessions]

    def session(
        self, asker: Principal, chat_id: str, session_id: str, right: Right
    ) -> SessionRecord:
        """Return a session of an assistant, if the asker has a right to it."""
        found = find_session(self.database, chat_id, session_id)
        return check(self.database, asker, found, right, Kind.SESSION, session_id)

    def assistant(self, asker: Principal, chat_id: str, right: Right) -> AssistantRecord:
        """Return an assistant, if the asker has a right to it."""
        found = find_assistant(self.database, chat_id)
        return check(self.database, asker, found, right, Kind.CHAT, chat_id)


def partner(ordinal: int) -> int:
    """Return the place of the answer to the question in a place, or the other way round."""
    return ordinal + 1 if ordinal % 2 else ordinal - 1

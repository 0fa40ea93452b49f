"""Sessions of an assistant on the wire."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import BlankError, FixedError
from api.schemas.base import Request, StorableText, without_nul
from api.schemas.listing import OrderedQuery, names_in, shown_as
from api.schemas.sdk.retrieval import PlaceAnswer
from api.schemas.times import Dates, dates
from api.services.chats.records import (
    Conversation,
    MessageRecord,
    OtherPlace,
    Passage,
    SessionRecord,
)
from api.services.chats.values import SessionFilter
from rag.types import Role

NAME_LIMIT = 255
UNCHANGEABLE = ("message", "messages", "reference")

UserId = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(without_nul)]


def session_name(name: Any) -> str:
    """Return the name of a session, stripped and cut to its limit."""
    if not isinstance(name, str) or not name.strip():
        raise BlankError("name")
    return name.strip().replace("\0", "")[:NAME_LIMIT]


class SessionRequest(Request):
    """A new session."""

    name: str = "New session"
    user_id: UserId | None = None

    _name = field_validator("name", mode="before")(session_name)


class SessionChange(Request):
    """What to change of a session: its name, where one is given."""

    name: str | None = None

    _name = field_validator("name", mode="before")(session_name)

    @model_validator(mode="before")
    @classmethod
    def content_stays(cls, values: Any) -> Any:
        """Refuse a change of what was said."""
        for key in UNCHANGEABLE:
            if isinstance(values, dict) and key in values:
                raise FixedError(key)
        return values


class SessionQuery(OrderedQuery):
    """Which sessions to list."""

    heavy = shown_as("messages")

    orderby: Literal["create_time", "update_time", "name"] = "create_time"
    id: StorableText | None = None
    name: StorableText | None = None
    user_id: StorableText | None = None

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a session shows."""
        return names_in(SessionAnswer)

    def wanted(self) -> SessionFilter:
        """Return which sessions are asked for; an empty id or name asks for nothing."""
        return SessionFilter(self.id or None, self.name or None, self.user_id)

    @staticmethod
    def row_of(listed: Conversation) -> SessionRecord:
        """Return the record of a session."""
        return listed.session


class PassageAnswer(TypedDict):
    """A passage that an answer may cite."""

    id: str
    content: str
    document_id: str
    document_name: str
    document_path: str
    duplicates: list[PlaceAnswer]
    dataset_id: str
    image_id: str
    positions: list[list[int]]
    headings: list[str]
    similarity: float
    vector_similarity: float
    term_similarity: float
    url: None
    doc_type: str


class MessageAnswer(TypedDict):
    """What was said; an answer to a question has the passages that it drew on."""

    role: str
    content: str
    reference: NotRequired[list[PassageAnswer]]


class SessionAnswer(Dates):
    """A session with its messages."""

    id: str
    name: str
    chat_id: str
    user_id: str
    messages: list[MessageAnswer]


SessionList = list[SessionAnswer]


def present_session(conversation: Conversation) -> SessionAnswer:
    """Return a session with its messages."""
    session = conversation.session
    return {
        "id": session.id,
        "name": session.name,
        "chat_id": session.chat_id,
        "user_id": session.user_id,
        **dates(session.create_time, session.update_time),
        "messages": [present_message(message) for message in conversation.messages],
    }


def present_message(message: MessageRecord) -> MessageAnswer:
    """Return a message; an answer to a question carries the passages that it drew on."""
    shown: MessageAnswer = {"role": message.role, "content": message.content}
    if message.role == Role.ASSISTANT and message.ordinal:
        shown["reference"] = [present_passage(passage) for passage in message.passages]
    return shown


def present_passage(passage: Passage) -> PassageAnswer:
    """Return a passage as answers and sessions show it."""
    return {
        "id": passage.id,
        "content": passage.content,
        "document_id": passage.document_id,
        "document_name": passage.document_name,
        "document_path": passage.document_path,
        "duplicates": [present_place(other) for other in passage.duplicates],
        "dataset_id": passage.dataset_id,
        "image_id": passage.image_id,
        "positions": passage.positions,
        "headings": passage.headings,
        "similarity": passage.similarity,
        "vector_similarity": passage.vector_similarity,
        "term_similarity": passage.term_similarity,
        "url": None,
        "doc_type": "",
    }


def present_place(other: OtherPlace) -> PlaceAnswer:
    """Return where else the words of a passage stand."""
    return {
        "id": other.id,
        "document_id": other.document_id,
        "document_name": other.document_name,
        "document_path": other.document_path,
        "dataset_id": other.dataset_id,
    }

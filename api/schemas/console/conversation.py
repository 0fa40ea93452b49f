"""Sessions of assistants on the console's pages, which call them conversations."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.answer import ReferenceAnswer, present_passages
from api.schemas.base import MAX_TEXT, Ids, LenientFlag, NullFreeRequest, StorableText
from api.schemas.console.requests import ConsoleRequest, ListQuery
from api.schemas.listing import names_in
from api.schemas.searching import MAX_QUESTION, Number
from api.schemas.times import http_date
from api.services.chats.records import Conversation, MessageRecord, SessionRecord
from api.services.chats.values import Asking, GenerationChanges, Inquiry, Judgement, Question
from api.services.library.names import is_id
from api.services.unset import UNSET
from rag.quoting import quoted
from rag.types import Message, Role

NAME_LIMIT = 255
LONGEST_FEEDBACK = 1024
ORDERS = {"create_time": "create_time", "update_time": "update_time"}
THINKING = re.compile("<think>.*?</think>", re.DOTALL)
"""What the pages show before an answer, which no model is told again."""


def own_id(value: str) -> str:
    """Refuse what is no id."""
    if not is_id(value):
        raise ArgumentError("`conversation_id` must have 32 characters from 0-9 and a-f.")
    return value


MessageId = Annotated[StorableText, Field(min_length=1, max_length=64)]


class ConversationRequest(NullFreeRequest):
    """A conversation to begin, under the id that its page has made, or one to rename.

    Its messages begin with the assistant's opener, whatever `message` the page sends along.
    """

    dialog_id: str = ""
    conversation_id: Annotated[str, AfterValidator(own_id)] = ""
    is_new: LenientFlag = True
    name: StorableText = "New conversation"

    @model_validator(mode="after")
    def something_is_named(self) -> "ConversationRequest":
        """Refuse to begin a conversation with nobody, or to rename none."""
        wanted = "dialog_id" if self.is_new else "conversation_id"
        if not getattr(self, wanted):
            raise ArgumentError(f"required argument are missing: {wanted}; ")
        return self

    @property
    def title(self) -> str:
        """Return the name, cut to its limit."""
        return self.name.strip()[:NAME_LIMIT] or "New conversation"


class ConversationsQuery(ConsoleRequest, ListQuery):
    """Whose conversations to list, which part of them, and what of each."""

    orders = ORDERS

    dialog_id: str

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a conversation shows."""
        return names_in(ListedConversationAnswer)


class ConversationQuery(ConsoleRequest):
    """Which conversation is asked about."""

    conversation_id: str


class ConversationIds(ConsoleRequest):
    """Which conversations to delete."""

    conversation_ids: Ids


class MessageRequest(ConsoleRequest):
    """A question in a conversation, and so its answer."""

    conversation_id: str
    message_id: MessageId


class JudgementRequest(NullFreeRequest, MessageRequest):
    """What somebody thinks of an answer."""

    thumbup: bool | None = None
    feedback: Annotated[StorableText, Field(max_length=LONGEST_FEEDBACK)] = ""

    def values(self) -> Judgement:
        """Return what is to be kept; praise needs no reasons."""
        if self.thumbup is None:
            return Judgement(0, self.feedback)
        return Judgement(1) if self.thumbup else Judgement(-1, self.feedback)


class SpokenRequest(NullFreeRequest):
    """A message of a conversation; `doc_ids` are documents that a question is about."""

    id: Annotated[StorableText, Field(max_length=64)] = ""
    role: Literal["system", "user", "assistant"]
    content: str = Field("", max_length=MAX_TEXT)
    doc_ids: Ids = Field(default=[])


class CompletionRequest(NullFreeRequest, ConsoleRequest):
    """A question, which is the last of `messages`, to the assistant of a conversation.

    What was said before is what the conversation has, up to the last message before the question:
    what came after that is replaced. `llm_id` names another model, with which `messages` are the
    whole conversation and nothing is kept. Further keys fill the variables of the prompt.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    conversation_id: str
    messages: list[SpokenRequest] = Field(min_length=1, max_length=1000)
    stream: LenientFlag = True
    llm_id: str = Field("", max_length=255)
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: int | None = Field(None, ge=0, lt=2**31)

    @field_validator("messages")
    @classmethod
    def a_question_is_last(cls, messages: list[SpokenRequest]) -> list[SpokenRequest]:
        """Refuse a conversation that ends without a question."""
        last = messages[-1]
        if last.role != "user":
            raise RuleError("The last content of this conversation is not from user.")
        if len(last.content) > MAX_QUESTION:
            raise ArgumentError(f"A question may have {MAX_QUESTION:,} characters.")
        return messages

    def wanted(self) -> Question:
        """Return what is asked within the conversation."""
        *earlier, last = self.messages
        before = next((said.id for said in reversed(earlier) if said.id), "")
        return Question(
            last.content,
            self.conversation_id,
            variables=self.variables(),
            asking=Asking(last.id, before, tuple(dict.fromkeys(last.doc_ids))),
            generation=self.generation(),
        )

    def compared(self) -> Inquiry:
        """Return what is asked of another model."""
        *before, last = self.messages
        history = tuple(
            Message(Role(said.role), THINKING.sub("", said.content))
            for said in before
            if said.role != "system" and said.content.strip()
        )
        return Inquiry(
            last.content,
            history,
            self.variables(),
            self.generation(),
            document_ids=tuple(dict.fromkeys(last.doc_ids)),
        )

    def variables(self) -> dict[str, str]:
        """Return what fills the variables of the prompt."""
        given = self.model_extra or {}
        return {key: quoted(value, MAX_TEXT) for key, value in given.items()}

    def generation(self) -> GenerationChanges:
        """Return how the model is to answer this once."""
        names = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens")
        given: dict[str, Any] = {name: getattr(self, name) for name in names}
        chosen = {name: value for name, value in given.items() if value is not None}
        return GenerationChanges(model_name=self.llm_id or UNSET, **chosen)


class MessageAnswer(TypedDict):
    """A message; an answer has the id of its question, and what somebody thinks of it."""

    id: str
    role: str
    content: str
    doc_ids: list[str]
    prompt: str
    thumbup: bool | None
    feedback: str


class ListedConversationAnswer(TypedDict):
    """A conversation as a list shows it."""

    id: str
    dialog_id: str
    name: str
    user_id: str
    create_time: int
    create_date: str
    update_time: int
    update_date: str


class ConversationAnswer(ListedConversationAnswer):
    """A conversation with what was said; `reference` has one for each answer to a question."""

    message: list[MessageAnswer]
    reference: list[ReferenceAnswer]


def present_listed(session: SessionRecord) -> ListedConversationAnswer:
    """Return a conversation as a list shows it."""
    return {
        "id": session.id,
        "dialog_id": session.chat_id,
        "name": session.name,
        "user_id": session.user_id,
        "create_time": session.create_time,
        "create_date": http_date(session.create_time),
        "update_time": session.update_time,
        "update_date": http_date(session.update_time),
    }


def present_list(
    found: Sequence[SessionRecord], asked: ConversationsQuery
) -> list[ListedConversationAnswer]:
    """Return a page of conversations as it goes out."""
    return asked.chosen([present_listed(session) for session in found])


def present_conversation(found: Conversation) -> ConversationAnswer:
    """Return a conversation with what was said."""
    answers = (message for message in found.messages if is_answer(message))
    return {
        **present_listed(found.session),
        "message": list(present_messages(found.messages)),
        "reference": [present_passages(message.passages) for message in answers],
    }


def is_answer(message: MessageRecord) -> bool:
    """Return whether a message answers a question, which the opener does not."""
    return message.role == Role.ASSISTANT and message.ordinal > 0


def present_messages(messages: Iterable[MessageRecord]) -> Iterator[MessageAnswer]:
    """Yield messages: an answer has the id of the question before it, the opener the session's."""
    asked = ""
    for message in messages:
        if message.role == Role.USER:
            asked = message.message_id or message.id
        yield {
            "id": asked or message.session_id,
            "role": message.role,
            "content": message.content,
            "doc_ids": list(message.document_ids),
            "prompt": "",
            "thumbup": message.rating > 0 if message.rating else None,
            "feedback": message.feedback,
        }

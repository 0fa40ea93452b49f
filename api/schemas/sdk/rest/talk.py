"""Questions with an assistant or without one, at the address of the later contract."""

from collections.abc import Generator
from contextlib import closing
from typing import Annotated, Any, NotRequired, Self, cast

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.base import MAX_TEXT, LenientFlag, NullFreeRequest
from api.schemas.sdk.chat import given
from api.schemas.sdk.completion import CompletionAnswer, answer_events, present_answer
from api.schemas.sdk.rest.completion import delta_events
from api.schemas.sdk.session import UserId
from api.schemas.searching import MAX_QUESTION, Number
from api.schemas.spoken import MOST_MESSAGES, Spoken
from api.services.chats.records import AnswerRecord, Reply
from api.services.chats.values import GenerationChanges, Inquiry, Talk
from rag.quoting import quoted
from rag.types import Message, Role

Messages = Annotated[list[Spoken], Field(max_length=MOST_MESSAGES, fail_fast=True)]


class TalkRequest(NullFreeRequest):
    """A question, or a conversation that ends with one; further keys fill variables of the prompt.

    Without `chat_id` the model alone answers. With it the answer is stored in `session_id`, or in
    a new session, unless `store_history_messages` is off. A session remembers what was said
    before, unless `pass_all_history_messages` tells the model what `messages` say instead.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    question: str = Field("", max_length=MAX_QUESTION)
    messages: Messages = Field(default=[])
    stream: LenientFlag = True
    chat_id: str = ""
    session_id: str = ""
    user_id: UserId = ""
    llm_id: str = Field("", max_length=255)
    pass_all_history_messages: LenientFlag = False
    store_history_messages: LenientFlag = True
    legacy: LenientFlag = False
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: int | None = None

    @model_validator(mode="before")
    @classmethod
    def asks(cls, values: Any) -> Any:
        """Refuse what asks nothing."""
        if not values.get("question") and values.get("messages") is None:
            raise ArgumentError("required argument are missing: messages")
        return values

    @model_validator(mode="after")
    def belongs_together(self) -> Self:
        """Refuse a session without its assistant, one that keeps nothing, and no question."""
        if self.session_id and not self.chat_id:
            raise RuleError("`chat_id` is required when `session_id` is provided.")
        if self.session_id and not self.store_history_messages:
            raise RuleError("`store_history_messages` cannot be off: leave `session_id` out.")
        if not self.question and not self.messages:
            raise RuleError("You have to provide messages.")
        if not self.question and self.messages[-1].role != "user":
            raise RuleError("The last content of this conversation is not from user.")
        return self

    def wanted(self) -> Talk:
        """Return what is asked, and of whom."""
        history = self.history()
        inquiry = Inquiry(
            self.question or self.messages[-1].text,
            history,
            {key: quoted(value, MAX_TEXT) for key, value in (self.model_extra or {}).items()},
            GenerationChanges(
                model_name=given(self.llm_id or None),
                temperature=given(self.temperature),
                top_p=given(self.top_p),
                presence_penalty=given(self.presence_penalty),
                frequency_penalty=given(self.frequency_penalty),
                max_tokens=given(self.max_tokens),
            ),
        )
        brings_history = self.pass_all_history_messages or bool(history and not self.session_id)
        return Talk(
            inquiry,
            self.chat_id,
            self.session_id,
            self.user_id,
            is_kept=self.store_history_messages,
            brings_history=brings_history,
        )

    def history(self) -> tuple[Message, ...]:
        """Return what user and assistant said before the question."""
        before = self.messages if self.question else self.messages[:-1]
        return tuple(
            Message(Role(message.role), message.text)
            for message in before
            if message.role in {"user", "assistant"} and message.text
        )


class TalkAnswer(CompletionAnswer):
    """An answer, or a piece of one, with its assistant."""

    chat_id: str


class TalkEvent(TypedDict):
    """An event of a stream."""

    code: int
    message: NotRequired[str]
    data: TalkAnswer


def talk_events(body: TalkRequest, reply: Reply) -> Generator[TalkEvent]:
    """Yield the events of an answer, each with its assistant.

    Closing this ends the making of the answer.
    """
    made = answer_events(reply) if body.legacy else delta_events(reply)
    with closing(made):
        for event in made:
            data = {**event["data"], "chat_id": body.chat_id}
            yield cast("TalkEvent", {**event, "data": data})


def present_talk(body: TalkRequest, answer: AnswerRecord) -> TalkAnswer:
    """Return a whole answer with its assistant."""
    return cast("TalkAnswer", {**present_answer(answer), "chat_id": body.chat_id})

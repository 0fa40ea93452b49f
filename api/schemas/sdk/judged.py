"""Messages with what people think of them, on the wire."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from api.schemas.base import LenientFlag, PageQuery
from api.schemas.sdk.session import PassageAnswer, present_passage
from api.schemas.times import http_date
from api.services.chats.records import JudgedAnswer, MessageRecord
from rag.types import Role


class JudgedQuery(PageQuery):
    """Which judged answers to list: good ones, bad ones, or both."""

    thumbup: LenientFlag | None = None

    @property
    def ratings(self) -> tuple[int, int]:
        """Return the ratings that are asked for."""
        if self.thumbup is None:
            return (1, -1)
        return (1, 1) if self.thumbup else (-1, -1)


class JudgedAnswerShown(TypedDict):
    """An answer that somebody has judged, and when; `id` is that of its question."""

    id: str
    session_id: str
    question: str
    answer: str
    thumbup: bool
    feedback: str
    update_time: int
    update_date: str


class SaidAnswer(TypedDict):
    """What was said; `id` is that of a question, which its answer has, too, empty of the opener.

    Answers have the passages that they draw on, and what somebody thinks of them.
    """

    id: str
    role: str
    content: str
    reference: NotRequired[list[PassageAnswer]]
    thumbup: NotRequired[bool | None]
    feedback: NotRequired[str]


def present_judged(found: Sequence[JudgedAnswer]) -> list[JudgedAnswerShown]:
    """Return judged answers as they go out."""
    return [
        {
            "id": answer.message_id,
            "session_id": answer.session_id,
            "question": answer.question,
            "answer": answer.answer,
            "thumbup": answer.rating > 0,
            "feedback": answer.feedback,
            "update_time": answer.update_time,
            "update_date": http_date(answer.update_time),
        }
        for answer in found
    ]


def present_said(messages: Sequence[MessageRecord]) -> list[SaidAnswer]:
    """Return the messages of a session as they go out."""
    questions = {
        message.ordinal: message.message_id or message.id
        for message in messages
        if message.role == Role.USER
    }
    return [present_message(message, questions) for message in messages]


def present_message(message: MessageRecord, questions: dict[int, str]) -> SaidAnswer:
    """Return a message as it goes out; `questions` has the ids of questions by their places."""
    if message.role == Role.USER or not message.ordinal:
        known = questions.get(message.ordinal, "")
        return {"id": known, "role": message.role, "content": message.content}
    return {
        "id": questions.get(message.ordinal - 1, ""),
        "role": message.role,
        "content": message.content,
        "reference": [present_passage(passage) for passage in message.passages],
        "thumbup": message.rating > 0 if message.rating else None,
        "feedback": message.feedback,
    }

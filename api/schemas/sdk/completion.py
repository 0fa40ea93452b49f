"""Questions to an assistant and its answers on the wire."""

import time
from collections.abc import Generator
from contextlib import closing
from typing import NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import MAX_TEXT, LenientFlag, NullFreeRequest
from api.schemas.sdk.retrieval import Nothing
from api.schemas.sdk.session import PassageAnswer, UserId, present_passage
from api.schemas.searching import MAX_QUESTION, CountAnswer, document_counts
from api.services.chats.records import AnswerRecord, Reply, Sources
from api.services.chats.values import Question
from rag.quoting import quoted


class CompletionRequest(NullFreeRequest):
    """A question; keys beside these fill the variables of the assistant's prompt.

    Without `session_id`, a session is started and answered with the assistant's opener. `legacy`
    asks for events of a stream that repeat the answer so far, or that do not.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    question: str = Field("", max_length=MAX_QUESTION)
    stream: LenientFlag = True
    session_id: str = ""
    user_id: UserId = ""
    legacy: LenientFlag | None = None

    def wanted(self) -> Question:
        """Return what is asked."""
        given = self.model_extra or {}
        variables = {key: quoted(value, MAX_TEXT) for key, value in given.items()}
        return Question(self.question, self.session_id, self.user_id, variables)


class SourcesAnswer(TypedDict):
    """The passages that an answer may cite; a marker `[ID:i]` is an index into `chunks`."""

    total: int
    chunks: list[PassageAnswer]
    doc_aggs: list[CountAnswer]


class CompletionAnswer(TypedDict):
    """An answer, or as much of it as is there; a greeting comes without prompt and time."""

    answer: str
    reference: SourcesAnswer | Nothing
    audio_binary: None
    id: str | None
    session_id: str
    prompt: NotRequired[str]
    created_at: NotRequired[float]


class CompletionEvent(TypedDict):
    """An event of a stream; the one that ends it has `true` as its data."""

    code: int
    data: CompletionAnswer
    message: NotRequired[str]


def answer_events(reply: Reply) -> Generator[CompletionEvent]:
    """Yield an event for each part: the answer so far, last with its reference.

    Closing this ends the making of the answer.
    """
    reasoning = text = ""
    with closing(reply.parts):
        for part in reply.parts:
            if isinstance(part, AnswerRecord):
                yield last_event(part)
                continue
            reasoning += part.reasoning
            text += part.content
            yield {"code": 0, "data": present_part(reply, shown_answer(reasoning, text))}


def present_part(reply: Reply, answer: str) -> CompletionAnswer:
    """Return as much of an answer as is there."""
    return {
        "answer": answer,
        "reference": Nothing(),
        "audio_binary": None,
        "prompt": "",
        "created_at": time.time(),
        "id": reply.message_id,
        "session_id": reply.session_id,
    }


def last_event(answer: AnswerRecord) -> CompletionEvent:
    """Return the event of a whole answer; that of a greeting has a message, too."""
    data = present_answer(answer)
    return (
        {"code": 0, "data": data} if answer.message_id else {"code": 0, "message": "", "data": data}
    )


def present_answer(answer: AnswerRecord) -> CompletionAnswer:
    """Return a whole answer; a greeting comes without what was asked of the model."""
    shown: CompletionAnswer = {
        "answer": shown_answer(answer.reasoning, answer.text),
        "reference": present_sources(answer.sources) if answer.sources else Nothing(),
        "audio_binary": None,
        "id": answer.message_id,
        "session_id": answer.session_id,
    }
    if answer.message_id:
        shown["prompt"], shown["created_at"] = answer.prompt, time.time()
    return shown


def shown_answer(reasoning: str, text: str) -> str:
    """Return an answer as classic clients show it: thinking first, in its tags."""
    return f"<think>{reasoning}</think>{text}" if reasoning else text


def present_sources(sources: Sources) -> SourcesAnswer:
    """Return the passages that an answer may cite; a marker `[ID:i]` is an index into `chunks`."""
    return {
        "total": sources.total,
        "chunks": [present_passage(passage) for passage in sources.passages],
        "doc_aggs": document_counts(sources.documents),
    }

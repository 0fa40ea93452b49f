"""Questions to an assistant and its answers on the wire."""

import time
from collections.abc import Generator
from contextlib import closing

from pydantic import ConfigDict, Field

from api.schemas.base import MAX_TEXT, LenientFlag, NullFreeRequest
from api.schemas.sdk.session import UserId, present_passage
from api.schemas.searching import MAX_QUESTION, document_counts
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


def answer_events(reply: Reply) -> Generator[dict[str, object]]:
    """Yield an event for each part: the answer so far, last with its reference.

    Closing this ends the making of the answer.
    """
    shared: dict[str, object] = {"reference": {}, "audio_binary": None, "prompt": ""}
    named = {"id": reply.message_id, "session_id": reply.session_id}
    reasoning = text = ""
    with closing(reply.parts):
        for part in reply.parts:
            if isinstance(part, AnswerRecord):
                yield last_event(part)
                continue
            reasoning += part.reasoning
            text += part.content
            answer = shown_answer(reasoning, text)
            data = {"answer": answer, **shared, "created_at": time.time(), **named}
            yield {"code": 0, "data": data}


def last_event(answer: AnswerRecord) -> dict[str, object]:
    """Return the event of a whole answer; that of a greeting has a message, too."""
    greeting: dict[str, object] = {} if answer.message_id else {"message": ""}
    return {"code": 0, **greeting, "data": present_answer(answer)}


def present_answer(answer: AnswerRecord) -> dict[str, object]:
    """Return a whole answer; a greeting comes without what was asked of the model."""
    made: dict[str, object] = {}
    if answer.message_id:
        made = {"prompt": answer.prompt, "created_at": time.time()}
    return {
        "answer": shown_answer(answer.reasoning, answer.text),
        "reference": present_sources(answer.sources) if answer.sources else {},
        "audio_binary": None,
        **made,
        "id": answer.message_id,
        "session_id": answer.session_id,
    }


def shown_answer(reasoning: str, text: str) -> str:
    """Return an answer as classic clients show it: thinking first, in its tags."""
    return f"<think>{reasoning}</think>{text}" if reasoning else text


def present_sources(sources: Sources) -> dict[str, object]:
    """Return the passages that an answer may cite; a marker `[ID:i]` is an index into `chunks`."""
    return {
        "total": sources.total,
        "chunks": [present_passage(passage) for passage in sources.passages],
        "doc_aggs": document_counts(sources.documents),
    }

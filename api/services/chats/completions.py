"""Questions to an assistant within a session, and its answers as they are made."""

import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any

from api.errors import RuleError
from api.execution import Execution
from api.schemas.sdk.completion import CompletionRequest, answer_object
from api.schemas.sdk.session import SessionRequest
from api.services.chats.answering import Answering, AnsweringService, Inquiry, read_whole
from api.services.chats.chats import ChatService
from api.services.chats.sessions import SessionService
from rag.errors import RagError


class CompletionService:
    """Answers questions; a session remembers both.

    The question is stored while the model thinks, before the first event, and the answer before
    the last one. When the reader goes away, what there is of the answer is stored; when the model
    fails, nothing is, and the question stays without an answer. No database connection is held
    while an answer is made.
    """

    def __init__(
        self,
        chats: ChatService,
        sessions: SessionService,
        answering: AnsweringService,
        execution: Execution,
    ) -> None:
        """Remember the parts."""
        self.chats = chats
        self.sessions = sessions
        self.answering = answering
        self.execution = execution

    def stream(
        self, tenant_id: str, chat_id: str, body: CompletionRequest
    ) -> Generator[dict[str, Any]]:
        """Yield the events of a stream: the answer so far as it grows, last with its reference.

        What is wrong with the request is raised at once and not by the generator.
        """
        assistant = self.chats.assistant(tenant_id, chat_id)
        if not body.session_id:
            opening = self.greeting(tenant_id, chat_id, body)
            return (event for event in [{"code": 0, "message": "", "data": opening}])
        return enveloped(self.ask(assistant, body))

    def answer(self, tenant_id: str, chat_id: str, body: CompletionRequest) -> dict[str, Any]:
        """Return the whole answer."""
        data: dict[str, Any] = read_whole(self.stream(tenant_id, chat_id, body))["data"]
        return data

    def ask(
        self, assistant: Mapping[str, Any], body: CompletionRequest
    ) -> Generator[dict[str, Any]]:
        """Find passages for a question in a session; return a generator of its answer."""
        session = (assistant["tenant_id"], assistant["id"], body.session_id)
        history = self.sessions.history(*session)
        if not body.question.strip():
            raise RuleError("`question` is required.")
        inquiry = Inquiry(body.question, history, body.variables)
        answering = self.answering.begin(assistant, inquiry)
        return self.answers(body.session_id, body.question, answering)

    def greeting(self, tenant_id: str, chat_id: str, body: CompletionRequest) -> dict[str, Any]:
        """Start a session and answer with its opener, whatever was asked."""
        session = self.sessions.create(tenant_id, chat_id, SessionRequest(user_id=body.user_id))
        opener = session["messages"][0]["content"]
        return answer_object(opener, {}, message_id=None, session_id=session["id"])

    def answers(
        self, session_id: str, question: str, answering: Answering
    ) -> Generator[dict[str, Any]]:
        """Store the question, yield the answer as it grows, and store that."""
        message_id = str(uuid.uuid4())
        stored = self.execution.beside(self.sessions.begin, session_id, question)
        finished = failed = False
        try:
            for _ in answering.stream:
                stored()
                yield so_far(answering, message_id, session_id)
            finished = True
        except RagError:
            failed = True
            raise
        finally:
            answering.stream.close()
            turn = stored()
            answer = answering.stream.answer.text
            if finished or (answer and not failed):
                self.sessions.finish(turn, answer, answering.reference)
        yield so_far(answering, message_id, session_id, finished=True)


def so_far(
    answering: Answering, message_id: str, session_id: str, *, finished: bool = False
) -> dict[str, Any]:
    """Return the answer so far; prompt and reference come with the whole of it."""
    return answer_object(
        answering.text,
        answering.reference if finished else {},
        prompt=answering.prompt if finished else "",
        created_at=time.time(),
        message_id=message_id,
        session_id=session_id,
    )


def enveloped(answers: Generator[dict[str, Any]]) -> Generator[dict[str, Any]]:
    """Yield each answer in its envelope; closing this closes the answers."""
    with closing(answers):
        for answer in answers:
            yield {"code": 0, "data": answer}

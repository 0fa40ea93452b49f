"""Questions to an assistant within a session, and its answers as they are made."""

import uuid
from dataclasses import replace

from api.errors import BlankQuestionError
from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.chats.answering import Answering, AnsweringService, read_whole
from api.services.chats.chats import ChatService
from api.services.chats.records import AnswerRecord, Parts, Reply
from api.services.chats.sessions import SessionService
from api.services.chats.values import Inquiry, Question
from rag.errors import RagError

GREETED = "New session"
"""The name of a session that a question without one starts."""


class CompletionService:
    """Answers questions; a session remembers both.

    The question is stored while the model thinks, before the first piece, and the answer before
    the whole of it is told. When the reader goes away, what there is of the answer is stored; when
    the model fails, nothing is, and the question stays without an answer. No database connection
    is held while an answer is made.
    """

    def __init__(
        self,
        chats: ChatService,
        sessions: SessionService,
        answering: AnsweringService,
        execution: Execution,
    ) -> None:
        """Initialize with the parts."""
        self.chats = chats
        self.sessions = sessions
        self.answering = answering
        self.execution = execution

    def ask(self, asker: Principal, chat_id: str, question: Question) -> Reply:
        """Return the answer to a question, which is made while its parts are read.

        Without a session, one is started and answers with its opener, whatever is asked.
        """
        assistant = self.chats.assistant(asker, chat_id)
        if not question.session_id:
            return self.greeting(asker, chat_id, question.user_id)
        history = self.sessions.history(asker, chat_id, question.session_id, question.asking)
        if not question.text.strip():
            raise BlankQuestionError
        if question.history is not None:
            history = question.history
        inquiry = Inquiry(
            question.text,
            history,
            question.variables,
            question.generation,
            quoting=question.quoting,
            document_ids=question.asking.document_ids,
        )
        answering = self.answering.begin(asker, assistant, inquiry)
        message_id = question.asking.message_id or str(uuid.uuid4())
        parts = self.parts(question, answering, message_id)
        return Reply(question.session_id, message_id, parts)

    def answer(self, asker: Principal, chat_id: str, question: Question) -> AnswerRecord:
        """Return the whole answer to a question."""
        return read_whole(self.ask(asker, chat_id, question).parts, AnswerRecord)

    def greeting(self, asker: Principal, chat_id: str, user_id: str) -> Reply:
        """Start a session and answer with its opener."""
        begun = self.sessions.create(asker, chat_id, GREETED, user_id)
        session_id = begun.session.id
        opener = AnswerRecord(begun.messages[0].content, session_id=session_id)
        return Reply(session_id, None, (part for part in (opener,)))

    def parts(self, question: Question, answering: Answering, message_id: str) -> Parts:
        """Store the question, yield the answer piece by piece, store it, and yield all of it."""
        asked = (question.session_id, question.text, question.asking, message_id)
        stored = self.execution.later(self.sessions.begin, *asked)
        finished = failed = False
        try:
            for number, piece in enumerate(answering.stream):
                if number == 0:
                    stored()
                yield piece
            finished = True
        except RagError:
            failed = True
            raise
        finally:
            answering.stream.close()
            turn = stored()
            answer = answering.record()
            if finished or (answer.text and not failed):
                passages = answer.sources.passages if answer.sources else ()
                self.sessions.finish(turn, answer.text, passages)
        yield replace(answer, session_id=question.session_id, message_id=message_id)

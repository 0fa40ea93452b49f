"""Questions within a session that is known by its id alone."""

import uuid

from api.errors import BlankQuestionError, NoDatasetsError
from api.services.accounts.records import Principal
from api.services.chats.answering import read_whole
from api.services.chats.completions import CompletionService
from api.services.chats.conversations import ConversationService
from api.services.chats.exchanges import ExchangeService
from api.services.chats.records import AnswerRecord, Reply
from api.services.chats.values import Inquiry, Question


class DialogueService:
    """Answers within sessions, which remember it, or beside them."""

    def __init__(
        self,
        conversations: ConversationService,
        completions: CompletionService,
        exchanges: ExchangeService,
    ) -> None:
        """Initialize with the parts."""
        self.conversations = conversations
        self.completions = completions
        self.exchanges = exchanges

    def ask(self, asker: Principal, question: Question) -> Reply:
        """Return the answer to a question, which the session remembers."""
        session = self.conversations.find(asker, question.session_id)
        return self.completions.ask(asker, session.chat_id, question)

    def dataset(self, asker: Principal, session_id: str) -> str:
        """Return the dataset that keeps the files of a session: the first one of its assistant."""
        session = self.conversations.find(asker, session_id)
        chats = self.completions.chats
        readable = chats.readable(asker, chats.assistant(asker, session.chat_id).dataset_ids)
        if not readable:
            raise NoDatasetsError
        return readable[0]

    def compare(
        self, asker: Principal, session_id: str, inquiry: Inquiry, message_id: str = ""
    ) -> Reply:
        """Return the answer of another model to a conversation, of which nothing is stored."""
        session = self.conversations.find(asker, session_id)
        if not inquiry.question.strip():
            raise BlankQuestionError
        parts = self.exchanges.ask(asker, session.chat_id, inquiry)
        return Reply(session_id, message_id or str(uuid.uuid4()), parts)


def whole(reply: Reply) -> AnswerRecord:
    """Return the whole answer of a reply; raises UnavailableError if the model fails."""
    return read_whole(reply.parts, AnswerRecord)

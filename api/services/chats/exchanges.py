"""Conversations with an assistant that the asker keeps: nothing of them is stored."""

import uuid
from dataclasses import replace

from api.errors import BlankQuestionError
from api.services.accounts.records import Principal
from api.services.chats.answering import Answering, AnsweringService, read_whole
from api.services.chats.chats import ChatService
from api.services.chats.records import AnswerRecord, AssistantRecord, Parts, Reply
from api.services.chats.values import ChatChanges, Inquiry
from rag.llm.base import Usage


class ExchangeService:
    """Answers conversations without storing anything of them."""

    def __init__(self, chats: ChatService, answering: AnsweringService) -> None:
        """Initialize with the parts."""
        self.chats = chats
        self.answering = answering

    def ask(self, asker: Principal, chat_id: str, inquiry: Inquiry) -> Parts:
        """Return the answer to a conversation, which is made while its parts are read."""
        return self.begin(asker, self.chats.assistant(asker, chat_id), inquiry)

    def opened(self, asker: Principal, chat_id: str, inquiry: Inquiry) -> Answering:
        """Return an answer that is about to be made, of which `parts` reads all there is."""
        return self.answering.begin(asker, self.chats.assistant(asker, chat_id), inquiry)

    def trial(self, asker: Principal, chat_id: str, changes: ChatChanges, text: str) -> Reply:
        """Return how an assistant would answer a question with some changes, which are not kept."""
        assistant = self.chats.changed(asker, chat_id, changes)
        if not text.strip():
            raise BlankQuestionError
        return Reply("", str(uuid.uuid4()), self.begin(asker, assistant, Inquiry(text)))

    def trial_answer(
        self, asker: Principal, chat_id: str, changes: ChatChanges, text: str
    ) -> AnswerRecord:
        """Return the whole answer that an assistant would give with some changes."""
        return read_whole(self.trial(asker, chat_id, changes, text).parts, AnswerRecord)

    def begin(self, asker: Principal, assistant: AssistantRecord, inquiry: Inquiry) -> Parts:
        """Return the answer of what may be no assistant that is kept."""
        return self.parts(self.answering.begin(asker, assistant, inquiry))

    def answer(self, asker: Principal, chat_id: str, inquiry: Inquiry) -> AnswerRecord:
        """Return the whole answer to a conversation."""
        return read_whole(self.ask(asker, chat_id, inquiry), AnswerRecord)

    def parts(self, answering: Answering) -> Parts:
        """Yield the answer piece by piece, then all of it with what it took."""
        try:
            yield from answering.stream
        finally:
            answering.stream.close()
        answer = answering.record()
        yield replace(answer, usage=self.usage(answering, answer))

    def usage(self, answering: Answering, answer: AnswerRecord) -> Usage:
        """Return what the answer took, as the model says or, where it does not, as we count."""
        count = self.answering.tools.count_tokens
        if answer.usage.prompt_tokens or answer.usage.completion_tokens:
            return answer.usage
        prompt = sum(count(message.content) for message in answering.stream.prompt.messages)
        return Usage(prompt, count(answer.reasoning) + count(answer.text))

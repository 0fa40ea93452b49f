"""What a chat model says about a question and what was found, beside answers."""

import re
from collections.abc import Sequence

from api.errors import BlankQuestionError, NoChatModelError, UnavailableError
from api.services.accounts.records import Principal
from api.services.chats.models import ChatModels
from api.services.chats.outlines import read_outline
from api.services.chats.prompts import Prompts
from api.services.chats.records import Outline
from rag.errors import ModelError
from rag.llm.base import ChatModel, GenerationOptions
from rag.types import Message, Role

MOST = 10
MARKS = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、])?\s*")
"""What models put before the lines of a list, whatever they are told."""

OPTIONS = GenerationOptions(
    temperature=0.7, top_p=1.0, presence_penalty=0.0, frequency_penalty=0.0, max_tokens=512
)


class SuggestionService:
    """Asks the chat model that a tenant uses by default; the prompts tell it what is wanted."""

    def __init__(self, models: ChatModels, prompts: Prompts) -> None:
        """Initialize with the parts."""
        self.models = models
        self.prompts = prompts

    def related_questions(
        self, asker: Principal, question: str, model: str = "", subject: str = ""
    ) -> list[str]:
        """Return questions that go with a question; raises NoChatModelError without a model.

        Another `model` than the usual one may be named. `subject` is the field that all are about.
        """
        if not question.strip():
            raise BlankQuestionError
        related = self.prompts.related_questions
        about = f"{related}\n\nThe field: {subject}" if subject.strip() else related
        said = self.say(asker, model, (about, question))
        lines = (MARKS.sub("", line).strip() for line in said.splitlines())
        return [line for line in dict.fromkeys(lines) if line][:MOST]

    def outline(
        self, asker: Principal, question: str, texts: Sequence[str], model: str = ""
    ) -> Outline:
        """Return an outline of passages; raises NoChatModelError without a model."""
        asked = "\n\n".join((f"The question: {question}", "The passages:", *texts))
        said = self.say(asker, model, (self.prompts.outline, asked))
        return read_outline(said, question)

    def say(
        self, asker: Principal, name: str, texts: tuple[str, str], within: float | None = None
    ) -> str:
        """Return what a model says to an instruction and a text, `within` seconds if given.

        An empty instruction is not told.
        """
        model = self.models.chat_model(asker.tenant_id, name, within)
        if model is None:
            raise NoChatModelError
        instruction, text = texts
        told = (Message(Role.SYSTEM, instruction), Message(Role.USER, text))
        messages = told if instruction else told[1:]
        try:
            return said_by(model, messages)
        except ModelError as error:
            raise UnavailableError(str(error)) from error


def said_by(model: ChatModel, messages: Sequence[Message]) -> str:
    """Return the whole of what a model says, without its thinking."""
    return "".join(delta.content for delta in model.stream(messages, OPTIONS))

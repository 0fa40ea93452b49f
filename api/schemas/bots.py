"""Assistants on pages that are shown to anybody."""

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import LenientFlag, NullFreeRequest, StorableText
from api.schemas.searching import MAX_QUESTION
from api.services.chats.records import ShownChat
from api.services.chats.values import Question


class BotQuestion(NullFreeRequest):
    """A question to an assistant.

    Without `session_id` a session is started, and answered with the assistant's opener.
    """

    question: str = Field("", max_length=MAX_QUESTION)
    session_id: str = ""
    user_id: StorableText = Field("", max_length=255)
    quote: LenientFlag = True
    stream: LenientFlag = True

    def wanted(self) -> Question:
        """Return what is asked."""
        return Question(self.question, self.session_id, self.user_id, quoting=self.quote)


class BotAnswer(TypedDict):
    """An assistant as anybody sees it."""

    title: str
    avatar: str
    prologue: str


class PictureAnswer(TypedDict):
    """The picture of an assistant."""

    avatar: str


def present_bot(shown: ShownChat) -> BotAnswer:
    """Return an assistant as anybody sees it."""
    chat = shown.chat
    return {"title": chat.name, "avatar": chat.avatar, "prologue": chat.prompting.opener}


def present_picture(shown: ShownChat) -> PictureAnswer:
    """Return the picture of an assistant."""
    return {"avatar": shown.chat.avatar}

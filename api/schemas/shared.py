"""What the page of a share begins with, and what it asks."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, without_nul
from api.schemas.searching import MAX_QUESTION
from api.services.chats.records import ShownChat

QuestionText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION),
    AfterValidator(without_nul),
]


class VisitorQuestion(NullFreeRequest):
    """A question of a visitor; without `session_id` a session is begun."""

    question: QuestionText
    session_id: str = Field("", max_length=64)


class SharedChat(TypedDict):
    """An assistant as visitors see it."""

    name: str
    opener: str


class SharedStart(TypedDict):
    """What the modules of a shared page begin with, as those of the console do."""

    base: str
    api: str
    pages: list[str]
    user: None
    version: str
    chat: SharedChat


def present_start(found: ShownChat, address: str, version: str) -> SharedStart:
    """Return what a shared page begins with."""
    chat = found.chat
    return {
        "base": address,
        "api": address,
        "pages": [],
        "user": None,
        "version": version,
        "chat": {"name": chat.name, "opener": chat.prompting.opener},
    }

"""Conversations that are copied, or come from a file of Open WebUI's."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import ConfigDict, Field

from api.db.base import now_ms
from api.errors import ArgumentError
from api.schemas.base import NullFreeRequest, Request, StorableText
from api.schemas.lines import json_line
from api.schemas.openwebui.conversation import (
    LONGEST_TITLE,
    ConversationAnswer,
    ConversationRequest,
    identity_of,
    key_of,
    present_conversation,
)
from api.services.webui.records import Conversation, ConversationRow, Imported

MOST_IMPORTED = 1000
"""Conversations of one request."""

MOST_TAGS = 100
LATEST = 32_503_680_000
"""Seconds from 1970 to the year 3000: later times are no times."""


class CloneRequest(NullFreeRequest):
    """What a copy is called."""

    title: StorableText = Field("", max_length=LONGEST_TITLE)


class ForkRequest(NullFreeRequest):
    """Up to which message a conversation is copied."""

    message_id: str = Field("", max_length=64)

    def place(self) -> str:
        """Return the id of the message; raises ArgumentError."""
        return identity_of("message_id", self.message_id)


class ImportedRequest(ConversationRequest):
    """A conversation of a file; times in seconds since 1970."""

    meta: dict[str, object] = Field({}, max_length=64)
    pinned: bool = False
    archived: bool = False
    created_at: int = Field(0, ge=0, le=LATEST)
    updated_at: int = Field(0, ge=0, le=LATEST)

    def conversation(self) -> Imported:
        """Return what is kept; raises ArgumentError, which names the field."""
        now, tree = now_ms(), self.tree()
        row = ConversationRow(
            id="",
            user_id="",
            title=self.title(),
            current_id=tree.current_id,
            is_pinned=self.pinned,
            is_archived=self.archived,
            last_read_time=now,
            create_time=self.created_at * 1000 or now,
            update_time=self.updated_at * 1000 or now,
            folder=key_of(self.folder_id),
        )
        return Imported(row, self.change().body, tree, self.tags())

    def tags(self) -> tuple[str, ...]:
        """Return the names of the tags; raises ArgumentError."""
        given = self.meta.get("tags") or []
        names = given if isinstance(given, list) else [given]
        good = all(isinstance(one, str) and "\0" not in one for one in names)
        if not good or len(names) > MOST_TAGS:
            raise ArgumentError(f"meta.tags: give a list of up to {MOST_TAGS} names.")
        return tuple(str(one)[:255] for one in names)


class ImportRequest(NullFreeRequest):
    """Conversations of a file."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"chats": [{"chat": {"title": "Lamps"}}]}]}
    )

    chats: list[ImportedRequest] = Field(max_length=MOST_IMPORTED)

    def conversations(self) -> list[Imported]:
        """Return what is kept; raises ArgumentError, which names the field."""
        return [one.conversation() for one in self.chats]


def exported(found: Iterable[Conversation]) -> Iterator[ConversationAnswer]:
    """Yield conversations as the lines of a file have them."""
    return map(present_conversation, found)


class OverseenQuery(Request):
    """Which conversations of somebody to list; page 0 has all of them."""

    page: int = Field(0, ge=0, le=10_000_000)


def elements(found: Iterable[Conversation]) -> Iterator[Mapping[str, object]]:
    """Yield conversations as the elements of a list, which begins with the first of them."""
    before = "["
    for one in found:
        yield {"before": before, "chat": present_conversation(one)}
        before = ","
    if before == "[":
        yield {"before": before}


def element(event: Mapping[str, object]) -> bytes:
    """Return an element of a list with what is before it; what fails is one, too."""
    if "before" not in event:
        return b"," + json_line(event)
    before = str(event["before"]).encode()
    return before + json_line(event["chat"]) if "chat" in event else before


def line(event: Mapping[str, object]) -> bytes:
    """Return a line of a file."""
    return json_line(event) + b"\n"

"""Messages in channels as Open WebUI's clients have them; times in ns since 1970."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired

import orjson
from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE, NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import dashed, key_of
from api.services.channels.records import Author, Message, NewMessage, Reaction, WebhookRow

MAX_LIMIT = 200
MOST_SAID = 10_000
"""Characters of a message: an event with it goes from a process to another in one datagram."""

MOST_QUOTED = 1000
"""Characters that are shown of a message beside one that answers it."""

MOST_FILES = 50
MAX_DATA = 100_000
"""Characters of what a message has beside its text."""

OWN_META = frozenset({"model_id", "model_name", "webhook"})
"""What the server says of a message itself."""


def as_emoji(given: str) -> str:
    """Return the name of an emoji; raises ValueError for what is none."""
    name = given.strip()
    if not name or any(character.isspace() for character in name):
        raise ValueError("give the name of an emoji, without blanks")
    return name


class MessagesQuery(Request):
    """Some messages, the newest first; `before` names the one that they are older than."""

    skip: int = Field(0, ge=0, le=MAX_PAGE)
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    before: str = Field("", max_length=64)


class ThreadQuery(Request):
    """Some of a thread, the newest first; `around` names a reply that is to be among them."""

    skip: int = Field(0, ge=0, le=MAX_PAGE)
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    around: str = Field("", max_length=64)


class PinnedQuery(Request):
    """A page of pinned messages."""

    page: int = Field(1, ge=1, le=MAX_PAGE)


class MessageRequest(NullFreeRequest):
    """A message that is to be posted, or what one is to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content": "Who lit the lamp?"}]})

    content: StorableText = Field(max_length=MOST_SAID)
    temp_id: StorableText = Field("", max_length=64)
    data: dict[str, object] = Field({}, max_length=64)
    meta: dict[str, object] = Field({}, max_length=64)
    reply_to_id: str = Field("", max_length=64)
    parent_id: str = Field("", max_length=64)

    def message(self) -> NewMessage:
        """Return the message; raises ArgumentError for one that says nothing, or too much."""
        files = self.data.get("files") or []
        if not isinstance(files, list) or len(files) > MOST_FILES:
            raise ArgumentError(f"data.files: give a list of up to {MOST_FILES} files.")
        if not self.content.strip() and not files:
            raise ArgumentError("content: a message says something, or has files.")
        if len(orjson.dumps([self.data, self.meta])) > MAX_DATA:
            raise ArgumentError(f"data: more than {MAX_DATA:,} characters.")
        return NewMessage(
            self.content,
            self.data,
            {name: value for name, value in self.meta.items() if name not in OWN_META},
            key_of(self.parent_id),
            key_of(self.reply_to_id),
            self.temp_id,
            [one for one in map(file_id_of, files) if one],
        )


class PinRequest(Request):
    """Whether a message is pinned."""

    is_pinned: bool = True


class ReactionRequest(Request):
    """An emoji, by its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "bulb"}]})

    name: Annotated[StorableText, Field(min_length=1, max_length=64), AfterValidator(as_emoji)]


class WebhookRequest(NullFreeRequest):
    """What a webhook is called, and its picture as a data URL."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Builds"}]})

    name: StorableText = Field(min_length=1, max_length=255)
    profile_image_url: Annotated[StorableText, Field(max_length=MAX_DATA)] | None = None


class SaidByWebhookRequest(Request):
    """What a program writes into a channel."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content": "The build is green."}]})

    content: StorableText = Field(min_length=1, max_length=MOST_SAID)


class AuthorAnswer(TypedDict):
    """Who has written a message."""

    id: str
    name: str
    role: str


class ReactionAnswer(TypedDict):
    """An emoji, who has used it, and how often it was used."""

    name: str
    users: list[AuthorAnswer]
    count: int


class ChannelMessageAnswer(TypedDict):
    """A message; in lists `data` only says whether there is any."""

    id: str
    user_id: str | None
    app_id: str | None
    channel_id: str
    reply_to_id: str | None
    parent_id: str | None
    is_pinned: bool
    pinned_by: str | None
    pinned_at: int | None
    content: str
    data: Any
    meta: Mapping[str, Any]
    created_at: int
    updated_at: int
    user: AuthorAnswer | None
    reply_to_message: NotRequired["ReplyAnswer | None"]
    latest_reply_at: NotRequired[int | None]
    reply_count: NotRequired[int]
    reactions: NotRequired[list[ReactionAnswer]]
    etag: NotRequired[str]
    temp_id: NotRequired[str]
    name: NotRequired[str]


class BesideAnswer(TypedDict):
    """What a message has beside its text, other keys as they were sent."""

    files: NotRequired[list[Mapping[str, Any]]]


class ReplyAnswer(TypedDict):
    """The message that another one answers."""

    id: str
    user_id: str | None
    channel_id: str
    content: str
    meta: Mapping[str, Any]
    created_at: int
    user: AuthorAnswer | None


class WebhookAnswer(TypedDict):
    """A webhook: who has its token writes at `/webhooks/{id}/{token}`."""

    id: str
    channel_id: str
    user_id: str | None
    name: str
    profile_image_url: str
    token: str
    last_used_at: int | None
    created_at: int
    updated_at: int


def file_id_of(item: object) -> str:
    """Return the id of a file of the server that a message has; empty for anything else."""
    if not isinstance(item, dict):
        raise ArgumentError("data.files: each file is an object.")
    found = item.get("id")
    return key_of(found) if isinstance(found, str) and found else ""


def present_author(author: Author | None) -> AuthorAnswer | None:
    """Return who has written a message; None for somebody who is gone."""
    return {"id": shown(author), "name": author.name, "role": author.role} if author else None


def shown(author: Author) -> str:
    """Return the id of an author as clients have it: that of a webhook with dashes."""
    return dashed(author.id) if author.role == "webhook" else author.id


def present_message(found: Message, *, whole: bool = False) -> ChannelMessageAnswer:
    """Return a message; with `whole` all that it has beside its text, too."""
    row = found.row
    return {
        "id": dashed(row.id),
        "user_id": row.user_id or None,
        "app_id": None,
        "channel_id": dashed(row.channel_id),
        "reply_to_id": dashed(row.reply_to_id) if row.reply_to_id else None,
        "parent_id": dashed(row.parent_id) if row.parent_id else None,
        "is_pinned": row.is_pinned,
        "pinned_by": row.pinned_by or None,
        "pinned_at": row.pinned_ns or None,
        "content": row.content,
        "data": row.data if whole else any(row.data.values()),
        "meta": row.meta,
        "created_at": row.created_ns,
        "updated_at": row.changed_ns,
        "user": present_author(found.author),
        "reply_to_message": present_reply(found.reply_to) if found.reply_to else None,
        "latest_reply_at": row.latest_reply_ns or None,
        "reply_count": row.reply_count,
        "reactions": [present_reaction(one) for one in found.reactions],
        "etag": f"{row.changed_ns}-{row.update_time}",
    }


def present_reply(found: Message) -> ReplyAnswer:
    """Return the message that another one answers."""
    row = found.row
    return {
        "id": dashed(row.id),
        "user_id": row.user_id or None,
        "channel_id": dashed(row.channel_id),
        "content": row.content[:MOST_QUOTED],
        "meta": row.meta,
        "created_at": row.created_ns,
        "user": present_author(found.author),
    }


def present_reaction(one: Reaction) -> ReactionAnswer:
    """Return an emoji."""
    users: list[AuthorAnswer] = [
        {"id": who.id, "name": who.name, "role": who.role} for who in one.people
    ]
    return {"name": one.name, "users": users, "count": one.times}


def present_messages(found: Sequence[Message]) -> list[ChannelMessageAnswer]:
    """Return messages of a list."""
    return [present_message(one) for one in found]


def present_whole_message(found: Message) -> ChannelMessageAnswer:
    """Return a message with all that it has."""
    return present_message(found, whole=True)


def present_data(found: Message) -> BesideAnswer:
    """Return what a message has beside its text."""
    return {**found.row.data}  # type: ignore[typeddict-item]  # other keys are kept beside files


def present_webhook(row: WebhookRow) -> WebhookAnswer:
    """Return a webhook with its token."""
    return {
        "id": dashed(row.id),
        "channel_id": dashed(row.channel_id),
        "user_id": row.user_id or None,
        "name": row.name,
        "profile_image_url": row.picture,
        "token": row.token,
        "last_used_at": row.last_used_ns or None,
        "created_at": row.create_time * 1_000_000,
        "updated_at": row.update_time * 1_000_000,
    }


def present_webhooks(found: Sequence[WebhookRow]) -> list[WebhookAnswer]:
    """Return the webhooks of a channel."""
    return [present_webhook(one) for one in found]

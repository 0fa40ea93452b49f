"""Conversations as Open WebUI's clients have them: JSON in which messages hang on each other."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NotRequired, cast

import orjson
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import NullFreeRequest, Request, StorableText
from api.schemas.openwebui.variables import Variables
from api.services.unset import UNSET, Unset
from api.services.webui.bodies import Body, as_json
from api.services.webui.folder_records import ListedRow, ListFilter
from api.services.webui.records import (
    MOST_MESSAGES,
    Conversation,
    ConversationChange,
    Tree,
    TreeMessage,
    is_temporary,
)
from api.services.webui.variables import VARIABLES

LONGEST_TITLE = 500
UNTITLED = "New Chat"
IDENTITY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

KEPT_ELSEWHERE = frozenset({"id", "title", "history", "messages", "share_mode"})
"""What of `chat` stands in columns, or is made of the tree."""

OF_THE_TREE = frozenset({"id", "parentId", "childrenIds"})
"""What of a message says where it hangs."""

Json = dict[str, object]


ORDERS = {"updated_at": "update_time", "created_at": "create_time", "title": "title"}
"""By what conversations are ordered, and the columns of that."""

Order = Literal["updated_at", "created_at", "title"]
Direction = Literal["asc", "desc"]


class ConversationQuery(Request):
    """Which conversations to list; without a page all of them."""

    page: int = Field(0, ge=0, le=10_000_000)
    include_pinned: bool = False
    include_folders: bool = False
    sort_by: Order = "updated_at"
    sort_dir: Direction = "desc"

    def wanted(self) -> ListFilter:
        """Return which conversations are wanted."""
        return ListFilter(
            pinned=None if self.include_pinned else False,
            folder=None if self.include_folders else "",
            order=ORDERS[self.sort_by],
            descending=self.sort_dir == "desc",
        )

    def in_folder(self, folder_id: str) -> ListFilter:
        """Return that those of a folder are wanted."""
        order, descending = ORDERS[self.sort_by], self.sort_dir == "desc"
        return ListFilter(folder=folder_id, order=order, descending=descending)


class ArchiveQuery(Request):
    """Which archived conversations to list: those with a text in their titles."""

    page: int = Field(0, ge=0, le=10_000_000)
    query: StorableText = Field("", max_length=500)
    order_by: Order = "updated_at"
    direction: Direction = "desc"

    def wanted(self) -> ListFilter:
        """Return which conversations are wanted."""
        order, descending = ORDERS[self.order_by], self.direction == "desc"
        return ListFilter(archived=True, order=order, descending=descending, title=self.query)


class ConversationRequest(NullFreeRequest):
    """A conversation, or what is to change of it: keys of `chat` that are given."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"chat": {"title": "Lamps", "models": ["guide"]}}]}
    )

    chat: Json = Field(max_length=64)
    folder_id: str = Field("", max_length=64)
    variables: Variables = Field({})

    def change(self) -> ConversationChange:
        """Return what is given; raises ArgumentError, which names the field."""
        body = body_of(self.chat)
        if VARIABLES in self.model_fields_set:
            body[VARIABLES] = self.variables
        return ConversationChange(title_of(self.chat), body, tree_of(self.chat))

    def title(self) -> str:
        """Return the title of a new conversation."""
        found = title_of(self.chat)
        return UNTITLED if found is UNSET else found

    def tree(self) -> Tree:
        """Return the messages of a new conversation."""
        found = tree_of(self.chat)
        return Tree() if found is UNSET else found


class ParametersRequest(NullFreeRequest):
    """How models are to answer in a conversation from now on, as its client names it."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"temperature": 0.5}]})

    def change(self) -> ConversationChange:
        """Return what changes of the conversation."""
        return ConversationChange(body={"params": self.model_dump()})


class SaidRequest(Request):
    """What a message is to say."""

    content: str = Field(max_length=1_000_000)


class EventRequest(Request):
    """What is told of a message."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "status", "data": {"description": "Reading", "done": False}}]
        }
    )

    type: StorableText = Field(min_length=1, max_length=64)
    data: Json = Field(max_length=64)


class MessageAnswer(TypedDict):
    """A message; beside this it has what its client gave it."""

    id: str
    parentId: str | None
    childrenIds: list[str]


class RowAnswer(TypedDict):
    """A conversation in a list; times in seconds since 1970."""

    id: str
    title: str
    updated_at: int
    created_at: int
    last_read_at: int | None
    active: bool
    archived: bool
    snippet: NotRequired[str]


class ConversationAnswer(TypedDict):
    """A conversation with its messages as a tree in `chat.history`; times in s since 1970."""

    id: str
    user_id: str
    title: str
    chat: Mapping[str, Any]
    updated_at: int
    created_at: int
    share_id: str | None
    archived: bool
    pinned: bool
    meta: Mapping[str, Any]
    variables: Mapping[str, Any]
    folder_id: str | None
    current_message_id: str | None
    last_read_at: int | None
    write_access: bool


def title_of(chat: Mapping[str, object]) -> str | Unset:
    """Return the title that is given, cut where it is too long."""
    found = chat.get("title")
    if found is None:
        return UNSET
    if not isinstance(found, str) or "\0" in found:
        raise ArgumentError("chat.title: give a text without NUL characters.")
    return found[:LONGEST_TITLE] or UNTITLED


def body_of(chat: Mapping[str, object]) -> Json:
    """Return what of a conversation is kept as it is."""
    return {key: value for key, value in chat.items() if key not in KEPT_ELSEWHERE}


def tree_of(chat: Mapping[str, object]) -> Tree | Unset:
    """Return the messages that are given; raises ArgumentError, which names the field."""
    history = chat.get("history")
    if history is None:
        return UNSET
    given = history if isinstance(history, dict) else {}
    messages = given.get("messages")
    if not isinstance(messages, dict):
        raise ArgumentError("chat.history: give an object with `messages`, an object by id.")
    if len(messages) > MOST_MESSAGES:
        raise ArgumentError(f"chat.history.messages: more than {MOST_MESSAGES:,} messages.")
    found = tuple(message_of(name, value) for name, value in messages.items())
    current = identity_of("chat.history.currentId", given.get("currentId") or "")
    return Tree(current, found)


def message_of(name: str, value: object) -> TreeMessage:
    """Return a message that is given; raises ArgumentError."""
    if not isinstance(value, dict) or not name:
        raise ArgumentError("chat.history.messages: each message is an object under its id.")
    parent = identity_of("parentId", value.get("parentId") or "")
    body = {key: item for key, item in value.items() if key not in OF_THE_TREE}
    return TreeMessage(identity_of("id", name), parent, Body.of(body))


def identity_of(field: str, value: object) -> str:
    """Return an id of a message; raises ArgumentError."""
    if value == "":
        return ""
    if not isinstance(value, str) or not IDENTITY.fullmatch(value):
        raise ArgumentError(f"{field}: ids have up to 64 letters, digits, and any of _.:-")
    return value


KEPT_LENGTH = 32
"""Digits of an id as it is kept. A list has 60 of these, and a UUID takes 40 times as long."""


def key_of(chat_id: str) -> str:
    """Return the id of a conversation as it is kept; one that is not kept has its client's."""
    return chat_id if is_temporary(chat_id) else chat_id.replace("-", "").lower()


def dashed(chat_id: str) -> str:
    """Return the id of a conversation as clients have it: a UUID with dashes, or their own."""
    if is_temporary(chat_id):
        return chat_id
    if len(chat_id) != KEPT_LENGTH:
        return str(uuid.UUID(chat_id))
    return f"{chat_id[:8]}-{chat_id[8:12]}-{chat_id[12:16]}-{chat_id[16:20]}-{chat_id[20:]}"


def present_listed(found: ListedRow) -> RowAnswer:
    """Return a conversation in a list."""
    row = found.row
    shown: RowAnswer = {
        "id": dashed(row.id),
        "title": row.title,
        "updated_at": row.update_time // 1000,
        "created_at": row.create_time // 1000,
        "last_read_at": row.last_read_time // 1000 or None,
        "active": found.is_active,
        "archived": row.is_archived,
    }
    if found.snippet:
        shown["snippet"] = found.snippet
    return shown


def present_conversation(found: Conversation) -> ConversationAnswer:
    """Return a conversation with its messages."""
    row = found.row
    return {
        "id": dashed(row.id),
        "user_id": row.user_id,
        "title": row.title,
        "chat": present_chat(found),
        "updated_at": row.update_time // 1000,
        "created_at": row.create_time // 1000,
        "share_id": dashed(found.share_id) if found.share_id else None,
        "archived": row.is_archived,
        "pinned": row.is_pinned,
        "meta": {"tags": list(found.tags)} if found.tags else {},
        "variables": variables_of(found.body),
        "folder_id": dashed(row.folder) if row.folder else None,
        "current_message_id": row.current_id or None,
        "last_read_at": row.last_read_time // 1000 or None,
        "write_access": found.is_writable,
    }


def variables_of(body: Mapping[str, object]) -> Mapping[str, Any]:
    """Return the variables of a conversation."""
    found = body.get(VARIABLES)
    return found if isinstance(found, dict) else {}


def present_chat(found: Conversation) -> Mapping[str, Any]:
    """Return what is in a conversation."""
    shown = history_of(found)
    mode = {"share_mode": found.mode} if found.mode else {}
    return {
        **found.body,
        **mode,
        "id": dashed(found.row.id),
        "title": found.row.title,
        "history": {"currentId": found.tree.current_id or None, "messages": shown},
        "messages": [shown[message.message_id] for message in found.tree.branch()],
    }


def history_of(found: Conversation) -> Mapping[str, MessageAnswer]:
    """Return the messages of a conversation by their ids, with who wrote them where several do."""
    return dict(present_messages(found.tree.messages, found.names))


def present_messages(
    messages: Sequence[TreeMessage], names: Mapping[str, str]
) -> Iterator[tuple[str, MessageAnswer]]:
    """Yield the ids of messages, and these with what hangs on them and whose they are."""
    children: dict[str, list[str]] = {}
    for message in messages:
        children.setdefault(message.parent_id, []).append(message.message_id)
    for message in messages:
        place: MessageAnswer = {
            "id": message.message_id,
            "parentId": message.parent_id or None,
            "childrenIds": children.get(message.message_id, []),
        }
        yield message.message_id, joined(as_json(with_author(message.body, names)), place)


def with_author(body: Mapping[str, object], names: Mapping[str, str]) -> Mapping[str, object]:
    """Return a message with what who wrote it is called, where several are named."""
    author = str(body.get("user_id", "")) if names else ""
    return {**body, "user": {"id": author, "name": names[author]}} if author in names else body


def joined(body: str, place: MessageAnswer) -> MessageAnswer:
    """Return a message as JSON text that is not read: what its client gave it, then its place."""
    own = f"{body[:-1]}," if len(body) > len("{}") else "{"
    text = own + orjson.dumps(place)[1:].decode()
    return cast("MessageAnswer", orjson.Fragment(text))  # as it is written, it is one


def present_rows(rows: Sequence[ListedRow]) -> list[RowAnswer]:
    """Return conversations of a list."""
    return [present_listed(row) for row in rows]


def present_all(found: Sequence[Conversation]) -> list[ConversationAnswer]:
    """Return conversations with their messages."""
    return [present_conversation(one) for one in found]

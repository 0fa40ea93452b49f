"""How much was said in chats, as Open WebUI's clients have it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import MAX_PAGE, Request
from api.schemas.openwebui.conversation import dashed
from api.services.webui.records import Conversation, TreeMessage


class StatisticsQuery(Request):
    """A page of the asker's chats."""

    page: int = Field(1, ge=1, le=MAX_PAGE)
    items_per_page: int = Field(50, ge=1, le=100)


class ExportQuery(Request):
    """A page of the asker's chats; those that were changed since a time, in seconds."""

    page: int = Field(1, ge=1, le=MAX_PAGE)
    updated_at: int = Field(0, ge=0, le=1 << 53)


class CountsAnswer(TypedDict):
    """How much was said: on the branch that is shown, and in all of the tree.

    Lengths are those of texts in characters, times in seconds.
    """

    models: Mapping[str, int]
    message_count: int
    history_models: Mapping[str, int]
    history_message_count: int
    history_user_message_count: int
    history_assistant_message_count: int
    average_response_time: float
    average_user_message_content_length: float
    average_assistant_message_content_length: float


class ChatCountsAnswer(CountsAnswer):
    """The same of a chat; times in seconds since 1970."""

    id: str
    tags: list[str]
    last_message_at: int
    updated_at: int
    created_at: int


class ChatCountsPageAnswer(TypedDict):
    """Some chats, and how many there are."""

    items: list[ChatCountsAnswer]
    total: int


class MessageShapeAnswer(TypedDict):
    """A message without its text."""

    id: str
    role: str
    model: str | None
    content_length: int
    timestamp: int | None


class ShapesAnswer(TypedDict):
    """The messages of a chat without their texts."""

    messages: dict[str, MessageShapeAnswer]
    currentId: str | None


class ChatShapeAnswer(TypedDict):
    """A chat without its texts."""

    history: ShapesAnswer


class ExportedChatAnswer(TypedDict):
    """A chat without its texts, and how much was said in it."""

    id: str
    user_id: str
    created_at: int
    updated_at: int
    tags: list[str]
    stats: CountsAnswer
    chat: ChatShapeAnswer


class ExportAnswer(TypedDict):
    """Some chats, and how many there are."""

    type: str
    items: list[ExportedChatAnswer]
    total: int
    page: int


def text_of(message: TreeMessage) -> str:
    """Return the text of a message."""
    return str(message.body.get("content") or "")


def said_at(message: TreeMessage) -> int | None:
    """Return when something was said, in seconds, if its client says so."""
    found = message.body.get("timestamp")
    return int(found) if isinstance(found, int | float) else None


def by_role(messages: Sequence[TreeMessage], role: str) -> list[TreeMessage]:
    """Return what somebody says."""
    return [one for one in messages if one.body.get("role") == role]


def models_in(messages: Sequence[TreeMessage]) -> dict[str, int]:
    """Return how many answers each model made."""
    answers = by_role(messages, "assistant")
    return dict(Counter(str(one.body["model"]) for one in answers if one.body.get("model")))


def average(numbers: Sequence[int]) -> float:
    """Return the mean of some numbers, 0 of none."""
    return round(sum(numbers) / len(numbers), 3) if numbers else 0.0


def waits_in(messages: Sequence[TreeMessage]) -> list[int]:
    """Return how many seconds after its question each answer was there."""
    times = {one.message_id: said_at(one) for one in messages}
    pairs = ((times.get(one.parent_id), said_at(one)) for one in by_role(messages, "assistant"))
    return [until - since for since, until in pairs if since and until and until >= since]


def present_counts(chat: Conversation) -> CountsAnswer:
    """Return how much was said in a chat."""
    branch, every = chat.tree.branch(), chat.tree.messages
    asked, answered = by_role(every, "user"), by_role(every, "assistant")
    return {
        "models": models_in(branch),
        "message_count": len(branch),
        "history_models": models_in(every),
        "history_message_count": len(every),
        "history_user_message_count": len(asked),
        "history_assistant_message_count": len(answered),
        "average_response_time": average(waits_in(every)),
        "average_user_message_content_length": average([len(text_of(one)) for one in asked]),
        "average_assistant_message_content_length": average(
            [len(text_of(one)) for one in answered]
        ),
    }


def present_chat_counts(chat: Conversation) -> ChatCountsAnswer:
    """Return how much was said in a chat, and when."""
    updated = chat.row.update_time // 1000
    times = [said for one in chat.tree.messages if (said := said_at(one))]
    return {
        **present_counts(chat),
        "id": dashed(chat.row.id),
        "tags": list(chat.tags),
        "last_message_at": max(times, default=updated),
        "updated_at": updated,
        "created_at": chat.row.create_time // 1000,
    }


def present_chat_counts_page(chats: Sequence[Conversation], total: int) -> ChatCountsPageAnswer:
    """Return how much was said in some chats."""
    return {"items": [present_chat_counts(one) for one in chats], "total": total}


def present_shape(message: TreeMessage) -> MessageShapeAnswer:
    """Return a message without its text."""
    model = message.body.get("model")
    return {
        "id": message.message_id,
        "role": str(message.body.get("role") or ""),
        "model": str(model) if model else None,
        "content_length": len(text_of(message)),
        "timestamp": said_at(message),
    }


def present_exported_chat(chat: Conversation) -> ExportedChatAnswer:
    """Return a chat without its texts."""
    messages = {one.message_id: present_shape(one) for one in chat.tree.messages}
    return {
        "id": dashed(chat.row.id),
        "user_id": chat.row.user_id,
        "created_at": chat.row.create_time // 1000,
        "updated_at": chat.row.update_time // 1000,
        "tags": list(chat.tags),
        "stats": present_counts(chat),
        "chat": {"history": {"messages": messages, "currentId": chat.tree.current_id or None}},
    }


def present_export_page(chats: Sequence[Conversation], total: int, page: int) -> ExportAnswer:
    """Return some chats without their texts."""
    items = [present_exported_chat(one) for one in chats]
    return {"type": "chats", "items": items, "total": total, "page": page}

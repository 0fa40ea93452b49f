"""What was said to a response, as a list on the wire."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from api.db.cursors import Part
from api.schemas.openai.naming import ListHead, ListQuery, list_head
from api.services.chats.response_records import SaidItem
from rag.types import Role


class InputQuery(ListQuery):
    """Which part of what was said; nothing can be included that is not told anyway."""

    include: Annotated[list[str], Field(max_length=16)] = Field(default=[])


class InputText(TypedDict):
    """A text: what a user has said, or an answer before."""

    type: Literal["input_text", "output_text"]
    text: str


class SaidAnswer(TypedDict):
    """A message of the conversation."""

    type: str
    id: str
    role: str
    status: str
    content: list[InputText]


class InputItemsAnswer(ListHead):
    """A part of what was said."""

    data: list[SaidAnswer]


def present_input_items(part: Part[SaidItem]) -> InputItemsAnswer:
    """Return a part of what was said to a response."""
    data = [present_said(item) for item in part.items]
    head = list_head([item["id"] for item in data], has_more=part.has_more)
    return {**head, "data": data}


def present_said(item: SaidItem) -> SaidAnswer:
    """Return a message of the conversation."""
    role = item.message.role
    kind: Literal["input_text", "output_text"] = (
        "output_text" if role is Role.ASSISTANT else "input_text"
    )
    return {
        "type": "message",
        "id": f"msg_{item.id}",
        "role": role.value,
        "status": "completed",
        "content": [{"type": kind, "text": item.message.content}],
    }

"""Shared conversations as Open WebUI's clients have them, and to whom they are granted."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from api.schemas.base import Request
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.grant import AccessRequest
from api.services.unset import UNSET, Unset
from api.services.webui.records import SharedRow


class ShareRequest(Request):
    """How a conversation is shared: as it is now, or to be gone on with."""

    share_mode: Literal["continue"] | None = None

    def mode(self) -> str:
        """Return how it is shared; '' stands for as it is now."""
        return self.share_mode or ""


class ShareAccessRequest(AccessRequest):
    """To whom a shared conversation is granted, and how it is shared, if that is to change."""

    share_mode: Literal["", "continue"] | None = None

    @model_validator(mode="before")
    @classmethod
    def closed_by_null(cls, values: object) -> object:
        """Take null for how it is shared as word that nobody goes on with it."""
        if isinstance(values, dict) and values.get("share_mode", "") is None:
            return {**values, "share_mode": ""}
        return values

    def mode(self) -> str | Unset:
        """Return how it is to be shared, if that is said."""
        return UNSET if self.share_mode is None else self.share_mode


class PageRequest(Request):
    """A page of a list."""

    page: int = Field(1, ge=1, le=10_000_000)


class SharedAnswer(TypedDict):
    """A shared conversation in a list; times in seconds since 1970."""

    id: str
    chat_id: str
    title: str
    share_id: str
    updated_at: int
    created_at: int


def present_shared_row(row: SharedRow) -> SharedAnswer:
    """Return a shared conversation of a list."""
    return {
        "id": dashed(row.chat_id),
        "chat_id": dashed(row.chat_id),
        "title": row.title,
        "share_id": dashed(row.id),
        "updated_at": row.update_time // 1000,
        "created_at": row.create_time // 1000,
    }


def present_shared(rows: Sequence[SharedRow]) -> list[SharedAnswer]:
    """Return shared conversations."""
    return [present_shared_row(row) for row in rows]

"""Ids in the form of OpenAI's API, metadata as it has it, and its lists."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool
from typing_extensions import TypedDict

from api.db.cursors import Cursor
from api.schemas.base import Request, StorableText

_PREFIX = re.compile("(?:file-|vs_|vsfb_|resp_|msg_|fs_)")

MOST_LISTED = 100
MOST_KEYS = 16


def bare(given: str) -> str:
    """Return an id without what OpenAI's form puts before it; it is taken either way."""
    return _PREFIX.sub("", given, count=1) if _PREFIX.match(given) else given


BareId = Annotated[str, AfterValidator(bare)]

Key = Annotated[StorableText, Field(max_length=64)]
Text = Annotated[StorableText, Field(max_length=512)]
Number = Annotated[float, Field(allow_inf_nan=False)]

Metadata = Annotated[dict[Key, Text], Field(max_length=MOST_KEYS)]
Attributes = Annotated[
    dict[Key, StrictBool | Annotated[int, Field(strict=True)] | Number | Text],
    Field(max_length=MOST_KEYS),
]


class ListQuery(Request):
    """Which part of a list: `limit` items after one of them, or before one."""

    limit: int = Field(20, ge=1, le=MOST_LISTED)
    order: Literal["asc", "desc"] = "desc"
    after: BareId = ""
    before: BareId = ""

    def cursor(self) -> Cursor:
        """Return which part is asked for."""
        return Cursor(self.limit, self.order == "desc", self.after, self.before)


class Deleted(TypedDict):
    """That something is deleted."""

    id: str
    object: str
    deleted: bool


class ListHead(TypedDict):
    """What a part of a list says beside its items; the ids are null where there are none."""

    object: str
    first_id: str | None
    last_id: str | None
    has_more: bool


def list_head(ids: Sequence[str], *, has_more: bool) -> ListHead:
    """Return what a part of a list says beside its items."""
    return {
        "object": "list",
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": has_more,
    }


def seconds(time: int) -> int:
    """Return a time in ms as OpenAI tells it."""
    return time // 1000


class DeletedAnswer(TypedDict):
    """That something is gone."""

    id: str
    object: str
    deleted: bool


def present_deleted(identity: str, kind: str) -> DeletedAnswer:
    """Return that something of a kind is gone."""
    return {"id": identity, "object": kind, "deleted": True}

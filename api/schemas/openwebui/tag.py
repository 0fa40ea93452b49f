"""Tags of chats as Open WebUI's clients have them."""

from collections.abc import Sequence

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.services.webui.folder_records import Tag


class TagRequest(Request):
    """A tag by its name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Lamps"}]})

    name: StorableText = Field(min_length=1, max_length=255, pattern=r"\S")


class TaggedRequest(TagRequest):
    """Which chats with a tag to list."""

    skip: int = Field(0, ge=0, le=10_000_000)
    limit: int = Field(60, ge=1, le=1000)


class TagAnswer(TypedDict):
    """A tag; `id` is its name in lower case with `_` for spaces."""

    id: str
    name: str
    user_id: str
    meta: None


def present_tags(tags: Sequence[Tag]) -> list[TagAnswer]:
    """Return tags."""
    return [{"id": one.tag, "name": one.name, "user_id": one.user_id, "meta": None} for one in tags]

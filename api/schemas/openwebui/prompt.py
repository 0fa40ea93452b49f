"""Prompts as Open WebUI's clients have them: texts that are sent by a command."""

from collections.abc import Mapping, Sequence
from difflib import unified_diff
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE, NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import dashed, key_of
from api.schemas.openwebui.grant import GrantAnswer, GrantingRequest, present_grants
from api.schemas.openwebui.knowledge import PersonAnswer, present_owner
from api.services.accounts.access import Right
from api.services.webui.prompt_records import (
    NewVersion,
    Prompt,
    PromptPage,
    PromptText,
    PromptVersion,
)

MAX_CONTENT = 1_000_000
MAX_TAGS = 100


def as_command(given: str) -> str:
    """Return a command without blanks around it; raises ValueError for one that is none."""
    command = given.strip()
    if not command.strip("/") or any(character.isspace() for character in command):
        raise ValueError("give a word, with or without a / before it")
    return command


Command = Annotated[StorableText, Field(max_length=255), AfterValidator(as_command)]
Name = Annotated[StorableText, Field(min_length=1, max_length=255)]
Tag = Annotated[StorableText, Field(min_length=1, max_length=255)]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS)]
Message = Annotated[StorableText, Field(max_length=500)]


class PromptRequest(GrantingRequest):
    """A prompt, or what it is to be from now on, with what is said of the change."""

    model_config = ConfigDict(
        str_max_length=MAX_CONTENT,
        json_schema_extra={
            "examples": [{"command": "sum", "name": "Summary", "content": "Sum up {{topic}}."}]
        },
    )

    command: Command
    name: Name
    content: StorableText
    data: dict[str, object] = Field({}, max_length=64)
    meta: dict[str, object] = Field({}, max_length=64)
    tags: Tags = Field([])
    is_production: bool = True
    commit_message: Message = ""

    def version(self) -> NewVersion:
        """Return the version that is to be kept."""
        tags = list(dict.fromkeys(self.tags))
        text = PromptText(self.command, self.name, self.content, self.data, self.meta, tags)
        return NewVersion(text, self.commit_message, self.is_production)


class NameRequest(NullFreeRequest):
    """What a prompt is called from now on; tags that are left out stay."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command": "sum", "name": "Summary", "tags": ["work"]}]}
    )

    name: Name
    command: Command
    tags: Tags | None = None


class VersionRequest(Request):
    """A version that is to be shown."""

    version_id: str = Field(max_length=64)

    def id(self) -> str:
        """Return its id as it is kept."""
        return key_of(self.version_id)


class HistoryQuery(Request):
    """A page of versions, from 0 on."""

    page: int = Field(0, ge=0, le=MAX_PAGE)


class DiffQuery(Request):
    """Two versions that are to be compared."""

    from_id: str = Field("", max_length=64)
    to_id: str = Field("", max_length=64)

    def ids(self) -> tuple[str, str]:
        """Return their ids as they are kept; raises ArgumentError for one that is left out."""
        for name in ("from_id", "to_id"):
            if not getattr(self, name):
                raise ArgumentError(f"{name}: name the versions that are to be compared.")
        return key_of(self.from_id), key_of(self.to_id)


class SnapshotAnswer(TypedDict):
    """What a prompt says, or said."""

    command: str
    name: str
    content: str
    data: Mapping[str, Any]
    meta: Mapping[str, Any]
    tags: Sequence[str]


class PromptAnswer(SnapshotAnswer):
    """A prompt; times in seconds since 1970."""

    id: str
    user_id: str
    is_active: bool
    version_id: str | None
    created_at: int
    updated_at: int
    access_grants: list[GrantAnswer]
    user: PersonAnswer | None
    write_access: bool


class PromptsAnswer(TypedDict):
    """Some prompts, and how many there are in all."""

    items: list[PromptAnswer]
    total: int


class VersionAnswer(TypedDict):
    """A version of a prompt; times in seconds since 1970."""

    id: str
    prompt_id: str
    parent_id: str | None
    snapshot: SnapshotAnswer
    user_id: str
    commit_message: str
    created_at: int
    user: PersonAnswer | None


class DiffAnswer(TypedDict):
    """Two versions, and how their contents differ, line by line."""

    from_id: str
    to_id: str
    from_snapshot: SnapshotAnswer
    to_snapshot: SnapshotAnswer
    content_diff: list[str]
    name_changed: bool


def present_snapshot(text: PromptText) -> SnapshotAnswer:
    """Return what a prompt says, or said."""
    return {
        "command": text.command,
        "name": text.name,
        "content": text.content,
        "data": text.data,
        "meta": text.meta,
        "tags": text.tags,
    }


def present_prompt(prompt: Prompt) -> PromptAnswer:
    """Return a prompt."""
    row = prompt.row
    return {
        **present_snapshot(row.text),
        "id": dashed(row.id),
        "user_id": row.user_id,
        "is_active": row.is_active,
        "version_id": dashed(row.version_id) if row.version_id else None,
        "created_at": row.create_time // 1000,
        "updated_at": row.update_time // 1000,
        "access_grants": present_grants("prompt", row.id, prompt.grants),
        "user": present_owner(prompt.owner),
        "write_access": prompt.right >= Right.CHANGE,
    }


def present_every(prompts: Sequence[Prompt]) -> list[PromptAnswer]:
    """Return all prompts."""
    return [present_prompt(one) for one in prompts]


def present_prompts(page: PromptPage) -> PromptsAnswer:
    """Return a page of prompts."""
    return {"items": present_every(page.prompts), "total": page.total}


def present_tags(tags: Sequence[str]) -> list[str]:
    """Return tags."""
    return [*tags]


def present_version(one: PromptVersion) -> VersionAnswer:
    """Return a version of a prompt."""
    return {
        "id": dashed(one.id),
        "prompt_id": dashed(one.prompt_id),
        "parent_id": dashed(one.parent_id) if one.parent_id else None,
        "snapshot": present_snapshot(one.text),
        "user_id": one.user_id,
        "commit_message": one.message,
        "created_at": one.create_time // 1000,
        "user": present_owner(one.author),
    }


def present_history(versions: Sequence[PromptVersion]) -> list[VersionAnswer]:
    """Return versions of a prompt."""
    return [present_version(one) for one in versions]


def present_diff(first: PromptVersion, second: PromptVersion) -> DiffAnswer:
    """Return how two versions differ."""
    before, after = first.text.content.splitlines(), second.text.content.splitlines()
    return {
        "from_id": dashed(first.id),
        "to_id": dashed(second.id),
        "from_snapshot": present_snapshot(first.text),
        "to_snapshot": present_snapshot(second.text),
        "content_diff": [*unified_diff(before, after, lineterm="")],
        "name_changed": first.text.name != second.text.name,
    }

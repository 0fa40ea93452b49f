"""Prompts and their versions, as the services take and return them; times in ms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.services.accounts.access import Right
from api.services.accounts.grant_records import GrantRecord
from api.services.stores.knowledge_records import PersonRecord


class PromptText(NamedTuple):
    """What of a prompt a version keeps; `data`, `meta` and `tags` are as the client has them."""

    command: str
    name: str
    content: str
    data: Mapping[str, object]
    meta: Mapping[str, object]
    tags: Sequence[str]


class PromptRow(NamedTuple):
    """A prompt of a tenant; `version_id` is the version that is shown, empty for none."""

    id: str
    tenant_id: str
    user_id: str
    text: PromptText
    is_active: bool
    version_id: str
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return that members of a tenant have no part in it; it is granted."""
        return False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, and what the asker may do with it; `grants` are told of one to who manages it."""

    row: PromptRow
    right: Right
    owner: PersonRecord | None = None
    grants: tuple[GrantRecord, ...] = ()


class PromptPage(NamedTuple):
    """Some prompts, and how many there are in all."""

    prompts: list[Prompt]
    total: int


class PromptVersion(NamedTuple):
    """A prompt as it was kept once; `user_id` is who did, who may be no more."""

    id: str
    prompt_id: str
    parent_id: str
    user_id: str
    text: PromptText
    message: str
    create_time: int
    author: PersonRecord | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version that is to be kept: shown from now on, or only kept."""

    text: PromptText
    message: str = ""
    is_shown: bool = True

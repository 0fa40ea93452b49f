"""Assistants as models of the front end, as the services take and return them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.accounts.grant_records import GrantRecord, Level
from api.services.accounts.records import Principal
from api.services.chats.records import Generation, ShownChat
from api.services.chats.values import ChatChanges
from api.services.stores.knowledge_records import PersonRecord
from api.services.stores.references import Reference

USUAL = Generation(
    temperature=1.0, top_p=1.0, presence_penalty=0.0, frequency_penalty=0.0, max_tokens=0
)
"""How a model answers of which nothing is said: as its provider lets it, as long as it may."""


class ModelExtra(NamedTuple):
    """What the front end keeps of an assistant beside it.

    `params` and `meta` are as the client has them; the assistant has some of them, too.
    """

    id: str
    model_id: str
    is_active: bool
    params: Mapping[str, object]
    meta: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WorkspaceModel:
    """An assistant as a model; `grants` are told of one to who says who uses it.

    `system` is what it is told beside how to use its passages.
    """

    shown: ShownChat
    extra: ModelExtra
    system: str
    owner: PersonRecord | None = None
    grants: tuple[GrantRecord, ...] = ()

    @property
    def is_writable(self) -> bool:
        """Return whether the asker may change it."""
        return self.shown.level is not Level.READ


class WorkspacePage(NamedTuple):
    """Some models, and how many there are in all."""

    models: list[WorkspaceModel]
    total: int


@dataclass(frozen=True, slots=True)
class NewModel:
    """What a model is to be: the assistant, what it is told, and what is kept beside it."""

    model_id: str
    changes: ChatChanges
    params: Mapping[str, object]
    meta: Mapping[str, object]
    system: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Helper:
    """By which assistant a model answers, with what is kept beside it.

    `references` are files that it reads beside its datasets, by the rights of `reader`,
    `filter_ids` functions that change what it is asked and says, `unsaid` how all models answer,
    as far as this one says nothing else.
    """

    chat_id: str
    reader: Principal
    references: tuple[Reference, ...] = ()
    seed: int | None = None
    stop: tuple[str, ...] = ()
    filter_ids: tuple[str, ...] = ()
    unsaid: Mapping[str, object] = field(default_factory=dict)

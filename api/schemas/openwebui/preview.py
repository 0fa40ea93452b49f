"""What somebody may use, as an administrator looks at it."""

from collections.abc import Sequence
from typing import NamedTuple

from typing_extensions import TypedDict

from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.group import GroupAnswer, present_groups
from api.services.groups.records import GroupRecord
from api.services.people.records import PersonRecord
from api.services.stores.knowledge_records import Base
from api.services.tools.records import ServerRow
from api.services.webui.model_records import WorkspaceModel

SHOWN = 30
"""Things of each kind that are shown."""


class NamedAnswer(TypedDict):
    """A thing by its name."""

    id: str
    name: str


class NamedPageAnswer(TypedDict):
    """The first things of a kind, and how many there are."""

    items: list[NamedAnswer]
    total: int


class PreviewAnswer(TypedDict):
    """What somebody may use."""

    user: NamedAnswer
    groups: list[GroupAnswer]
    models: NamedPageAnswer
    knowledge: NamedPageAnswer
    tools: NamedPageAnswer


class Usable(NamedTuple):
    """What somebody may use."""

    groups: Sequence[GroupRecord]
    models: Sequence[WorkspaceModel]
    bases: Sequence[Base]
    base_count: int
    servers: Sequence[ServerRow]


def present_preview(person: PersonRecord, found: Usable) -> PreviewAnswer:
    """Return what somebody may use."""
    models = [(one.extra.model_id, one.shown.chat.name) for one in found.models]
    bases = [(dashed(one.dataset.id), one.dataset.name) for one in found.bases]
    servers = [(f"server:{one.text.called}", one.text.name) for one in found.servers]
    return {
        "user": {"id": person.id, "name": person.nickname},
        "groups": present_groups(found.groups, {}),
        "models": present_named(models, len(models)),
        "knowledge": present_named(bases, found.base_count),
        "tools": present_named(servers, len(servers)),
    }


def present_named(things: Sequence[tuple[str, str]], total: int) -> NamedPageAnswer:
    """Return the first things of a kind."""
    return {"items": [{"id": one, "name": name} for one, name in things[:SHOWN]], "total": total}

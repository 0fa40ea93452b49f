"""Code of administrators as the services take and return it; times in ms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from api.services.accounts.grant_records import GrantRecord
from api.services.groups.records import WantedGrant
from api.services.unset import UNSET, Unset

Json = Mapping[str, object]


class Family(StrEnum):
    """Whose page a plugin is on."""

    TOOL = "tool"
    FUNCTION = "function"


class Which(StrEnum):
    """Whose settings of a plugin are meant, by the class that its code has for them."""

    SERVER = "Valves"
    PERSON = "UserValves"


class PluginText(NamedTuple):
    """What is said of a plugin: its id as clients have it, its name, its code, and what is told."""

    called: str
    name: str
    content: str
    meta: Json


class PluginRow(NamedTuple):
    """A plugin; `described` is what `api.plugins.describing` found in it, `valves` is encrypted."""

    id: str
    family: str
    author_id: str
    is_active: bool
    is_global: bool
    create_time: int
    update_time: int
    text: PluginText
    described: Json
    valves: str

    @property
    def kind(self) -> str:
        """Return what it is: tool, pipe, filter or action."""
        return str(self.described.get("kind", ""))

    @property
    def stages(self) -> Sequence[str]:
        """Return what of inlet, stream and outlet a filter has."""
        found = self.described.get("stages")
        return found if isinstance(found, list) else ()

    def schema(self, which: Which) -> Json | None:
        """Return the JSON schema of settings; None where the code has none."""
        found = self.described.get("valves" if which is Which.SERVER else "user_valves")
        return found if isinstance(found, dict) else None


class Author(NamedTuple):
    """Who has kept a plugin last."""

    id: str
    name: str
    email: str
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as somebody sees it, who may change it or not."""

    row: PluginRow
    is_writable: bool
    author: Author | None = None
    grants: tuple[GrantRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPlugin:
    """A plugin as it is to be; UNSET of `grants` leaves them, or none where it is new."""

    family: Family
    text: PluginText
    grants: Sequence[WantedGrant] | Unset = field(default=UNSET)


class Switched(NamedTuple):
    """A function as it is to be, and whether it is on, and in all answers."""

    plugin: NewPlugin
    is_active: bool
    is_global: bool

"""The arena: models that answer under cover names, so that people rate them without knowing."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from api.config.frontend import FrontendSettings
from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.groups.groups import GroupService
from api.services.models.relays import RelayService
from api.services.people.people import PeopleService
from api.services.webui.records import Asked, Wanted
from api.services.webui.workspace import WorkspaceService

EVERYBODY = "*"


class Cover(NamedTuple):
    """A cover name, and which models answer under it: none names all, `excludes` all but these.

    `grants` say to whom it is open; None is everybody.
    """

    id: str
    name: str
    description: str = ""
    model_ids: tuple[str, ...] = ()
    excludes: bool = False
    grants: tuple[str, ...] | None = None


USUAL = Cover("arena-model", "Arena Model", "Ask, and rate the answer of a model not named before.")
"""What there is where no cover name is made."""


class ArenaService:
    """Chooses which model answers under a cover name."""

    def __init__(
        self,
        settings: Callable[[], FrontendSettings],
        workspace: WorkspaceService,
        relays: RelayService,
        people: PeopleService,
        groups: GroupService,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.settings = settings
        self.workspace = workspace
        self.relays = relays
        self.people = people
        self.groups = groups

    def covers(self, asker: Principal) -> list[Cover]:
        """Return the cover names that are open to the asker; none where there is no arena."""
        settings = self.settings()
        if settings.arena != "on":
            return []
        made = [cover_of(one) for one in json.loads(settings.arena_models)]
        found = made or [USUAL]
        if all(one.grants is None for one in found) or self.people.administers(asker):
            return found
        theirs = {EVERYBODY, asker.user_id}
        theirs |= {group.id for group in self.groups.groups_of(asker.user_id)}
        return [one for one in found if one.grants is None or theirs & {*one.grants}]

    def chosen(self, asker: Principal, model: str) -> str:
        """Return which model answers: one by chance for a cover name, else the one that is asked.

        Raises RuleError where none of those under a cover name is there for the asker.
        """
        cover = next((one for one in self.covers(asker) if one.id == model), None)
        if cover is None:
            return model
        there = self.usable(asker)
        wanted = [name for name in there if self.is_under(cover, name)]
        if not wanted:
            raise RuleError(f"No model that answers as {cover.name} is there for you.")
        return random.choice(wanted)  # noqa: S311 - nothing is kept secret by it

    def asked(self, asker: Principal, asked: Asked) -> Asked:
        """Return a question whose answers are made by the models that were chosen."""
        return replace(asked, wanted=tuple(self.wanted(asker, one) for one in asked.wanted))

    def wanted(self, asker: Principal, wanted: Wanted) -> Wanted:
        """Return an answer that is asked for, by the model that was chosen."""
        model = self.chosen(asker, wanted.model)
        if model == wanted.model:
            return wanted
        return replace(wanted, model=model, cover=wanted.model)

    def is_under(self, cover: Cover, name: str) -> bool:
        """Return whether a model answers under a cover name."""
        return not cover.model_ids or (name in cover.model_ids) != cover.excludes

    def usable(self, asker: Principal) -> Sequence[str]:
        """Return the models that the asker may use."""
        made = [one.extra.model_id for one in self.workspace.every(asker) if one.extra.is_active]
        return list(dict.fromkeys([*made, *self.relays.names(asker)]))


def cover_of(given: Mapping[str, object]) -> Cover:
    """Return a cover name from the setting; what is not said of it is nothing."""
    meta = given.get("meta")
    told = meta if isinstance(meta, Mapping) else {}
    grants = told.get("access_grants")
    named = str(given.get("id") or USUAL.id)
    return Cover(
        named,
        str(given.get("name") or named),
        str(told.get("description") or ""),
        tuple(map(str, told.get("model_ids") or ())),
        told.get("filter_mode") == "exclude",
        None if grants is None else tuple(str(one.get("principal_id")) for one in grants),
    )

"""Functions that people start from below an answer."""

from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple

from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.plugins.opening import Place, PluginOpener
from api.services.plugins.records import Family, Json, PluginRow
from api.things import Kind


class ActionShown(NamedTuple):
    """Something that a person may start."""

    id: str
    name: str
    icon: str
    description: str


class ActionService:
    """Starts actions."""

    def __init__(self, opener: PluginOpener) -> None:
        """Initialize with what finds plugins."""
        self.opener = opener

    def start(self, asker: Principal, action: str, place: Place, body: Json) -> object:
        """Return what comes of an action; raises NotFoundError, NotConfiguredError, PluginError.

        The part of its id behind a dot is the one of several that its code has.
        """
        called, _, part = action.partition(".")
        plugins = self.opener.plugins
        row = plugins.get(asker, Family.FUNCTION, called).row
        if row.kind != "action" or not row.is_active:
            raise NotFoundError(Kind.FUNCTION, action)
        with closing(self.opener.open(row, asker, place)) as plugin:
            plugin.opened()
            plugin.given = {**plugin.given, "__id__": part or called}
            return plugin.use("action", {"body": body}, plugins.settings().timeout)


def offered(rows: Iterable[PluginRow], of_model: Iterable[str]) -> list[ActionShown]:
    """Return which of some actions are offered below answers of a model."""
    named = set(of_model)
    return [
        one for row in rows if row.is_global or row.text.called in named for one in actions_in(row)
    ]


def actions_in(row: PluginRow) -> list[ActionShown]:
    """Return the actions of a function: those that its code names, or itself."""
    description = str(row.text.meta.get("description") or "")
    icon = str(row.described.get("icon") or "")
    several = row.described.get("actions")
    if isinstance(several, list) and several:
        return [
            ActionShown(
                f"{row.text.called}.{one['id']}", one["name"] or one["id"], one["icon"], description
            )
            for one in several
        ]
    return [ActionShown(row.text.called, row.text.name, icon, description)]

"""The changes of settings in the database, and going back to one."""

import json
from collections.abc import Iterator

from api.config.origins import MASK, shown
from api.config.stored import RESET, Kept, stored_nowhere
from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.configuration import queries
from api.services.configuration.records import Author, ChangeRecord, ChangeTold, Saved, Shown
from api.services.configuration.settings import SettingsService
from api.things import Kind


class SettingsHistory:
    """Tells who has changed what, and sets all back to how it was."""

    def __init__(self, settings: SettingsService) -> None:
        """Initialize with what changes settings."""
        self.settings = settings

    @property
    def database(self) -> Database:
        """Return where the changes are kept."""
        return self.settings.database

    @connected
    def list_changes(self, limit: int, offset: int = 0) -> tuple[int, list[ChangeTold]]:
        """Return how many changes are known, and some of them, the newest first."""
        found = queries.list_changes(self.database, limit, offset)
        return queries.count_changes(self.database), [told(change) for change in found]

    @connected
    def go_back(self, author: Author, version: int, target: int) -> Saved:
        """Set all to what it was when a version was made; 0 is before the first.

        It is a change like any other, so that it can be taken back, too. Raises what
        `SettingsService.change` raises, and NotFoundError for a version that is not known.
        """
        self.settings.look(version)
        later = queries.changes_after(self.database, target)
        if target < 0 or len(later) != version - target:
            raise NotFoundError(Kind.VERSION, str(target))
        after: dict[str, Kept | None] = {}
        for change in later:
            after.update((one.name, one.before) for one in change.written if one.name != RESET)
        kept = self.settings.stored.edition.kept
        base = self.settings.load(stored_nowhere)
        set_again = {n: k for n, k in after.items() if not self.settings.is_same(kept.get(n), k)}
        self.settings.check_names(base, set_again)
        self.settings.validated(base, self.settings.stored.values_with(set_again).values)
        return self.settings.save(author, set_again, f"back to version {target}")


def told(change: ChangeRecord) -> ChangeTold:
    """Return a change without secrets."""
    return ChangeTold(
        change.version, change.time, change.author.name, change.what, tuple(shown_of(change))
    )


def shown_of(change: ChangeRecord) -> Iterator[Shown]:
    """Yield what became of each value of a change."""
    for name, before, after in change.written:
        yield Shown(name, plain(before), plain(after))


def plain(kept: Kept | None) -> object:
    """Return a value without what is secret; None for none."""
    if kept is None:
        return None
    return MASK if kept.sealed else shown(json.loads(kept.text))

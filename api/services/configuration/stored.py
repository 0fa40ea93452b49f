"""What the database holds of settings, as a process knows it."""

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial

from api.config.settings import Settings
from api.config.stored import (
    RESET,
    Edition,
    Kept,
    StoredValues,
    read_edition,
    values_of,
    write_edition,
)
from api.db.connection import Database, connected
from api.db.versions import read_versions
from api.secrets import Cipher, opened
from api.services.configuration import queries
from api.services.configuration.records import Author, Written

SERVER = Author("the server's start")

log = logging.getLogger(__name__)


class StoredSettings:
    """The newest edition that was read, and the file that the next start takes it from."""

    def __init__(self, database: Database, cipher: Cipher, settings: Settings) -> None:
        """Begin with what the file has; the database is not asked yet."""
        self.database = database
        self.cipher = cipher
        self.folder = settings.data_path
        self._opened = partial(opened, cipher)
        self.edition = read_edition(settings.data_path)
        self._is_known = False
        self.on_look: Callable[[int, float], None] = ignore

    @property
    def version(self) -> int:
        """Return the version of what is known here."""
        return self.edition.version

    def get_version(self) -> int:
        """Return the same."""
        return self.version

    def read(self, _base: Settings) -> StoredValues:
        """Return the values, without a look at the database: a `Reader`."""
        return values_of(self.edition, self._opened)

    def values_with(self, after: Mapping[str, Kept | None]) -> StoredValues:
        """Return what the values would be after a change."""
        whole = {**self.edition.kept, **after}
        kept = {name: one for name, one in whole.items() if one is not None}
        return values_of(Edition(self.version, kept), self._opened)

    def plain(self, kept: Kept) -> str | None:
        """Return the JSON text of a value; None where it cannot be decrypted."""
        return self._opened(kept.text) if kept.sealed else kept.text

    @connected
    def look_at_version(self) -> int:
        """Return the version in the database; tell that of revocations, which comes with it.

        Raises UnavailableError.
        """
        begun = time.monotonic()
        found = read_versions(self.database)
        self.on_look(found.revocations, begun)
        return found.settings

    @connected
    def look(self) -> bool:
        """Read the database if it has another version; return whether it has.

        Raises UnavailableError.
        """
        if self.look_at_version() == self.version and self._is_known:
            return False
        before, self.edition = self.edition, queries.read_kept(self.database)
        self._is_known = True
        self._write_down()
        return self.edition != before

    @connected
    def begin(self, settings: Settings, *, is_start: bool) -> None:
        """Forget all where the settings want that, and have not wanted it at the last start.

        `is_start` is true for who starts the server, and false for one of its workers: these come
        and go, so that their settings say nothing about the last start.
        """
        self.look()
        was_reset = RESET in self.edition.kept
        if settings.settings.reset_on_start and not was_reset:
            forgotten = [Written(name, kept, None) for name, kept in self.edition.kept.items()]
            self._note([*forgotten, Written(RESET, None, Kept("true"))], "forgotten at a start")
        elif is_start and was_reset and not settings.settings.reset_on_start:
            self._note([Written(RESET, self.edition.kept[RESET], None)], "a start without reset")

    def _note(self, written: list[Written], what: str) -> None:
        """Write a change of the server's own; where another process was first, that one did it."""
        if queries.write(self.database, self.version, SERVER, written, what):
            log.warning("Settings in the database: %s.", what)
        self.look()

    def _write_down(self) -> None:
        """Write the edition for the next start; without it that one reads the database first."""
        try:
            if read_edition(self.folder) != self.edition:
                write_edition(self.folder, self.edition)
        except OSError as error:
            log.warning("The settings of the database cannot be kept for the next start: %s", error)


def ignore(_version: int, _begun: float) -> None:
    """Take no notice of revocations, as processes do in which nobody is let in."""

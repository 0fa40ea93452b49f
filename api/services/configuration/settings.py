"""The settings as they are in force, with where each comes from, and changing them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr, ValidationError

from api.config.layers import (
    NO_SUCH,
    NOT_STORED,
    Loaded,
    merged,
    nested,
    problems,
    with_layer,
)
from api.config.live import LiveSettings, Stamp, stamp_of
from api.config.origins import Lock, Origin, gives, lock_of, of, origins
from api.config.settings import Settings, declared
from api.config.sources import from_environment, load, settings_files, variables
from api.config.stored import Kept, Reader, stored_nowhere
from api.db.connection import Database, connected
from api.errors import ConflictError, FieldsError, NotAllowedError, StartError
from api.execution import Execution
from api.news.base import News
from api.services.configuration import queries
from api.services.configuration.records import Author, Saved, SettingsTold, Written
from api.services.configuration.stored import StoredSettings
from api.services.configuration.telling import tell_others
from rag.quoting import listed

OFF = "The setting settings.database is off: settings are changed in the files and the environment."

LOCKED: Mapping[Lock, str] = {
    "start": NOT_STORED,
    "environment": "the variable {variable} gives it, which wins unless settings.precedence is"
    " database",
}

Wanted = Mapping[str, object]
"""Values by name; None takes what the database holds away."""

Check = Callable[[Settings], Iterable[str]]
"""Yields why a server could not start with settings that are valid by themselves."""


class SettingsService:
    """Shows and changes settings; what it reads of files it reads again when they have changed."""

    def __init__(
        self,
        live: LiveSettings,
        stored: StoredSettings,
        news: News,
        execution: Execution,
        check: Check,
        files: Callable[[], Sequence[Path]] = settings_files,
        environment: Callable[[], Mapping[str, str]] = variables,
    ) -> None:
        """Initialize with the parts; nothing is read yet."""
        self.live = live
        self.stored = stored
        self.news = news
        self.execution = execution
        self.check = check
        self.files = files
        self.environment = environment
        self._seen: tuple[Stamp, int, str] | None = None
        self._loaded = Loaded(live.current, (("", {}),))
        self._problem = ""

    @property
    def database(self) -> Database:
        """Return where settings are kept."""
        return self.stored.database

    # Reading.

    @connected
    def told(self) -> SettingsTold:
        """Return all settings, and what is wrong with the files or in the database."""
        if self.live.current.settings.database == "on" and self.stored.look():
            self.take()
        authors = queries.read_authors(self.database)
        found = self.read_again()
        problem = "\n".join(filter(None, (self._problem, *found.problems)))
        settings = tuple(origins(self.live.current, found))
        return SettingsTold(settings, problem, self.stored.version, authors)

    def one(self, name: str) -> Origin | None:
        """Return a setting by its name, None if there is no such one."""
        return next((each for each in self.told().settings if each.name == name), None)

    def read_again(self) -> Loaded:
        """Return what files, database and environment say; the files' last word if one is wrong."""
        files = self.files()
        given = repr(from_environment(self.environment()))
        seen = stamp_of(files), self.stored.version, given
        if seen != self._seen:
            try:
                self._loaded = self.execution.offload(self.load)
                self._problem = ""
            except StartError as error:
                self._problem = error.message
            self._seen = seen
        return self._loaded

    def load(self, stored: Reader | None = None) -> Loaded:
        """Read the files and the environment; raises StartError."""
        return load(self.environment(), self.files()[0].parent, stored or self.stored.read)

    def held(self) -> dict[str, object]:
        """Return what the database holds, but for secrets, by name."""
        kept = self.stored.edition.kept
        values = self.stored.read(self.live.current).values
        return {name: values[name] for name in sorted(values) if not kept[name].sealed}

    def held_by_section(self) -> dict[str, object]:
        """Return the same by section and key, as a file has it."""
        return nested(self.held())

    def sealed(self) -> list[str]:
        """Return the names of the secrets that the database holds."""
        return sorted(name for name, kept in self.stored.edition.kept.items() if kept.sealed)

    # Changing.

    @connected
    def change(self, author: Author, version: int, wanted: Wanted, what: str = "") -> Saved:
        """Set values in the database, all or none; None takes one away.

        `version` is the one that the author has seen. Raises ConflictError where another has
        followed since, FieldsError with a line for each value that cannot be, and NotAllowedError
        where the database does not count.
        """
        self.look(version)
        base = self.load(stored_nowhere)
        self.check_names(base, wanted)
        given = {name: value for name, value in wanted.items() if value is not None}
        gone = dict.fromkeys(wanted.keys() - given.keys())
        values = {**self.stored.values_with(gone).values, **given}
        settings = self.validated(base, values)
        after = {name: self.kept(settings, name) for name in given}
        return self.save(author, {**gone, **after}, what)

    def look(self, version: int) -> None:
        """Read what the database holds; raises ConflictError where that is of another version."""
        if self.live.current.settings.database == "off":
            raise NotAllowedError(OFF)
        self.stored.look()
        if version != self.stored.version:
            raise ConflictError(self.told_apart(version))

    def told_apart(self, version: int) -> str:
        """Return what is said to whom another was faster than."""
        later = queries.changes_after(self.database, version)
        names = sorted({written.name for change in later for written in change.written})
        who = sorted({change.author.name for change in later})
        if not names:
            return f"There is no version {version} of the settings: read them again."
        return (
            f"The settings were changed meanwhile by {', '.join(listed(who))}"
            f" ({', '.join(listed(names))}): read them again, then change them."
        )

    def check_names(self, base: Loaded, wanted: Wanted) -> None:
        """Refuse names that are no settings, or cannot be set in the database."""
        known = {f"{section}.{key}" if section else key for section, key, _ in declared()}
        wrong = []
        for name, value in wanted.items():
            if value is None and name in self.stored.edition.kept:
                continue
            reason = self.lock_on(base, name) if name in known else NO_SUCH
            if reason:
                wrong.append(f"Setting {name}: {reason}.")
        if wrong:
            raise FieldsError("\n".join(listed(wrong)))

    def lock_on(self, base: Loaded, name: str) -> str:
        """Return why a setting cannot be set; empty if it can."""
        section, _, key = name.rpartition(".")
        given = [layer[0] for layer in base.layers if gives(layer, section, key)]
        lock = lock_of(name, given, base.settings)
        variable = f"RAGLAN_{name.replace('.', '__').upper()}"
        return LOCKED.get(lock, "").format(variable=variable)

    def validated(self, base: Loaded, values: Mapping[str, object]) -> Settings:
        """Return the settings with values in the database; raises FieldsError."""
        whole = with_layer(base.settings, base.layers, values)
        try:
            settings = Settings.model_validate(merged(whole))
        except ValidationError as error:
            raise FieldsError("\n".join(listed(list(problems(error))))) from error
        if wrong := list(self.check(settings)):
            raise FieldsError("\n".join(wrong))
        return settings

    def kept(self, settings: Settings, name: str) -> Kept:
        """Return a value of settings as it is kept."""
        section, _, key = name.rpartition(".")
        value = of(settings, section, key)
        if isinstance(value, SecretStr):
            text = json.dumps(value.get_secret_value())
            return Kept(self.stored.cipher.encrypt(text), sealed=True)
        return Kept(json.dumps(value))

    def save(self, author: Author, after: Mapping[str, Kept | None], what: str) -> Saved:
        """Write what is not so already, take it here, and tell the others."""
        before = self.stored.edition.kept
        written = [
            Written(name, before.get(name), kept)
            for name, kept in sorted(after.items())
            if not self.is_same(before.get(name), kept)
        ]
        version = self.stored.version
        if written and not queries.write(self.database, version, author, written, what):
            self.stored.look()
            raise ConflictError(self.told_apart(version))
        self.stored.look()
        waiting = self.take()
        if written:
            self.execution.beside(tell_others, self.news)
        names = tuple(one.name for one in written)
        return Saved(self.stored.version, names, tuple(set(waiting) & set(names)))

    def is_same(self, before: Kept | None, after: Kept | None) -> bool:
        """Return whether two values are the same; a secret is encrypted otherwise each time."""
        if before is None or after is None or before.sealed != after.sealed:
            return before == after
        return self.stored.plain(before) == self.stored.plain(after)

    def take(self) -> tuple[str, ...]:
        """Take the settings of now in this process; return those that wait for a restart."""
        return self.live.renew(lambda: self.load().settings).waiting

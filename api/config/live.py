"""Settings that change while the process runs: one holder, and a watch over the files."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.config.layers import Loaded
from api.config.settings import Settings, declared
from api.config.sources import load, settings_files
from api.errors import StartError
from rag.locks import lock

if TYPE_CHECKING:
    from api.config.section import Section

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks at the files; what is new counts once two looks have seen it alike."""

TOLD = "settings.told"
"""The file in the data folder by which the processes of a machine say a thing only once."""

MESSAGES_KEPT = 15

Stamp = tuple[tuple[int, ...], ...]
"""By what a state of the files is known: per file its inode, size and times."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was different in settings that were read again, by name."""

    applied: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """Those that need a restart."""


class LiveSettings:
    """The settings in force: those of the start, of which the live ones may be replaced.

    Whoever uses a live value reads it from `current` each time, or is told by `on_change`.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin with the settings of the start."""
        self.current = settings
        self._taking = threading.RLock()
        self._listeners: list[Callable[[Settings], None]] = []

    def on_change(self, listener: Callable[[Settings], None]) -> None:
        """Call a function with the settings now and after each change."""
        self._listeners.append(listener)
        listener(self.current)

    def renew(self, load: Callable[[], Settings]) -> Changes:
        """Load settings and take them; of two threads that do so, the later has loaded later."""
        with self._taking:
            return self.take(load())

    def take(self, new: Settings) -> Changes:
        """Apply the live ones among new settings; return what was different."""
        different = list(differences(self.current, new))
        applied = [(section, key) for section, key, live in different if live]
        changed = self.current
        for section, key in applied:
            changed = with_value_of(changed, new, section, key)
        self.current = changed  # at once: an address never goes with the key of another
        if applied:
            for listener in self._listeners:
                listener(changed)
        return Changes(
            tuple(name(section, key) for section, key in applied),
            tuple(name(section, key) for section, key, live in different if not live),
        )


def differences(old: Settings, new: Settings) -> Iterator[tuple[str, str, bool]]:
    """Yield section, key and whether it is live, of every setting that is not the same."""
    for section, key, live in declared():
        before, after = (getattr(each, section) if section else each for each in (old, new))
        if getattr(before, key) != getattr(after, key):
            yield section, key, live


def with_value_of(old: Settings, new: Settings, section: str, key: str) -> Settings:
    """Return settings in which one setting is that of others."""
    if not section:
        return old.model_copy(update={key: getattr(new, key)})
    part: Section = getattr(old, section)
    changed = part.model_copy(update={key: getattr(getattr(new, section), key)})
    return old.model_copy(update={section: changed})


def name(section: str, key: str) -> str:
    """Return how a setting is called."""
    return f"{section}.{key}" if section else key


class SettingsWatch:
    """Reads the settings again when a file changes, in a thread of its own."""

    def __init__(
        self,
        live: LiveSettings,
        files: Sequence[Path] | None = None,
        load: Callable[[], Loaded] = load,
        version: Callable[[], int] = int,
    ) -> None:
        """Initialize with what to watch; nothing is read yet.

        What `load` takes from elsewhere than these files is followed by who calls `read`; it has
        a `version`, with which a message is another one.
        """
        self._live = live
        self._files = settings_files() if files is None else files
        self._load = load
        self._version = version
        self._told = live.current.data_path / TOLD
        self._taken: Stamp | None = None
        self._seen: Stamp | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Apply what has changed since the start of the server, and start to watch."""
        self.catch_up()
        threading.Thread(target=self._run, name="settings", daemon=True).start()

    def stop(self) -> None:
        """Stop to watch."""
        self._stopping.set()

    def catch_up(self) -> None:
        """Read the files as they are now."""
        self._taken = self._seen = stamp_of(self._files)
        self.read()

    def look(self) -> None:
        """Read the files again if they have changed and nobody is writing them any more."""
        before, self._seen = self._seen, stamp_of(self._files)
        if self._seen == before and self._seen != self._taken:
            self._taken = self._seen
            self.read()

    def read(self) -> None:
        """Read the settings; what does not validate changes nothing."""
        found: list[Loaded] = []

        def load() -> Settings:
            found.append(self._load())
            return found[0].settings

        try:
            changes = self._live.renew(load)
        except StartError as error:
            why = " ".join(error.message.splitlines())
            self._write(logging.ERROR, f"The changed settings do not count, as one is wrong: {why}")
            return
        for problem in found[0].problems:
            self._write(logging.ERROR, f"What the database holds does not count. {problem}")
        if changes.applied:
            self._write(logging.INFO, f"Settings changed: {', '.join(changes.applied)}.")
        if changes.waiting:
            waiting = ", ".join(changes.waiting)
            self._write(logging.WARNING, f"Settings that wait for a restart: {waiting}.")

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self.look()

    def _write(self, level: int, message: str) -> None:
        """Log what all processes of this machine find at the same time, in one of them."""
        first = first_to_report(self._told, f"{self._taken} {self._version()} {message}")
        log.log(level if first else logging.DEBUG, "%s", message)


def stamp_of(files: Sequence[Path]) -> Stamp:
    """Return by what the state of files is known; one that cannot be seen counts as absent."""
    return tuple(stamp_of_file(path) for path in files)


def stamp_of_file(path: Path) -> tuple[int, ...]:
    """Return inode, size and times of a file; nothing if it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def first_to_report(path: Path, message: str) -> bool:
    """Return whether no process that shares a file has reported a message yet; record it there."""
    digest = hashlib.sha256(message.encode()).hexdigest()
    try:
        with path.open("a+", encoding="utf-8") as file:
            lock(file.fileno())
            file.seek(0)
            said = file.read().splitlines()
            if digest in said:
                return False
            file.truncate(0)
            file.write("\n".join([*said[-MESSAGES_KEPT:], digest]))
    except OSError:
        pass  # rather twice than never
    return True

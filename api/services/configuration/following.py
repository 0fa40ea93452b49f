"""Following what the database holds of settings, in threads of this process."""

import logging
import threading
from collections.abc import Callable
from functools import partial

from api.config.live import LiveSettings, SettingsWatch
from api.config.sources import load
from api.db.connection import DatabaseTrouble
from api.errors import RaglanError
from api.logs import Spell
from api.news.base import News
from api.services.configuration.build import ConfigurationServices
from api.services.configuration.stored import StoredSettings

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks at the versions in the database: less than those who were let in are trusted
without one. Word by Redis is sooner, but may be lost without anybody noticing."""

LISTENING_SECONDS = 1.5
"""For how long word of changes by Redis is waited for in one go."""

REST_SECONDS = 1.0
"""After Redis did not answer."""

STOP_SECONDS = 5.0
"""For how long the end of a thread is waited for: one that listens looks up each 1.5 s."""


class Following:
    """Reads the settings again soon after another process has changed them in the database."""

    def __init__(
        self,
        stored: StoredSettings,
        live: LiveSettings,
        news: News,
        on_change: Callable[[], None],
    ) -> None:
        """Initialize with what to follow; `on_change` reads the settings."""
        self._stored = stored
        self._live = live
        self._news = news
        self._on_change = on_change
        self._stopping = threading.Event()
        self._word = threading.Event()
        self._trouble = Spell(log)
        self._taken = stored.edition
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Look once, and go on beside what the process does."""
        self.look()
        self._begin(self._follow, "stored settings")
        if self._news.is_open:
            self._begin(self._listen, "news")

    def _begin(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """End the looking, and wait for the look under way."""
        self._stopping.set()
        self._word.set()
        self._news.stop()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def look(self) -> None:
        """Read the settings if the database has others; what is known stays where it is away."""
        try:
            if self._live.current.settings.database == "off":
                self._stored.look_at_version()
                return
            self._stored.look()
        except (RaglanError, DatabaseTrouble) as error:
            self._trouble.begin("Settings in the database cannot be looked at", error)
            return
        self._trouble.end("Settings in the database are looked at again.")
        # Others in this process look as well: what they have read is still to be taken.
        if self._stored.edition != self._taken:
            self._taken = self._stored.edition
            self._on_change()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            self._word.wait(LOOK_SECONDS)
            self._word.clear()
            if not self._stopping.is_set():
                self.look()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._news.wait(LISTENING_SECONDS):
                    self._word.set()
            except RaglanError as error:
                log.debug("No word of changed settings comes: %s", error)
                self._word.set()  # what was said meanwhile is not known
                self._stopping.wait(REST_SECONDS)


def follow_settings(services: ConfigurationServices, live: LiveSettings) -> None:
    """Follow files and database for as long as the process runs."""
    stored = services.stored
    watch = SettingsWatch(live, load=partial(load, stored=stored.read), version=stored.get_version)
    following = Following(stored, live, services.news, watch.read)
    following.look()  # before the files are read with what the database has
    watch.start()
    following.start()

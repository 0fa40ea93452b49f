"""Settings in the database: followed by all processes, changed by one at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from peewee import Database

from api.config.live import LiveSettings, SettingsWatch
from api.config.settings import AuthSettings, PrecedenceSettings, Settings
from api.config.sources import load, load_settings
from api.db.connection import connection
from api.db.sql import rows
from api.errors import ConflictError, UnavailableError
from api.execution import INLINE
from api.news.base import NoNews
from api.news.redis import RedisNews, open_redis_news
from api.secrets import SecretKey
from api.services.configuration import following, queries
from api.services.configuration.build import ConfigurationServices, build_configuration
from api.services.configuration.following import Following
from api.services.configuration.records import Author
from tests.components import Component, redis_server

ME = Author("me@example.org", "1")
PATIENCE = 20
NEVER = 3600.0


class Process:
    """What follows settings in one process of several on a database."""

    def __init__(self, database: Database, folder: Path, news: NoNews | RedisNews) -> None:
        """Begin as a process does, with what the data folder has."""
        self.environment = {"RAGLAN_DATA_DIR": str(folder)}
        self.live = LiveSettings(load_settings(self.environment, folder))
        secret = SecretKey("a secret for tests", folder)
        self.services: ConfigurationServices = build_configuration(
            database, self.live, secret, news, INLINE, lambda _: ()
        )
        shown = self.services.settings
        shown.files = lambda: [folder / "service_conf.yaml", folder / "local.service_conf.yaml"]
        shown.environment = lambda: self.environment
        loading = partial(load, self.environment, folder, self.services.stored.read)
        self.watch = SettingsWatch(self.live, [], loading)
        self.following = Following(self.services.stored, self.live, news, self.watch.read)

    @property
    def top_k(self) -> int:
        """Return a setting in force."""
        return self.live.current.retrieval.top_k

    def set(self, top_k: int) -> None:
        """Change the setting, whatever its version."""
        self.services.stored.look()
        wanted = {"retrieval.top_k": top_k}
        self.services.settings.change(ME, self.services.stored.version, wanted)

    def follows(self, top_k: int) -> None:
        """Wait until the setting has a value."""
        deadline = time.monotonic() + PATIENCE
        while self.top_k != top_k:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def two(database: Database, tmp_path: Path) -> tuple[Process, Process]:
    """Return two processes that do not look by themselves."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    one, other = (Process(database, folder, NoNews()) for folder in folders)
    return one, other


def test_another_process_has_it_after_its_next_look(two: tuple[Process, Process]) -> None:
    one, other = two
    other.following.look()
    one.set(77)
    assert (one.top_k, other.top_k) == (77, 1024)
    other.following.look()
    assert other.top_k == 77


def test_a_start_has_what_was_followed_without_the_database(
    two: tuple[Process, Process], tmp_path: Path
) -> None:
    one, other = two
    one.set(77)
    other.following.look()
    for name in ("one", "other"):
        folder = tmp_path / name
        assert load_settings({"RAGLAN_DATA_DIR": str(folder)}, folder).retrieval.top_k == 77


def test_of_those_who_save_at_once_one_does(two: tuple[Process, Process]) -> None:
    both, ends = threading.Barrier(2), []

    def save(process: Process, value: int) -> None:
        both.wait(PATIENCE)
        try:
            process.services.settings.change(ME, 0, {"retrieval.top_k": value})
            ends.append("saved")
        except ConflictError as error:
            ends.append("told" if "me@example.org" in error.message else error.message)

    threads = [
        threading.Thread(target=save, args=(process, value))
        for value, process in enumerate(two, start=50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(ends) == ["saved", "told"]
    for process in two:
        process.following.look()
    assert two[0].top_k == two[1].top_k != 1024


def test_the_oldest_changes_are_forgotten(
    two: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_CHANGES", 3)
    for value in range(10, 15):
        two[0].set(value)
    total, changes = two[0].services.history.list_changes(30)
    assert (total, [change.version for change in changes]) == (3, [5, 4, 3])


def test_a_start_forgets_all_once_until_one_without_that_setting(
    two: tuple[Process, Process], database: Database
) -> None:
    one, other = two
    usual = Settings()
    reset = Settings(settings=PrecedenceSettings(reset_on_start=True))
    one.set(77)
    one.services.stored.begin(reset, is_start=True)
    other.services.stored.begin(reset, is_start=False)
    other.following.look()
    assert other.top_k == 1024
    other.set(78)
    for again in (one, other):
        again.services.stored.begin(reset, is_start=True)
    with connection(database):
        assert rows(database, "SELECT value FROM setting WHERE name = 'retrieval.top_k'")
    other.services.stored.begin(usual, is_start=False)  # a worker, of which starts know nothing
    one.services.stored.begin(reset, is_start=True)
    one.following.look()
    assert one.live.current.retrieval.top_k == 78
    one.services.stored.begin(usual, is_start=True)
    one.services.stored.begin(reset, is_start=True)
    one.watch.read()
    assert one.top_k == 1024


@pytest.mark.databases("sqlite")
def test_what_another_key_has_encrypted_is_left_out_and_told(
    two: tuple[Process, Process], database: Database
) -> None:
    one, _ = two
    one.services.settings.change(ME, 0, {"models.chat_api_key": "sk-1", "retrieval.top_k": 5})
    settings = Settings(
        data_dir=one.live.current.data_path,
        auth=AuthSettings.model_validate({"secret_key": "another key for tests"}),
    )
    secret = SecretKey("another key for tests", settings.data_path)
    live = LiveSettings(settings)
    later = build_configuration(database, live, secret, NoNews(), INLINE, lambda _: ())
    later.stored.look()
    values, problems = later.stored.read(settings)
    assert values == {"retrieval.top_k": 5}
    assert "models.chat_api_key" in problems[0]


@contextmanager
def listening(database: Database, folder: Path, address: str) -> Iterator[list[Process]]:
    """Run two processes that listen to Redis."""
    with ExitStack() as stack:
        made = []
        for name in ("one", "other"):
            (folder / name).mkdir()
            news = open_redis_news(f"redis://{address}/0", 1, "settings")
            process = Process(database, folder / name, news)
            process.following.start()
            stack.callback(process.following.stop)
            made.append(process)
        yield made


def heard(processes: list[Process]) -> None:
    """Wait until all processes hear what is said."""
    until(lambda: all(process.services.news.is_heard for process in processes))


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.databases("sqlite")
def test_word_comes_by_redis(
    database: Database,
    tmp_path: Path,
    redis_standalone: Component,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.05)
    with listening(database, tmp_path, redis_standalone.address) as (one, other):
        heard([one, other])
        monkeypatch.setattr(following, "LOOK_SECONDS", NEVER)
        one.set(70)
        other.follows(70)  # by word or by the last look at a clock
        one.set(71)
        other.follows(71)


@pytest.mark.databases("sqlite")
def test_a_redis_that_is_killed_or_says_nothing_keeps_nobody_back(
    database: Database, tmp_path: Path
) -> None:
    with redis_server() as server, listening(database, tmp_path, server.address) as (one, other):
        heard([one, other])
        other.services.news.stop()  # from here on it is deaf, and does not know
        one.set(71)
        other.follows(71)
        server.process.kill()
        server.process.wait()
        with pytest.raises(UnavailableError):
            one.services.news.tell()
        one.set(72)
        other.follows(72)
        until(lambda: not one.services.news.is_heard)

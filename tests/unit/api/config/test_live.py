"""Settings that change while the process runs."""

import logging
import os
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType

import pytest
from pydantic import SecretStr

from api.config.live import TOLD, Changes, LiveSettings, SettingsWatch, first_to_report
from api.config.settings import (
    AuthSettings,
    DatabaseSettings,
    LogSettings,
    ModelSettings,
    ServerSettings,
    Settings,
    declared,
)
from api.config.sources import load


class Files:
    """A folder with settings files, and a watch over them that this test looks with."""

    def __init__(self, folder: Path) -> None:
        """Begin without files."""
        self.folder = folder
        self.local = folder / "local.service_conf.yaml"
        start = Settings(data_dir=folder)
        self.live = LiveSettings(start)
        self.watch = self.another_watch(self.live)

    def another_watch(self, live: LiveSettings) -> SettingsWatch:
        """Return a watch over the same files, as another process has one."""
        loading = partial(load, {"RAGLAN_DATA_DIR": str(self.folder)}, self.folder)
        files = [self.folder / "service_conf.yaml", self.local]
        return SettingsWatch(live, files, loading)

    def write(self, content: str) -> None:
        """Change the local file."""
        self.local.write_text(content, encoding="utf-8")

    def look(self) -> None:
        """Poll until what was written is in force."""
        self.watch.look()
        self.watch.look()


@pytest.fixture
def files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Files:
    caplog.set_level(logging.INFO)
    made = Files(tmp_path)
    made.watch.catch_up()
    return made


def test_only_live_settings_are_taken() -> None:
    live = LiveSettings(Settings())
    new = Settings(
        server=ServerSettings(port=1, max_streams=5),
        log=LogSettings(level="DEBUG"),
        data_dir=Path("elsewhere"),
    )
    assert live.take(new) == Changes(
        ("server.max_streams", "log.level"), ("data_dir", "server.port")
    )
    assert live.current == Settings(
        server=ServerSettings(max_streams=5), log=LogSettings(level="DEBUG")
    )
    assert live.take(Settings()).waiting == ()
    assert live.current == Settings()


def test_a_read_calls_nothing_that_could_wait() -> None:
    live = LiveSettings(Settings())
    called: list[object] = []

    def note(_frame: FrameType, event: str, called_function: object) -> None:
        if event == "c_call":  # files, sockets and databases are reached by nothing else
            called.append(called_function)

    sys.setprofile(note)
    try:
        found = live.current.retrieval.top_k
    finally:
        sys.setprofile(None)
    assert found == 1024
    assert called == [sys.setprofile]


def test_who_follows_is_told_at_once_and_after_each_change() -> None:
    live = LiveSettings(Settings())
    heard: list[str] = []
    live.on_change(lambda settings: heard.append(settings.models.chat_model))
    live.take(Settings(models=ModelSettings(chat_model="m")))
    live.take(Settings(models=ModelSettings(chat_model="m")))
    live.take(Settings(models=ModelSettings(chat_model="m"), server=ServerSettings(port=1)))
    assert heard == ["", "m"]


def test_keys_count_by_what_they_are_and_not_by_how_they_are_shown() -> None:
    live = LiveSettings(Settings())
    keyed = ModelSettings(chat_api_key=SecretStr("a"))
    assert live.take(Settings(models=keyed)).applied == ("models.chat_api_key",)
    assert live.current.models.chat_api_key.get_secret_value() == "a"


def test_nothing_that_is_opened_once_is_live() -> None:
    live = {f"{section}.{key}" for section, key, is_live in declared() if is_live}
    opened = {f"database.{key}" for key in DatabaseSettings.model_fields}
    assert not live & (opened | {"data_dir", "server.port", "server.workers", "auth.secret_key"})
    assert {"log.level", "server.max_streams", "retrieval.top_k", "models.timeout"} <= live
    keys = {"auth.secret_key", "auth.password_key", "auth.password_key_phrase", "auth.sessions"}
    assert {f"auth.{key}" for key in AuthSettings.model_fields} - live == keys


def test_a_changed_file_counts_once_nobody_writes_it_any_more(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    files.write("log: {level: WARN")
    files.watch.look()
    files.write("log: {level: WARNING}\nserver: {port: 1}")
    files.watch.look()
    assert files.live.current.log.level == "INFO"
    files.watch.look()
    assert files.live.current.log.level == "WARNING"
    assert files.live.current.server.port == 9380
    assert "Settings changed: log.level." in caplog.text
    assert "Settings that wait for a restart: server.port." in caplog.text
    assert "do not count" not in caplog.text


def test_a_file_that_does_not_validate_changes_nothing_and_is_told_once(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    files.write("log: {level: DEBUG}\nserver: {max_streams: none}")
    files.look()
    files.look()
    assert files.live.current.log.level == "INFO"
    assert caplog.text.count("The changed settings do not count") == 1
    assert "Setting server.max_streams" in caplog.text
    files.write("log: {level: ERROR}")
    files.look()
    assert files.live.current.log.level == "ERROR"


def test_of_all_processes_one_tells_and_all_follow(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    other = LiveSettings(Settings(data_dir=files.folder))
    watch = files.another_watch(other)
    watch.catch_up()
    files.write("models: {timeout: 7}")
    files.look()
    watch.look()
    watch.look()
    assert files.live.current.models.timeout == other.current.models.timeout == 7
    assert caplog.text.count("Settings changed: models.timeout.") == 1


def test_a_process_that_starts_late_has_what_the_others_took(files: Files) -> None:
    files.write("models: {timeout: 7}")
    late = LiveSettings(Settings(data_dir=files.folder))
    watch = files.another_watch(late)
    watch.catch_up()
    assert late.current.models.timeout == 7


def test_a_file_that_goes_away_leaves_the_defaults(files: Files) -> None:
    files.write("models: {timeout: 7}")
    files.look()
    files.local.unlink()
    files.look()
    assert files.live.current.models.timeout == 60


def test_a_file_that_is_put_in_another_ones_place_counts(files: Files) -> None:
    files.write("models: {timeout: 7}")
    files.look()
    before = files.local.stat()
    new = files.folder / "new"
    new.write_text("models: {timeout: 8}", encoding="utf-8")
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.rename(files.local)
    files.look()
    assert files.live.current.models.timeout == 8


def test_the_watch_looks_by_itself(files: Files) -> None:
    files.watch.start()
    files.write("models: {timeout: 7}")
    deadline = time.monotonic() + 20
    while files.live.current.models.timeout != 7:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    files.watch.stop()


def test_a_message_is_told_again_where_the_file_cannot_be_kept(tmp_path: Path) -> None:
    path = tmp_path / TOLD
    assert [first_to_report(path, "a"), first_to_report(path, "a")] == [True, False]
    assert all(first_to_report(path, str(number)) for number in range(100))
    assert len(path.read_text(encoding="utf-8").splitlines()) < 20
    nowhere = tmp_path / "gone" / TOLD
    assert [first_to_report(nowhere, "a"), first_to_report(nowhere, "a")] == [True, True]

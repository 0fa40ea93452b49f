"""How much memory a worker holds, and may hold."""

import logging
import os

import pytest

from api.config.live import LiveSettings
from api.config.settings import ServerSettings, Settings
from api.lifecycle.memory import GIVE_BACK_EVERY, Memory
from api.observability.process import resident_bytes

MB = 1 << 20


def limited(limit: int) -> Settings:
    return Settings(server=ServerSettings(max_memory_bytes=limit))


def test_without_a_limit_nothing_is_too_much() -> None:
    assert not Memory(LiveSettings(Settings())).exceeded()


def test_a_worker_that_grows_over_its_limit_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    live = LiveSettings(limited(resident_bytes(os.getpid()) + 20 * MB))
    memory = Memory(live)
    assert not memory.exceeded()
    grown = bytearray(b"x" * (40 * MB))
    assert memory.exceeded()
    assert "this worker ends after its requests" in caplog.text
    live.take(limited(resident_bytes(os.getpid()) + len(grown)))
    assert not memory.exceeded()


def test_a_limit_below_the_first_need_is_refused_once(caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory(LiveSettings(limited(MB)))
    assert not memory.exceeded()
    assert not memory.exceeded()
    assert caplog.text.count("max_memory_bytes is less than") == 1


def test_memory_that_is_free_between_pieces_in_use_is_given_back_every_so_often() -> None:
    now = 0.0
    memory = Memory(LiveSettings(Settings()), lambda: now)
    pieces = [bytes(3000) for _ in range(30_000)]
    kept = pieces[::50]
    del pieces
    held = resident_bytes(os.getpid())

    now = GIVE_BACK_EVERY - 1
    memory.give_back()
    assert resident_bytes(os.getpid()) > held - 10 * MB

    now = GIVE_BACK_EVERY
    memory.give_back()
    assert resident_bytes(os.getpid()) < held - 40 * MB
    assert len(kept) == 600

"""How much memory a worker may hold."""

import logging
import os

import pytest

from api.lifecycle import MemoryLimit
from api.live import LiveSettings
from api.observability.process import resident_bytes
from api.settings import ServerSettings, Settings

MB = 1 << 20


def limited(limit: int) -> Settings:
    return Settings(server=ServerSettings(max_memory_bytes=limit))


def test_without_a_limit_nothing_is_too_much() -> None:
    assert not MemoryLimit(LiveSettings(Settings())).exceeded()


def test_a_worker_that_grows_over_its_limit_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    live = LiveSettings(limited(resident_bytes(os.getpid()) + 20 * MB))
    memory = MemoryLimit(live)
    assert not memory.exceeded()
    grown = bytearray(b"x" * (40 * MB))
    assert memory.exceeded()
    assert "this worker ends after its requests" in caplog.text
    live.take(limited(resident_bytes(os.getpid()) + len(grown)))
    assert not memory.exceeded()


def test_a_limit_below_the_first_need_is_refused_once(caplog: pytest.LogCaptureFixture) -> None:
    memory = MemoryLimit(LiveSettings(limited(MB)))
    assert not memory.exceeded()
    assert not memory.exceeded()
    assert caplog.text.count("max_memory_bytes is less than") == 1

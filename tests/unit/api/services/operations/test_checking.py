"""Asking parts how they are."""

import socket
import threading
from collections.abc import Iterator

import pytest

from api.errors import UnavailableError
from api.services.operations import checking
from api.services.operations.checking import Check, reach, states_of


@pytest.fixture
def end() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def refuse() -> None:
    raise UnavailableError("It is away.")


def test_what_is_in_order_and_what_is_not() -> None:
    found = states_of([Check("a", bool), Check("b", refuse), Check("c", refuse, "no chats")])
    assert [(part.error, part.lost) for part in found.values()] == [
        (None, ""),
        ("It is away.", ""),
        ("It is away.", "no chats"),
    ]
    assert all(part.elapsed_ms >= 0 for part in found.values())


def test_what_is_not_configured_is_not_asked() -> None:
    asked: list[str] = []
    checks = [
        Check("a", lambda: asked.append("a"), configured=lambda: False),
        Check("b", lambda: asked.append("b")),
        Check("c", lambda: asked.append("c")),
    ]
    assert list(states_of(checks)) == ["b", "c"]
    assert list(states_of(checks, {"a", "c"})) == ["c"]
    assert asked.count("c") == 2
    assert "a" not in asked


@pytest.mark.long
def test_a_part_that_hangs_is_waited_for_once_and_not_asked_twice(end: threading.Event) -> None:
    asked: list[int] = []

    def hang() -> None:
        asked.append(1)
        end.wait(60)

    hanging = Check("slow", hang)
    for _ in range(2):
        found = states_of([hanging, Check("fast", bool)])
        assert found["fast"].error is None
        assert found["slow"].error == f"No answer within {checking.PATIENCE:g} s."
    assert asked == [1]
    end.set()
    hanging.begin().join()
    assert states_of([hanging])["slow"].error is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_check_with_a_defect_says_so() -> None:
    def broken() -> None:
        raise ValueError("defect")

    assert states_of([Check("a", broken)])["a"].error == checking.DEFECT


def test_an_endpoint_is_reached_or_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reach(f"http://127.0.0.1:{server.getsockname()[1]}/v1")
    with pytest.raises(OSError, match="refused"):
        reach("http://127.0.0.1:1/v1")

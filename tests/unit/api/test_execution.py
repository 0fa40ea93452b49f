"""Where blocking work runs: what a process chose, but for stores that need no thread."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from api.execution import INLINE, Execution
from rag.storage.registry import open_object_store

T = TypeVar("T")


class Elsewhere:
    """Runs calls right here, and remembers them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.calls: list[tuple[object, ...]] = []

    def __call__(self, function: Callable[..., T], /, *args: object) -> T:
        self.calls.append(args)
        return function(*args)


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [("file:///tmp/raglan-files", [("key",)]), ("s3://bucket?endpoint=http://127.0.0.1:1", [])],
)
def test_only_files_of_this_machine_need_a_thread(
    url: str, elsewhere: list[tuple[object, ...]]
) -> None:
    offload = Elsewhere()
    execution = Execution(offload).with_store(open_object_store(url))
    assert execution.files(str.upper, "key") == "KEY"
    assert offload.calls == elsewhere


def test_passwords_have_a_place_of_their_own() -> None:
    offload, hashing = Elsewhere(), Elsewhere()
    execution = Execution(offload, hashing)
    execution.hashing(str.upper, "password")
    execution.offload(str.upper, "query")
    assert (offload.calls, hashing.calls) == ([("query",)], [("password",)])


def test_what_goes_on_beside_is_done_at_once_without_an_event_loop() -> None:
    done: list[str] = []
    waiting = INLINE.beside(done.append, "stored")
    assert done == ["stored"]
    assert waiting() is None

"""What every object store does."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from rag.errors import ObjectNotFoundError
from rag.storage.base import ObjectStore
from rag.storage.registry import open_object_store
from tests.object_stores import KEYS, SERVERS

BAD_KEYS = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "../a",
    "a/../b",
    "a/./b",
    "a.b",
    ".tmp/a",
    "a\\b",
    "a\0b",
    "a\n",
    "a b",
    "é",
    "a" * 129,
    "/".join("abcdefghi"),
    "/".join(["a" * 128] * 4),
]


@pytest.fixture(params=["file", "memory", *SERVERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    addresses = {"file": (tmp_path / "objects").as_uri(), "memory": "memory://"}
    if request.param in addresses:
        return open_object_store(addresses[request.param])
    return open_object_store(request.getfixturevalue(request.param).url(), KEYS)


def read(store: ObjectStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def test_what_is_put_is_read_back_with_its_size_and_digest(store: ObjectStore) -> None:
    stored = store.put("tenant/doc-1", [b"one ", b"", b"two"])
    assert (stored.key, stored.size) == ("tenant/doc-1", 7)
    assert stored.sha256 == hashlib.sha256(b"one two").hexdigest()
    assert read(store, "tenant/doc-1") == b"one two"


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    assert store.put("empty", []).size == 0
    assert read(store, "empty") == b""


@pytest.mark.parametrize(
    ("offset", "length", "part"),
    [
        (0, 0, b"0123456789"),
        (0, 1, b"0"),
        (0, 10, b"0123456789"),
        (3, 0, b"3456789"),
        (3, 4, b"3456"),
        (9, 1, b"9"),
    ],
)
def test_a_part_is_read(store: ObjectStore, offset: int, length: int, part: bytes) -> None:
    store.put("a", [b"0123456789"])
    with store.open("a", offset, length) as file:
        assert file.read() == part


def test_a_part_is_read_piece_by_piece(store: ObjectStore) -> None:
    store.put("a", [bytes([number]) * 100_000 for number in range(10)])
    with store.open("a", 150_000, 400_000) as file:
        pieces = list(iter(lambda: file.read(70_000), b""))
    assert max(map(len, pieces)) <= 70_000
    whole = b"".join(bytes([number]) * 100_000 for number in range(10))
    assert b"".join(pieces) == whole[150_000:550_000]


def test_no_part_of_what_is_not_there(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError):
        store.open("a", 1, 2)


def test_a_put_replaces(store: ObjectStore) -> None:
    store.put("a", [b"old and longer"])
    store.put("a", [b"new"])
    assert read(store, "a") == b"new"


def test_reading_goes_on_while_the_object_is_replaced_and_deleted(store: ObjectStore) -> None:
    store.put("a", [b"old content"])
    with store.open("a") as file:
        assert file.read(3) == b"old"
        store.put("a", [b"new"])
        store.delete("a")
        assert file.read() == b" content"


def test_an_iterator_that_fails_leaves_the_old_object(store: ObjectStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError("the client went away")

    store.put("t/a", [b"old"])
    for key in ("t/a", "t/b"):
        with pytest.raises(ConnectionResetError, match="the client went away"):
            store.put(key, broken())
    assert read(store, "t/a") == b"old"
    assert list(store.keys("t")) == ["t/a"]


def test_an_object_is_not_seen_before_it_is_whole(store: ObjectStore) -> None:
    seen = []

    def pieces() -> Iterator[bytes]:
        yield b"first"
        seen.extend(store.keys("t"))
        yield b"last"

    store.put("t/a", pieces())
    assert seen == []
    assert list(store.keys("t")) == ["t/a"]


def test_no_other_key_is_accepted(store: ObjectStore) -> None:
    calls: list[Callable[[str], object]] = [
        lambda key: store.put(key, [b"x"]),
        store.open,
        lambda key: store.local_path(key).__enter__(),
        store.delete,
        store.delete_tree,
        lambda key: list(store.keys(key)),
    ]
    for call, key in product(calls, BAD_KEYS):
        with pytest.raises(ValueError, match="is not the key of an object"):
            call(key)


def test_what_is_not_there(store: ObjectStore) -> None:
    with pytest.raises(ObjectNotFoundError) as caught:
        store.open("no/such")
    assert caught.value.key == "no/such"
    with pytest.raises(ObjectNotFoundError), store.local_path("no/such"):
        pass
    store.delete("no/such")
    store.delete_tree("no")
    assert list(store.keys("no")) == []


def test_a_local_file_holds_the_content(store: ObjectStore) -> None:
    store.put("a/b", [b"content"])
    with store.local_path("a/b") as path:
        assert path.read_bytes() == b"content"
    assert read(store, "a/b") == b"content"


def test_delete_removes_one_object(store: ObjectStore) -> None:
    store.put("a/b", [b"x"])
    store.put("a/c", [b"y"])
    store.delete("a/b")
    assert list(store.keys("a")) == ["a/c"]


def test_an_object_and_a_longer_key_do_not_meet(store: ObjectStore) -> None:
    for key in ("a", "a/b", "a/b/c", "ab", "ab/c"):
        store.put(key, [key.encode()])
    assert sorted(store.keys("a")) == ["a/b", "a/b/c"]
    store.delete_tree("a")
    assert list(store.keys("a")) == []
    assert [read(store, key) for key in ("a", "ab", "ab/c")] == [b"a", b"ab", b"ab/c"]


def test_a_tree_can_be_filled_again(store: ObjectStore) -> None:
    for content in (b"1", b"2"):
        store.put("a/b/c", [content])
        assert read(store, "a/b/c") == content
        store.delete_tree("a")
        assert list(store.keys("a")) == []


def test_the_longest_key_works(store: ObjectStore) -> None:
    key = "/".join(["K" * 128, *(["K-_9" * 13] * 6), "K" * 65])
    assert len(key) == 512
    store.put(key, [b"x"])
    assert read(store, key) == b"x"


def test_concurrent_puts_of_one_key_end_in_one_whole_object(store: ObjectStore) -> None:
    contents = [bytes([letter]) * 300_000 for letter in b"abcd"]
    barrier = threading.Barrier(len(contents))

    def put(content: bytes) -> None:
        barrier.wait()
        store.put("t/a", (content[i : i + 10_000] for i in range(0, len(content), 10_000)))

    threads = [threading.Thread(target=put, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(store, "t/a") in contents
    assert list(store.keys("t")) == ["t/a"]


def test_ping_answers_and_leaves_nothing(store: ObjectStore) -> None:
    store.put("a/b", [b"x"])
    store.ping()
    assert list(store.keys("a")) == ["a/b"]

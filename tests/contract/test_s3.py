"""What an object store in a bucket does beyond what all do, at real servers."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rag.errors import StorageError
from rag.storage.base import Credentials
from rag.storage.directory import DirectoryObjectStore
from rag.storage.registry import open_object_store
from rag.storage.s3 import S3ObjectStore, open_s3
from tests.object_stores import BUCKET, KEYS, SERVERS, S3Server
from tests.proxy import proxy_to
from tests.running import ROOT, free_port

MEBI = 1 << 20

HALF = """
import sys, time
from rag.storage.base import Credentials
from rag.storage.s3 import open_s3

def pieces():
    for _ in range(12):
        yield bytes(1 << 20)
    print("sent", flush=True)
    time.sleep(600)

open_s3(sys.argv[1], Credentials(*sys.argv[2:])).put("t/half", pieces())
"""

PEAK = """
import resource, sys
from rag.storage.base import Credentials
from rag.storage.s3 import open_s3

store = open_s3(sys.argv[1], Credentials(*sys.argv[2:]))
store.ping()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put("a", (bytes(1 << 18) for _ in range(240)))
with store.open("a") as file:
    size = sum(len(block) for block in iter(lambda: file.read(1 << 18), b""))
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=[name for name in SERVERS if name != "moto"])
def strict(request: pytest.FixtureRequest) -> S3Server:
    """Return a server that looks at keys."""
    found: S3Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def url(server: S3Server) -> str:
    return server.url()


@pytest.fixture
def store(url: str) -> S3ObjectStore:
    return open_s3(url, KEYS)


def prefix_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def started(script: str, url: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, url, KEYS.access_key, KEYS.secret_key]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_objects_have_the_names_of_the_files_of_a_directory(
    server: S3Server, url: str, store: S3ObjectStore, tmp_path: Path
) -> None:
    folder = DirectoryObjectStore(tmp_path)
    for place in (folder, store):
        place.put("dataset/document", [b"content"])
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    prefix = prefix_of(url)
    assert server.names(prefix) == {f"{prefix}/{file.relative_to(tmp_path)}": 7}


def test_a_large_object_goes_in_parts_and_comes_back_whole(
    server: S3Server, url: str, store: S3ObjectStore
) -> None:
    content = bytes(range(256)) * (12 * MEBI // 256) + b"the end"
    store.put("a", (content[at : at + 100_000] for at in range(0, len(content), 100_000)))
    tag = server.client().head_object(Bucket=BUCKET, Key=f"{prefix_of(url)}/a.bin")["ETag"]
    assert tag.endswith('-3"'), "it was not sent in parts"
    with store.open("a") as file:
        assert file.read(10) == content[:10]
        assert file.read() == content[10:]


@pytest.mark.parametrize("size", [5 * MEBI - 1, 5 * MEBI, 5 * MEBI + 1, 10 * MEBI])
def test_sizes_about_that_of_a_part(store: S3ObjectStore, size: int) -> None:
    assert store.put("a", [bytes(size)]).size == size
    with store.open("a") as file:
        assert len(file.read()) == size


def test_an_upload_that_fails_in_its_third_part_is_given_up(
    server: S3Server, url: str, store: S3ObjectStore
) -> None:
    name = f"{prefix_of(url)}/a.bin"
    begun = []

    def broken() -> Iterator[bytes]:
        for _ in range(11):
            yield bytes(MEBI)
        begun.append(server.unfinished(name))
        raise ConnectionResetError("the client went away")

    with pytest.raises(ConnectionResetError):
        store.put("a", broken())
    assert begun == [1]
    assert server.unfinished(name) == 0
    assert server.names(prefix_of(url)) == {}


def test_a_killed_process_leaves_nothing_to_be_seen(
    server: S3Server, url: str, store: S3ObjectStore
) -> None:
    with started(HALF, url) as process:
        assert process.stdout
        assert process.stdout.readline() == "sent\n"
        assert server.unfinished(f"{prefix_of(url)}/t/half.bin") == 1
        process.send_signal(signal.SIGKILL)
    assert list(store.keys("t")) == []
    assert server.names(prefix_of(url)) == {}
    store.put("t/half", [b"whole"])
    with store.open("t/half") as file:
        assert file.read() == b"whole"


def test_memory_does_not_grow_with_the_object(moto: S3Server) -> None:
    with started(PEAK, moto.url()) as process:
        assert process.stdout
        size, grown = map(int, process.stdout.read().split())
    assert size == 60 * MEBI
    assert grown < 30 * 1024, "KiB"


def test_more_objects_than_one_request_lists_or_removes(versitygw: S3Server) -> None:
    url = versitygw.url()
    folder = versitygw.objects / BUCKET / prefix_of(url) / "t"
    folder.mkdir(parents=True)
    for number in range(1001):
        (folder / f"{number}.bin").touch()
    store = open_s3(url, KEYS)
    assert len(list(store.keys("t"))) == 1001
    store.delete_tree("t")
    assert list(store.keys("t")) == []


def test_ping_leaves_nothing_at_all(server: S3Server, url: str, store: S3ObjectStore) -> None:
    store.ping()
    assert server.names(prefix_of(url)) == {}


def test_a_store_may_have_the_whole_bucket(moto: S3Server) -> None:
    store = open_s3(f"s3://whole-bucket?endpoint={moto.endpoint}&region=us-east-1", KEYS)
    moto.client().create_bucket(Bucket="whole-bucket")
    store.put("t/a", [b"x"])
    assert list(store.keys("t")) == ["t/a"]
    store.delete_tree("t")


# What goes wrong.


def test_a_bucket_that_is_not_there_is_named(server: S3Server) -> None:
    store = open_s3(f"s3://no-such-bucket?endpoint={server.endpoint}", KEYS)
    for call in (store.ping, lambda: store.open("a"), lambda: list(store.keys("a"))):
        with pytest.raises(StorageError, match="has no bucket no-such-bucket: create it"):
            call()


@pytest.mark.parametrize(
    "keys",
    [Credentials(KEYS.access_key, "another secret"), Credentials("nobody", KEYS.secret_key)],
    ids=["secret", "access key"],
)
def test_wrong_keys_are_told(strict: S3Server, keys: Credentials) -> None:
    store = open_s3(strict.url(), keys)
    for call in (store.ping, lambda: store.put("a", [b"x"]), lambda: list(store.keys("a"))):
        with pytest.raises(StorageError, match="refuses this access key") as caught:
            call()
        assert keys.secret_key not in str(caught.value)


def test_without_settings_amazons_variables_count(
    strict: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    store = open_object_store(strict.url())
    with pytest.raises(StorageError, match="neither are AWS_ACCESS_KEY_ID"):
        store.ping()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    store.ping()


def test_a_server_that_is_away_is_told() -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    store = open_s3(f"s3://{BUCKET}?endpoint={endpoint}", KEYS)  # connects to nothing
    with pytest.raises(StorageError, match=f"{endpoint} cannot be reached"):
        store.ping()


def test_a_store_that_goes_silent_fails_in_time_and_works_again(moto: S3Server) -> None:
    with proxy_to(moto.component.port) as proxy:
        url = moto.url().replace(f":{moto.component.port}", f":{proxy.port}")
        store = open_s3(url, KEYS, timeout=0.5)
        store.put("t/a", [b"kept"])
        proxy.silence()
        for call in (lambda: store.put("t/b", [b"lost"]), store.ping, lambda: store.open("t/a")):
            with pytest.raises(StorageError):
                call()
        proxy.restore()
        store.put("t/b", [bytes(MEBI)] * 6)
        with store.open("t/a") as file:
            assert file.read() == b"kept"


def test_a_body_that_goes_silent_fails_in_time(moto: S3Server) -> None:
    with proxy_to(moto.component.port) as proxy:
        url = moto.url().replace(f":{moto.component.port}", f":{proxy.port}")
        open_s3(url, KEYS).put("t/a", [bytes(MEBI)] * 20)
        with open_s3(url, KEYS, timeout=1).open("t/a") as file:
            file.read(1)
            proxy.silence()
            with pytest.raises(StorageError):
                file.read()

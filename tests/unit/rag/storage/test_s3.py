"""Addresses of buckets, and how the store in one takes a server that is in trouble."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.errors import ConfigurationError, ObjectNotFoundError, StorageError
from rag.storage.base import Credentials
from rag.storage.s3 import Place, S3ObjectStore, open_s3, place_of
from rag.workfolder import sweep
from tests.running import ROOT

KEYS = Credentials("key", "secret")

ONE_OBJECT = b"""<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>
<Contents><Key>t/a.bin</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>x</ETag>
<Size>1</Size></Contents></ListBucketResult>"""

WELCOME = b"<html><body>Welcome<br></body></html>"
LOCKED = b"""<DeleteResult><Error><Key>t/a.bin</Key><Code>AccessDenied</Code>
<Message>The object is locked</Message></Error></DeleteResult>"""

TOGETHER = """
from gevent import monkey; monkey.patch_all()
import gevent, sys
from rag.storage.base import Credentials
from rag.storage.s3 import open_s3

store = open_s3(sys.argv[1], Credentials("key", "secret"))
print(len(gevent.joinall([gevent.spawn(store.put, "a", [b"x"]) for _ in range(4)], timeout=20,
    raise_error=True)))
"""


COPYING = """
import sys, time
from pathlib import Path
from rag.storage.base import Credentials
from rag.storage.s3 import open_s3

with open_s3(sys.argv[1], Credentials("key", "secret"), Path(sys.argv[2])).local_path("a") as path:
    print(path, flush=True)
    time.sleep(600)
"""


class Server(ThreadingHTTPServer):
    """Answers like a store in trouble: by a plan, then by the rule of the path."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: list[int] = []
        self.seen: list[str] = []
        self.meeting: threading.Barrier | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def store(self) -> S3ObjectStore:
        return open_s3(f"s3://bucket?endpoint={self.endpoint}", KEYS)


class Handler(BaseHTTPRequestHandler):
    """One request at such a server."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.meeting:
            self.server.meeting.wait(15)
        self.say()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say(LOCKED)

    def do_DELETE(self) -> None:
        self.say()

    def do_GET(self) -> None:
        if self.path.endswith("/cut.bin"):
            self.say(b"half", promised=1000)
            self.close_connection = True
        elif "list-type" in self.path:
            self.say(WELCOME if "welcome" in self.path else ONE_OBJECT)
        else:
            self.say()

    def say(self, body: bytes = b"", promised: int = 0) -> None:
        status = self.server.plan.pop(0) if self.server.plan else 200
        self.server.seen.append(f"{self.command} {status}")
        if status == 404:
            body = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if status == 418 else "application/xml")
        self.send_header("Content-Length", str(promised or len(body)))
        self.send_header("ETag", '"x"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "s3://b-1.x/a/b?endpoint=http://minio:9000&region=eu-west-3",
            Place("b-1.x", "a/b/", "http://minio:9000", "eu-west-3"),
        ),
        ("s3://bucket", Place("bucket", "", "https://s3.amazonaws.com", "us-east-1")),
        (
            "s3://bucket/?endpoint=https://host/",
            Place("bucket", "", "https://host", "us-east-1"),
        ),
    ],
)
def test_an_address_names_bucket_prefix_endpoint_and_region(url: str, place: Place) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///prefix",
        "s3://Bucket",
        "s3://b",
        "s3://bucket/a b",
        "s3://bucket/a//b",
        f"s3://bucket/{'a' * 400}",
        "s3://bucket?endpoint=minio:9000",
        "s3://bucket?endpoint=ftp://minio",
        "s3://bucket?endpoint=http://minio/path",
        "s3://bucket?endpoint=http://minio:port",
        "s3://bucket?region=",
        "s3://bucket?endpont=http://minio",
        "s3://bucket#part",
    ],
)
def test_another_address_is_refused_with_its_form(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write s3://bucket or s3://bucket/prefix"):
        open_s3(url, KEYS)


@pytest.mark.parametrize("url", ["s3://key:hidden@bucket", "s3://b?endpoint=http://k:hidden@minio"])
def test_an_address_with_keys_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="settings of their own") as caught:
        open_s3(url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("keys", [Credentials("key"), Credentials("", "secret")])
def test_half_of_the_keys_is_refused(keys: Credentials) -> None:
    with pytest.raises(ConfigurationError, match="needs its secret key"):
        open_s3("s3://bucket", keys)


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(Credentials("key", "a secret")).replace("secret_key", "")


def test_a_server_that_is_busy_is_asked_again(server: Server) -> None:
    server.plan = [503, 500, 200]
    assert server.store().put("a", [b"x"]).size == 1
    assert server.seen == ["PUT 503", "PUT 500", "PUT 200"]


def test_a_server_that_stays_busy_is_told(server: Server) -> None:
    server.plan = [503] * 10
    with pytest.raises(StorageError, match="keeps answering with an error: try again later"):
        server.store().put("a", [b"x"])
    assert len(server.seen) == 4


def test_a_server_without_the_tls_that_is_asked_for_is_told(server: Server) -> None:
    address = f"s3://bucket?endpoint={server.endpoint.replace('http', 'https')}"
    with pytest.raises(StorageError, match="does not speak TLS, or shows a certificate"):
        open_s3(address, KEYS).ping()


def test_an_object_that_is_cut_off_is_no_object(server: Server) -> None:
    with server.store().open("cut") as file, pytest.raises(StorageError, match="stopped answering"):
        file.read()
    with pytest.raises(StorageError), server.store().local_path("cut"):
        pass


def test_a_missing_object_is_told_by_its_key(server: Server) -> None:
    server.plan = [404]
    with pytest.raises(ObjectNotFoundError) as caught:
        server.store().open("a/b")
    assert caught.value.key == "a/b"


def test_another_refusal_is_told_in_the_servers_words(server: Server) -> None:
    server.plan = [404]
    with pytest.raises(StorageError, match=r"says none \(NoSuchKey\)"):
        server.store().delete("a")


def test_an_object_of_a_tree_that_cannot_be_deleted_is_told(server: Server) -> None:
    with pytest.raises(StorageError, match=r"below t could not be deleted: The object is locked"):
        server.store().delete_tree("t")


def test_a_server_of_another_kind_is_told(server: Server) -> None:
    server.plan = [418]
    with pytest.raises(StorageError, match="does not answer as an object store does"):
        server.store().open("a")


def test_under_gevent_calls_wait_beside_each_other(server: Server) -> None:
    # Each is answered when all four are there: one that held the event loop would hold all.
    server.meeting = threading.Barrier(4)
    assert server.store().cooperative
    url = f"s3://bucket?endpoint={server.endpoint}"
    command = [sys.executable, "-c", TOGETHER, url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_a_page_that_a_proxy_answers_with_is_told(server: Server) -> None:
    with pytest.raises(StorageError, match="does not answer as an object store does"):
        server.store().delete_tree("welcome")


def test_what_a_killed_process_has_copied_is_swept(server: Server, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        COPYING,
        f"s3://bucket?endpoint={server.endpoint}",
        str(tmp_path),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        copy = Path(process.stdout.readline().strip())
        assert sweep(tmp_path) == 0
        assert copy.exists()
        process.kill()

    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []

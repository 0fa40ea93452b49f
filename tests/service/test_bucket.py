"""A server that keeps its files in a bucket, and what is left there when it is killed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.command import Command
from tests.object_stores import KEYS, SERVERS, S3Server, is_built
from tests.running import KEY, Server, server_on, wait_until

PREFIX = "files"
TIDES = b"High water at the pier head is given in the tide table by the door."
MEBI = 1 << 20


@pytest.fixture
def bucket() -> Iterator[S3Server]:
    # MinIO tells of uploads under way only to those who know their whole names.
    with SERVERS["versitygw" if is_built("versitygw") else "moto"]() as server:
        yield server


@pytest.fixture
def server(bucket: S3Server, tmp_path: Path) -> Iterator[Server]:
    settings = {
        "RAGLAN_STORAGE__URL": bucket.url(f"{PREFIX}/{tmp_path.name}"),
        "RAGLAN_STORAGE__ACCESS_KEY": KEYS.access_key,
        "RAGLAN_STORAGE__SECRET_KEY": KEYS.secret_key,
    }
    with server_on(tmp_path / "data", **settings) as running:
        yield running
        assert KEYS.secret_key not in running.log
        assert "Traceback" not in running.log


def downloaded(server: Server, dataset: str, document: str) -> bytes:
    url = f"{server.url}/api/v1/datasets/{dataset}/documents/{document}"
    return requests.get(url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60).content


def test_files_live_in_the_bucket_through_a_kill_in_mid_upload(
    bucket: S3Server, server: Server, tmp_path: Path
) -> None:
    prefix = f"{PREFIX}/{tmp_path.name}/"
    dataset = server.dataset()
    large = bytes(range(256)) * (12 * MEBI // 256)
    small, whole = server.upload(dataset, ("tides.txt", TIDES), ("large.bin.txt", large))
    server.parse(dataset, [small])
    assert server.finished(dataset, small)["run"] == "DONE"
    kept = {
        f"{prefix}{dataset}/{small}.bin": len(TIDES),
        f"{prefix}{dataset}/{whole}.bin": 12 * MEBI,
    }
    assert bucket.names(prefix) == kept
    assert not (server.data / "files").exists()

    upload = threading.Thread(target=cut_off, args=(server, dataset))
    upload.start()
    wait_until(lambda: bucket.unfinished(prefix), "an upload in parts")
    bucket.component.process.send_signal(signal.SIGSTOP)
    server.kill_everything()
    bucket.component.process.send_signal(signal.SIGCONT)
    upload.join()
    assert bucket.names(prefix) == kept

    server.start()
    assert [item["content"] for item in server.found(dataset, "high water")] == [TIDES.decode()]
    assert downloaded(server, dataset, small) == TIDES
    assert downloaded(server, dataset, whole) == large
    server.data_of("DELETE", f"/datasets/{dataset}/documents", json={"ids": [small]})
    assert list(bucket.names(prefix)) == [f"{prefix}{dataset}/{whole}.bin"]
    server.data_of("DELETE", "/datasets", json={"ids": [dataset]})
    assert bucket.names(prefix) == {}

    dataset = server.dataset("another")
    bucket.component.process.kill()
    assert bucket.component.process.wait()
    answer = requests.get(f"{server.url}/ready", timeout=10)
    assert answer.status_code == 503
    assert f"storage: The object store cannot be written to: {bucket.endpoint}" in answer.text
    refused = server.call(
        "POST", f"/datasets/{dataset}/documents", files=[("file", ("a.txt", TIDES))]
    )
    assert refused["message"] == "a.txt could not be stored: try again later."
    done = Command(server.environment)("doctor")
    assert f"{bucket.endpoint} cannot be reached" in done.stdout
    assert "correct storage.*" in done.stdout


def cut_off(server: Server, dataset: str) -> None:
    with suppress(requests.RequestException):
        server.upload(dataset, ("cut.txt", b"water " * (10 * MEBI)))

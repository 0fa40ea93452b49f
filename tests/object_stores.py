"""Real S3-compatible servers for tests: started on free loopback ports, ended by pid."""

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from rag.storage.base import Credentials
from tests import fast
from tests.components import Component, answers, folder, running
from tests.running import free_port

BUCKET = "raglan"
KEYS = Credentials("tester", "secret of the tester")

BUILT = {
    "minio": "github.com/minio/minio@latest",
    "versitygw": "github.com/versity/versitygw/cmd/versitygw@latest",
}


@dataclass(frozen=True)
class S3Server:
    """A server with a bucket."""

    component: Component
    objects: Path
    """Where it keeps objects, each in its own way; moto keeps them in memory."""

    @property
    def endpoint(self) -> str:
        """Return where it listens."""
        return f"http://{self.component.address}"

    def url(self, prefix: str = "") -> str:
        """Return the address of a store in its bucket, of one nobody else uses by default."""
        return f"s3://{BUCKET}/{prefix or uuid.uuid4().hex}?endpoint={self.endpoint}"

    def client(self) -> Any:
        """Return another maker's client of it, which sees what ours does."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS.access_key,
            aws_secret_access_key=KEYS.secret_key,
        )

    def names(self, prefix: str) -> dict[str, int]:
        """Return the sizes of the objects whose names begin so."""
        found = self.client().list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return {item["Key"]: item["Size"] for item in found.get("Contents", ())}

    def unfinished(self, name: str) -> int:
        """Return how many uploads of this object were begun and neither finished nor given up."""
        found = self.client().list_multipart_uploads(Bucket=BUCKET, Prefix=name)
        return len(found.get("Uploads", ()))


def is_built(name: str) -> str | None:
    """Return the path of a program that tests do not build, if it is there."""
    return shutil.which(name, path=os.environ.get("TEST_PROGRAMS")) or shutil.which(name)


def built_program(name: str) -> str:
    """Return the path of such a program; skips the test if it is absent, or in the short run."""
    fast.leave_out("a server of others")
    found = is_built(name)
    if not found:
        pytest.skip(
            f"{name} is not installed: GOBIN=FOLDER go install {BUILT[name]} (it takes some"
            " minutes), then TEST_PROGRAMS=FOLDER"
        )
    return found


@contextmanager
def moto_server() -> Iterator[S3Server]:
    """Run moto, which is always there and lets everybody in."""
    server = Path(sys.executable).with_name("moto_server")
    port = free_port()
    with folder() as data:
        command = [str(server), "-H", "127.0.0.1", "-p", str(port)]
        url = f"http://127.0.0.1:{port}"
        with running(command, lambda: answers(url), port, data / "log") as component:
            requests.put(f"{url}/{BUCKET}", timeout=5).raise_for_status()
            yield S3Server(component, data / "objects")


@contextmanager
def minio_server() -> Iterator[S3Server]:
    """Run MinIO."""
    server = built_program("minio")
    port = free_port()
    with folder() as data:
        (data / "objects" / BUCKET).mkdir(parents=True)
        command = [server, "server", str(data / "objects"), "--address", f"127.0.0.1:{port}"]
        environment = {
            "MINIO_ROOT_USER": KEYS.access_key,
            "MINIO_ROOT_PASSWORD": KEYS.secret_key,
            "MINIO_BROWSER": "off",
        }
        url = f"http://127.0.0.1:{port}/minio/health/cluster"
        with running(command, lambda: answers(url), port, data / "log", environment) as component:
            yield S3Server(component, data / "objects")


@contextmanager
def versity_server() -> Iterator[S3Server]:
    """Run the Versity gateway on a folder."""
    server = built_program("versitygw")
    port = free_port()
    with folder() as data:
        (data / "objects" / BUCKET).mkdir(parents=True)
        command = [server, "--port", f"127.0.0.1:{port}", "--quiet", "--health", "/health"]
        command += ["posix", str(data / "objects")]
        environment = {"ROOT_ACCESS_KEY": KEYS.access_key, "ROOT_SECRET_KEY": KEYS.secret_key}
        url = f"http://127.0.0.1:{port}/health"
        with running(command, lambda: answers(url), port, data / "log", environment) as component:
            yield S3Server(component, data / "objects")


SERVERS: dict[str, Callable[[], AbstractContextManager[S3Server]]] = {
    "moto": moto_server,
    "minio": minio_server,
    "versitygw": versity_server,
}

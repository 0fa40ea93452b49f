"""Reading files in a started web server, whose event loop goes on meanwhile."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.model_endpoint import serve
from tests.pdfs import pdf
from tests.running import KEY, command, wait_until
from tests.service.web import WebServer, web_server_on


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    folder = tmp_path_factory.mktemp("reading")
    with serve() as endpoint, web_server_on(folder / "data", endpoint) as running:
        yield running


def readers(server: WebServer) -> list[psutil.Process]:
    """Return the processes that read files for a server, parsers among them."""
    assert server.process is not None
    below = psutil.Process(server.process.pid).children(recursive=True)
    return [one for one in below if "rag.ingestion" in " ".join(command(one))]


def test_files_are_read_also_in_pieces(server: WebServer) -> None:
    pieces = iter([pdf("first", "second")[:100], pdf("first", "second")[100:]])
    for content in (pdf("first", "second"), pieces):
        answer = requests.put(
            f"{server.url}/process",
            data=content,
            headers={"Authorization": f"Bearer {KEY}", "X-Filename": "a.pdf"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["page_content"] == "first\n\nsecond"
    wait_until(lambda: not readers(server), "the processes to be gone")


def left(server: WebServer) -> list[Path]:
    """Return what lies about of files that were read."""
    return list((server.data / "tmp").glob("raglan-reading-*"))


def test_a_client_that_goes_away_ends_the_reading(server: WebServer) -> None:
    content = b"The keeper lights the lamp at dusk. " * 300_000
    head = (
        f"PUT /process HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-Filename: a.txt\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head.encode() + content)
        wait_until(lambda: bool(readers(server)), "the reading to begin")
        assert left(server)
        answer = requests.get(f"{server.url}/v1/system/ping", timeout=60)
        assert answer.status_code == 200
    wait_until(lambda: not readers(server), "the reading to end")
    wait_until(lambda: not left(server), "the file to be removed")

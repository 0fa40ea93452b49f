"""Files on their way out: whole, in part, not again, and never as a page of our own origin."""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.library import API, data_of, make_dataset, refused, upload

pytestmark = pytest.mark.databases("sqlite")

CONTENT = bytes(range(256)) * 2000
TAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return upload(client, make_dataset(client)["id"], ("lamp.txt", CONTENT))[0]


@pytest.fixture(params=["of its dataset", "of any", "alias", "preview", "console"])
def address(request: pytest.FixtureRequest, document: dict[str, Any]) -> str:
    document_id = document["id"]
    return {
        "of its dataset": f"{API}/datasets/{document['dataset_id']}/documents/{document_id}",
        "of any": f"{API}/documents/{document_id}",
        "alias": f"{API}/document/download/{document_id}",
        "preview": f"{API}/documents/{document_id}/preview",
        "console": f"/v1/document/get/{document_id}",
    }[request.param]


def test_a_file_is_sent_whole_with_its_tag(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.headers["ETag"] == TAG
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("tags", [TAG, f'"other", {TAG}', f"W/{TAG}", "*"])
def test_who_has_a_file_gets_it_not_again(client: FlaskClient, address: str, tags: str) -> None:
    answer = client.get(address, headers={"If-None-Match": tags})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", TAG)


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-99", 5, 100),
        ("bytes=300000-400000", 300_000, 400_001),
        ("bytes=511999-", 511_999, 512_000),
        ("bytes=100-900000000", 100, 512_000),
        ("bytes=-7", 511_993, 512_000),
        ("bytes=-9000000", 0, 512_000),
    ],
)
def test_a_part_is_sent(
    client: FlaskClient, address: str, asked: str, begin: int, end: int
) -> None:
    answer = client.get(address, headers={"Range": asked, "If-Range": TAG})
    assert answer.data == CONTENT[begin:end]
    assert answer.headers["Content-Length"] == str(end - begin)
    if end - begin < len(CONTENT):
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/512000"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=1-2,5-6"},
        {"Range": "lines=1-2"},
        {"Range": "bytes=x"},
        {"Range": "bytes=9-1"},
        {"Range": "bytes=1-2", "If-Range": '"another version"'},
        {"Range": "bytes=1-2", "If-Range": "Thu, 24 Oct 2024 09:45:27 GMT"},
        {"If-None-Match": '"another version"'},
    ],
)
def test_what_cannot_be_granted_gets_the_whole(
    client: FlaskClient, address: str, headers: dict[str, str]
) -> None:
    answer = client.get(address, headers=headers)
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=512000-", "bytes=600000-700000"])
def test_there_is_no_such_part(client: FlaskClient, address: str, asked: str) -> None:
    answer = client.get(address, headers={"Range": asked})
    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == "bytes */512000"


def open_objects() -> list[str]:
    """Return the files of the object store that this process has open."""
    opened = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            opened.append(str(link.readlink()))
    return [path for path in opened if path.endswith(".bin") and "/files/" in path]


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=10-400000"}])
def test_a_file_leaves_block_by_block_and_is_closed_with_the_answer(
    client: FlaskClient, address: str, headers: dict[str, str]
) -> None:
    with client.get(address, headers=headers) as answer:
        pieces = answer.iter_encoded()
        assert len(next(pieces)) <= 256 << 10
        assert len(open_objects()) == 1
    assert open_objects() == []
    with client.head(address, headers=headers):
        assert open_objects() == []


def test_headers_alone_are_those_of_the_whole(client: FlaskClient, address: str) -> None:
    answer = client.head(address, headers={"Range": "bytes=1-2"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert (answer.headers["Content-Length"], answer.headers["ETag"]) == ("512000", TAG)


def test_what_is_not_there_any_more_is_said_before_the_first_byte(
    client: FlaskClient, address: str, document: dict[str, Any], services: Services
) -> None:
    services.storage.delete(f"{document['dataset_id']}/{document['id']}")
    asked = {"Range": "bytes=1-2"}
    answer = client.get(address, headers=asked)
    assert answer.get_json()["code"] == 102


def test_a_stranger_gets_nothing(stranger: FlaskClient, address: str) -> None:
    answer = stranger.get(address, headers={"If-None-Match": "*"})
    assert answer.get_json()["code"] == 102
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    ("name", "kind", "way", "boxed"),
    [
        ("page.html", "text/plain; charset=utf-8", "inline", True),
        ("page.xhtml", "text/plain; charset=utf-8", "inline", True),
        ("feed.xml", "text/plain; charset=utf-8", "inline", True),
        ("run.js", "text/plain; charset=utf-8", "inline", True),
        ("mail.mht", "application/octet-stream", "attachment", True),
        ("plan.svg", "image/svg+xml", "inline", True),
        ("plan.PNG", "image/png", "inline", True),
        ("report.pdf", "application/pdf", "inline", False),
    ],
)
def test_a_file_that_is_shown_runs_nothing(
    client: FlaskClient, name: str, kind: str, way: str, *, boxed: bool
) -> None:
    document = upload(client, make_dataset(client)["id"], (name, b"<script>x()</script>"))[0]
    for address in (
        f"{API}/documents/{document['id']}/preview",
        f"{API}/document/get/{document['id']}",
        f"/v1/document/get/{document['id']}",
    ):
        answer = client.get(address)
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Disposition"].startswith(f"{way}; ")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers.get("Content-Security-Policy", "")
        assert policy.startswith("sandbox; default-src 'none'") is boxed
    saved = client.get(f"/v1/document/download/{document['id']}")
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (
            "50% 😀.txt",
            "attachment; filename=\"50_ _.txt\"; filename*=UTF-8''50%25%20%F0%9F%98%80.txt",
        ),
        ("a'b;c,d.txt", "attachment; filename=\"a'b;c,d.txt\"; filename*=UTF-8''a%27b%3Bc%2Cd.txt"),
    ],
)
def test_any_name_fits_into_the_header(client: FlaskClient, name: str, header: str) -> None:
    document = upload(client, make_dataset(client)["id"], (name, b"x"))[0]
    answer = client.get(f"{API}/documents/{document['id']}")
    assert answer.headers["Content-Disposition"] == header


@pytest.mark.parametrize("address", ["/v1/document/thumbnails", f"{API}/thumbnails"])
def test_documents_have_no_small_pictures(
    client: FlaskClient, stranger: FlaskClient, document: dict[str, Any], address: str
) -> None:
    asked = {"doc_ids": [document["id"], "0" * 32, "x", document["id"]]}
    assert data_of(client.get(address, query_string=asked)) == {document["id"]: ""}
    assert data_of(stranger.get(address, query_string=asked)) == {}


def test_chunks_have_no_pictures(client: FlaskClient) -> None:
    answer = client.get("/v1/document/image/nothing-thumbnail")
    assert "image" in answer.get_json()["message"]


def test_an_empty_document_has_no_file(client: FlaskClient) -> None:
    document = upload(client, make_dataset(client)["id"], ("e.txt", b""))[0]
    for address in (f"{API}/documents/{document['id']}", f"{API}/document/get/{document['id']}"):
        assert refused(client.get(address), 400, 102) == "This file is empty."

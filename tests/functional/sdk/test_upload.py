"""Uploads and downloads over the REST API."""

import gc
import hashlib
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.container import Services, build
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.dataset import Dataset
from api.db.models.document import Document
from api.errors import NotFoundError
from api.http.application import attach, create_app
from api.services.accounts.records import Principal
from api.services.library.document_upload import Upload
from tests.disks import small_disk
from tests.functional.conftest import Member, client_with
from tests.functional.library import (
    API,
    File,
    data_of,
    make_dataset,
    post_files,
    refused,
    together,
    upload,
)


@pytest.fixture
def dataset(client: FlaskClient) -> dict[str, Any]:
    """Make a dataset of `member`."""
    return make_dataset(client, parser_config={"chunk_token_num": 64})


def stored_files(services: Services) -> list[Path]:
    """Return every file below the data folder's object store."""
    return [path for path in (services.settings.data_path / "files").rglob("*") if path.is_file()]


def names(client: FlaskClient, dataset: dict[str, Any]) -> list[str]:
    listed = data_of(client.get(f"{API}/datasets/{dataset['id']}/documents"))
    return sorted(document["name"] for document in listed["docs"])


def test_files_become_documents_in_the_order_of_the_request(
    client: FlaskClient, dataset: dict[str, Any], services: Services, member: Member
) -> None:
    files: list[File] = [("b.txt", b"second"), ("a.md", b"# first"), ("empty.txt", b"")]
    documents = upload(client, dataset["id"], *files)
    assert [(item["name"], item["size"]) for item in documents] == [
        ("b.txt", 6),
        ("a.md", 7),
        ("empty.txt", 0),
    ]
    first = documents[0]
    assert (first["run"], first["progress"], first["status"]) == ("UNSTART", 0.0, "1")
    assert first["dataset_id"] == dataset["id"]
    assert first["created_by"] == member.account.id
    assert first["parser_config"] == dataset["parser_config"]
    assert len(stored_files(services)) == 2
    shown = data_of(client.get(f"{API}/datasets/{dataset['id']}"))
    assert shown["document_count"] == 3
    with connection(services.database):
        row = Document.get_by_id(first["id"])
        assert row.content_hash == hashlib.sha256(b"second").hexdigest()
        assert row.storage_key == f"{dataset['id']}/{first['id']}"
        empty = Document.get_by_id(documents[2]["id"])
        assert (empty.storage_key, empty.content_hash) == ("", hashlib.sha256().hexdigest())
        assert Cleanup.select().count() == 0


@pytest.mark.parametrize(
    ("name", "kind", "method"),
    [
        ("a.pdf", "pdf", "naive"),
        ("a.DOCX", "doc", "naive"),
        ("a.pptx", "doc", "presentation"),
        ("a.eml", "doc", "email"),
        ("a.png", "visual", "picture"),
        ("a.mp3", "aural", "audio"),
        ("a.py", "doc", "naive"),
    ],
)
@pytest.mark.databases("sqlite")
def test_the_suffix_tells_type_and_chunk_method(
    client: FlaskClient, dataset: dict[str, Any], name: str, kind: str, method: str
) -> None:
    document = upload(client, dataset["id"], (name, b"x"))[0]
    assert (document["type"], document["chunk_method"]) == (kind, method)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("报告 2024 🗼.txt", "报告 2024 🗼.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\\\files\\\\notes.txt", "notes.txt"),
        ("/abs/olute.txt", "olute.txt"),
        (" spaced name .txt ", "spaced name .txt"),
        ("a'b&c;d%41$(x).txt", "a'b&c;d%41$(x).txt"),
        (".hidden.txt", ".hidden.txt"),
        ("x" * 251 + ".txt", "x" * 251 + ".txt"),
    ],
)
def test_names_are_kept_without_folders(
    client: FlaskClient, dataset: dict[str, Any], services: Services, given: str, kept: str
) -> None:
    assert upload(client, dataset["id"], (given, b"text"))[0]["name"] == kept
    assert names(client, dataset) == [kept]
    root = services.settings.data_path / "files" / dataset["id"]
    assert [path.parent for path in stored_files(services)] == [root]


@pytest.mark.parametrize(
    ("name", "status", "code", "said"),
    [
        ("tool.exe", 415, 500, "tool.exe: This type of file has not been supported yet!"),
        ("README", 415, 500, "README: This type of file has not been supported yet!"),
        ("x" * 252 + ".txt", 400, 101, "File name must be 255 bytes or less."),
        ("灯" * 84 + ".txt", 400, 101, "File name must be 255 bytes or less."),
        ("a\x07b.txt", 400, 101, "File name must not contain control characters."),
        ("folder/", 400, 101, "File name must not be empty."),
        ("..", 400, 101, "File name must not be empty."),
    ],
)
@pytest.mark.databases("sqlite")
def test_one_bad_file_refuses_the_whole_upload(
    client: FlaskClient,
    dataset: dict[str, Any],
    services: Services,
    name: str,
    status: int,
    code: int,
    said: str,
) -> None:
    answer = post_files(client, dataset["id"], ("good.txt", b"good"), (name, b"bad"))
    assert refused(answer, status, code) == said
    assert names(client, dataset) == []
    assert stored_files(services) == []


@pytest.mark.databases("sqlite")
def test_an_upload_without_files_is_refused(client: FlaskClient, dataset: dict[str, Any]) -> None:
    path = f"{API}/datasets/{dataset['id']}/documents"
    assert refused(client.post(path, data={"x": "y"}), 400, 101) == "No file part!"
    assert refused(client.post(path, json={}), 400, 101) == "No file part!"
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    answer = client.post(path, data=part, content_type="multipart/form-data; boundary=b")
    assert refused(answer, 400, 101) == "No file selected!"


@pytest.mark.databases("sqlite")
def test_the_folder_of_an_upload_is_kept(client: FlaskClient, dataset: dict[str, Any]) -> None:
    address = f"{API}/datasets/{dataset['id']}/documents"

    def sent(**fields: str) -> TestResponse:
        form = {"file": (BytesIO(b"x"), "sub/a.txt"), **fields}
        return client.post(address, data=form, content_type="multipart/form-data")

    kept = [
        data_of(sent(parent_path=folder, meta_fields=meta))[0]["meta_fields"]
        for folder, meta in (
            ("", ""),
            ("/", ""),
            ("/north/coast/", '{"year": 1999}'),
            ("north", '{"path": "elsewhere"}'),
        )
    ]
    placed = {"path": "north/coast/a.txt", "year": 1999}
    assert kept == [{}, {}, placed, {"path": "elsewhere"}]
    assert "NUL" in refused(sent(parent_path="a\0b"), 400, 102)
    assert len(names(client, dataset)) == 4


@pytest.mark.databases("sqlite")
def test_a_document_without_a_file_is_made_by_its_name(
    client: FlaskClient, dataset: dict[str, Any]
) -> None:
    address = f"{API}/datasets/{dataset['id']}/documents"
    made = data_of(client.post(f"{address}?type=empty", json={"name": "notes.txt"}))
    assert [(one["name"], one["type"], one["size"]) for one in made] == [
        ("notes.txt", "virtual", 0)
    ]
    chunk = {"content": "Written by hand."}
    assert data_of(client.post(f"{address}/{made[0]['id']}/chunks", json=chunk))["chunk"]
    for query, name, status, said in (
        ("empty", " ", 400, "File name can't be empty."),
        ("empty", None, 400, "name"),
        ("other", "a", 400, "type"),
        ("local&return_raw_files=true", "a", 400, "return_raw_files"),
    ):
        answer = client.post(f"{address}?type={query}", json={"name": name})
        assert said in refused(answer, status, 101)
    assert names(client, dataset) == ["notes.txt"]


def test_a_nul_in_a_name_is_refused(client: FlaskClient, dataset: dict[str, Any]) -> None:
    path = f"{API}/datasets/{dataset['id']}/documents"
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a\0b.txt"\r\n\r\n'
    answer = client.post(
        path, data=head + b"x\r\n--b--\r\n", content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400
    assert names(client, dataset) == []


def test_names_that_are_taken_get_numbers(client: FlaskClient, dataset: dict[str, Any]) -> None:
    files: list[File] = [("a.tar.md", b"1"), ("a.tar.md", b"2"), ("a.tar(1).md", b"3")]
    documents = upload(client, dataset["id"], *files)
    assert [item["name"] for item in documents] == ["a.tar.md", "a.tar(1).md", "a.tar(1)(1).md"]
    again = upload(client, dataset["id"], ("a.tar.md", b"4"))
    assert again[0]["name"] == "a.tar(2).md"


def test_a_long_name_makes_room_for_its_number(
    client: FlaskClient, dataset: dict[str, Any]
) -> None:
    name = "灯" * 83 + "aa.txt"
    assert [upload(client, dataset["id"], (name, b"x"))[0]["name"] for _ in range(2)] == [
        name,
        "灯" * 82 + "(1).txt",
    ]


def test_the_same_name_uploaded_at_once_stays_unique(
    app: Flask, client: FlaskClient, member: Member, dataset: dict[str, Any], services: Services
) -> None:
    def send() -> None:
        upload(client_with(app, member.api_key), dataset["id"], ("n.txt", b"x"), ("m.txt", b"y"))

    together(*[send] * 5)
    expected = {
        f"{stem}{ending}.txt" for stem in "nm" for ending in ("", "(1)", "(2)", "(3)", "(4)")
    }
    assert set(names(client, dataset)) == expected
    assert data_of(client.get(f"{API}/datasets/{dataset['id']}"))["document_count"] == 10
    assert len(stored_files(services)) == 10


@pytest.mark.databases("sqlite")
def test_an_upload_into_a_dataset_that_is_not_there_stores_nothing(
    client: FlaskClient, stranger: FlaskClient, services: Services
) -> None:
    theirs = make_dataset(stranger)["id"]
    for dataset_id in (theirs, "0" * 32, "nonsense", "%00"):
        refused(post_files(client, dataset_id, ("a.txt", b"x")), 404, 102)
    assert stored_files(services) == []


def test_a_dataset_that_is_deleted_meanwhile_leaves_no_file(
    client: FlaskClient, dataset: dict[str, Any], services: Services, member: Member
) -> None:
    uploads = services.library.uploads

    class DeletingStream:
        """A file whose reading lasts until the dataset is gone."""

        def __init__(self) -> None:
            self.blocks = [b"late"]

        def seek(self, _offset: int, whence: int = 0, /) -> int:
            return 4 if whence else 0

        def read(self, _size: int, /) -> bytes:
            if not self.blocks:
                return b""
            data_of(client.delete(f"{API}/datasets", json={"ids": [dataset["id"]]}))
            return self.blocks.pop()

    owner = Principal(member.account.id, member.account.id)
    with pytest.raises(NotFoundError, match="There is no dataset"):
        uploads.upload(owner, dataset["id"], [Upload("a.txt", DeletingStream())])
    assert stored_files(services) == []
    with connection(services.database):
        assert Document.select().count() == Dataset.select().count() == 0


def test_a_killed_upload_leaves_no_file_for_long(
    services: Services, dataset: dict[str, Any]
) -> None:
    planned = services.library.uploads.plan(dataset["id"], [("a.txt", 4)], [""])
    services.storage.put(planned[0].key, [b"left"])
    services.library.cleanup.finish()
    assert len(stored_files(services)) == 1
    with connection(services.database):
        Cleanup.update(not_before=0).execute()
    services.library.cleanup.finish()
    assert stored_files(services) == []


@pytest.mark.databases("sqlite")
def test_a_store_that_cannot_be_written_is_a_clear_error(
    client: FlaskClient, dataset: dict[str, Any], services: Services
) -> None:
    (services.settings.data_path / "files").write_text("in the way")
    answer = post_files(client, dataset["id"], ("a.txt", b"x"))
    assert refused(answer, 503, 105) == "a.txt could not be stored: try again later."
    assert names(client, dataset) == []


@pytest.mark.databases("sqlite")
def test_a_body_over_the_limit_is_refused(
    settings: Settings, services: Services, member: Member, dataset: dict[str, Any]
) -> None:
    server = settings.server.model_copy(update={"max_body_bytes": 2000})
    small = create_app()
    limited = build(settings.model_copy(update={"server": server}))
    attach(small, limited)
    answer = post_files(client_with(small, member.api_key), dataset["id"], ("a.txt", b"x" * 3000))
    assert "larger than the server accepts" in refused(answer, 413, 101)
    assert stored_files(services) == []
    limited.chunk_store.close()
    limited.database.close_all()


# Downloads.


def path_of(dataset: dict[str, Any], document: dict[str, Any]) -> str:
    return f"{API}/datasets/{dataset['id']}/documents/{document['id']}"


@pytest.mark.databases("sqlite")
def test_a_file_comes_back_byte_for_byte(client: FlaskClient, dataset: dict[str, Any]) -> None:
    content = bytes(range(256)) * 5000
    document = upload(client, dataset["id"], ("报告 final.txt", content))[0]
    answer = client.get(path_of(dataset, document))
    assert answer.data == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Length"] == str(len(content))
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="__ ')
    assert "filename*=UTF-8''%E6%8A%A5%E5%91%8A%20final.txt" in disposition


def test_quotes_in_a_name_cannot_break_the_header(
    client: FlaskClient, dataset: dict[str, Any]
) -> None:
    document = upload(client, dataset["id"], ("a.txt", b"x"))[0]
    data_of(client.put(path_of(dataset, document), json={"name": 'x"; filename="evil.txt'}))
    disposition = client.get(path_of(dataset, document)).headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="x_; filename=_evil.txt"; filename*=')


@pytest.mark.databases("sqlite")
def test_the_head_of_a_file_can_be_asked_for(client: FlaskClient, dataset: dict[str, Any]) -> None:
    document = upload(client, dataset["id"], ("a.txt", b"abc"))[0]
    answer = client.head(path_of(dataset, document))
    assert (answer.data, answer.headers["Content-Length"]) == (b"", "3")


@pytest.mark.databases("sqlite")
def test_what_cannot_be_downloaded_is_told_in_two_keys(
    client: FlaskClient, stranger: FlaskClient, dataset: dict[str, Any], services: Services
) -> None:
    empty, lost = upload(client, dataset["id"], ("e.txt", b""), ("l.txt", b"x"))
    services.storage.delete(f"{dataset['id']}/{lost['id']}")
    unknown = {"id": "0" * 32}
    foreign = stranger.get(path_of(dataset, lost))
    for answer, status, said in (
        (client.get(path_of(dataset, empty)), 400, "This file is empty."),
        (client.get(path_of(dataset, lost)), 404, "The file of l.txt is not there any more."),
        (
            client.get(path_of(dataset, unknown)),
            404,
            f"The dataset not own the document {'0' * 32}.",
        ),
        (client.get(path_of(unknown, lost)), 404, f"You do not own the dataset {'0' * 32}."),
        (foreign, 404, f"You do not own the dataset {dataset['id']}."),
    ):
        assert refused(answer, status, 102) == said
        assert answer.get_json().keys() == {"code", "message"}


# Werkzeug leaves a file that could not be written whole to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.databases("sqlite")
def test_an_upload_for_which_the_temporary_folder_has_no_room_says_so(
    client: FlaskClient, dataset: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "small", megabytes=1) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        said = refused(post_files(client, dataset["id"], ("big.txt", bytes(2 << 20))), 507, 105)
        assert said == "The server's disk is full: nothing can be written until it has room."
        gc.collect()
        upload(client, dataset["id"], ("small.txt", b"held in memory"))

"""Files and folders as a client makes them."""

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.functional.library import API, File, data_of

FILES = f"{API}/files"


def post_received(
    client: FlaskClient,
    *files: File,
    parent_id: str = "",
    paths: tuple[str, ...] = (),
    address: str = FILES,
) -> TestResponse:
    """Upload files to a folder."""
    parts = [FileStorage(io.BytesIO(content), name) for name, content in files]
    fields = {"file": parts, "parent_id": parent_id, "path": list(paths)}
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(address, data=body, content_type=kind)


def add_files(client: FlaskClient, *files: File, **where: Any) -> list[str]:
    """Upload files and return their ids."""
    return [file["id"] for file in data_of(post_received(client, *files, **where))]


def add_folder(client: FlaskClient, name: str, parent_id: str = "") -> str:
    """Make a folder and return its id."""
    body = {"name": name, "parent_id": parent_id, "type": "folder"}
    return str(data_of(client.post(FILES, json=body))["id"])


def listing(client: FlaskClient, parent_id: str = "", **query: Any) -> dict[str, Any]:
    """Return a page of a folder."""
    asked = {"parent_id": parent_id, **query}
    found: dict[str, Any] = data_of(client.get(FILES, query_string=asked))
    return found


def names(client: FlaskClient, parent_id: str = "", **query: Any) -> list[str]:
    """Return the names in a folder, sorted by name."""
    wanted = {"orderby": "name", "desc": "false", "page_size": 100, **query}
    return [file["name"] for file in listing(client, parent_id, **wanted)["files"]]


def link(client: FlaskClient, file_ids: list[str], kb_ids: list[str]) -> list[dict[str, Any]]:
    """Link files to documents in datasets."""
    body = {"file_ids": file_ids, "kb_ids": kb_ids}
    made: list[dict[str, Any]] = data_of(client.post(f"{FILES}/link-to-datasets", json=body))
    return made

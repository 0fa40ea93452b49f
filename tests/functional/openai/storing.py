"""Files and vector stores as OpenAI's clients make them."""

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from tests.functional.conftest import Member
from tests.functional.library import data_of

STORES = "/v1/vector_stores"
FILES = "/v1/files"


def ok(answer: TestResponse) -> Any:
    """Return the body of an answer that must be a success."""
    assert answer.status_code == 200, answer.text
    return answer.json


def refused(answer: TestResponse, status: int, sentence: str) -> dict[str, Any]:
    """Return the inner object of an answer that must be this error, in both of its forms."""
    assert answer.status_code == status, answer.text
    told = answer.json
    assert sentence in told["message"]
    assert told["error"]["message"] == told["message"]
    assert set(told["error"]) == {"message", "type", "param", "code"}
    inner: dict[str, Any] = told["error"]
    return inner


def send(client: FlaskClient, name: str, content: bytes, **fields: str) -> TestResponse:
    """Upload a file; `purpose` stands before it, as clients have it."""
    form = {"purpose": "assistants", **fields, "file": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(FILES, data=body, content_type=kind)


def add_file(client: FlaskClient, name: str, content: bytes = b"A text.", **fields: str) -> str:
    """Upload a file and return its id."""
    return str(ok(send(client, name, content, **fields))["id"])


def add_store(client: FlaskClient, name: str = "handbook", **fields: object) -> str:
    """Make a vector store and return its address."""
    return f"{STORES}/{ok(client.post(STORES, json={'name': name, **fields}))['id']}"


def ids(answer: TestResponse) -> list[str]:
    """Return the ids of what a list shows."""
    return [item["id"] for item in ok(answer)["data"]]


def walked(client: FlaskClient, address: str, **query: object) -> list[str]:
    """Return the ids of all that a list shows, a part at a time, as clients go through it."""
    found: list[str] = []
    more: dict[str, object] = {}
    while True:
        part = ok(client.get(address, query_string={"limit": 2, **query, **more}))
        found += [item["id"] for item in part["data"]]
        assert part["last_id"] == (found[-1] if part["data"] else None)
        if not part["has_more"]:
            return found
        more = {"after": part["last_id"]}


def add_model(services: Services, member: Member, client: FlaskClient, address: str) -> str:
    """Add a chat model `own` of a member, who is an administrator for it; return its name."""
    with connection(services.database):
        User.update(is_superuser=True).where(User.id == member.account.id).execute()
    own = {"llm_factory": "OpenAI-API-Compatible", "llm_name": "own", "model_type": "chat"}
    assert data_of(client.post("/v1/llm/add_llm", json={**own, "api_base": address}))
    return "own@OpenAI-API-Compatible"

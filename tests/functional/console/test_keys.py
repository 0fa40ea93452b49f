"""API keys: made, shown once, listed, revoked, and refused when wrong."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.account import ApiKey
from api.errors import ConflictError
from tests.functional.conftest import Member
from tests.functional.library import code_of


def made(client: FlaskClient) -> dict[str, Any]:
    answer = client.post("/v1/system/new_token")
    assert code_of(answer) == 0
    return answer.json["data"]


def keyed(app: Flask, key: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.mark.parametrize("name", ["x" * 101, "a\0"])
def test_a_name_that_cannot_be_kept_is_refused(console: FlaskClient, name: str) -> None:
    answer = console.post("/v1/system/new_token", query_string={"name": name})
    assert code_of(answer) == 101
    assert "Field: <name>" in answer.json["message"]
    kept = console.get("/v1/system/token_list").json["data"]
    assert name not in [key["name"] for key in kept]


def test_a_key_is_shown_once_and_opens_the_rest_pages(app: Flask, console: FlaskClient) -> None:
    key = made(console)
    assert re.fullmatch(r"ragflow-[\w-]{43}", key["token"])
    assert len(key["beta"]) == 32
    assert key["create_date"].endswith(" GMT")
    assert keyed(app, key["token"]).get("/api/v1/system/tokens").json["code"] == 0
    listed = console.get("/v1/system/token_list")
    assert key["token"] not in listed.text
    [same] = [item for item in listed.json["data"] if item["id"] == key["id"]]
    assert same["token"] == f"{key['token'][:12]}...{key['token'][-4:]}"


def test_only_a_hash_is_kept(console: FlaskClient, services: Services) -> None:
    key = made(console)["token"]
    with connection(services.database):
        rows = list(ApiKey.select().dicts())
    assert key not in repr(rows)


@pytest.mark.databases("sqlite")
def test_keys_are_made_and_listed_under_the_rest_prefix_too(client: FlaskClient) -> None:
    key = client.post("/api/v1/system/tokens?name=robot").json["data"]
    assert key["name"] == "robot"
    assert key["id"] in {item["id"] for item in client.get("/api/v1/system/tokens").json["data"]}
    assert client.delete(f"/api/v1/system/tokens/{key['token']}").json["data"] is True
    assert key["id"] not in client.get("/api/v1/system/tokens").text


@pytest.mark.parametrize("path", ["/v1/system/token_list", "/api/v1/system/tokens"])
def test_keys_are_listed_by_the_page_where_one_is_asked_for(client: FlaskClient, path: str) -> None:
    def listed(**query: int) -> list[str]:
        return [key["id"] for key in client.get(path, query_string=query).json["data"]]

    for _ in range(32):
        client.post("/api/v1/system/tokens")
    every = listed()
    assert len(every) == 33
    assert listed(page=1) == every[:30]
    assert listed(page=2) == every[30:]
    assert listed(page=2, page_size=5) == every[5:10]
    assert listed(page_size=1024) == every
    assert listed(page=9) == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("path", "status"), [("/v1/system/token_list", 200), ("/api/v1/system/tokens", 400)]
)
@pytest.mark.parametrize("query", ["page=-1", "page=x", "page_size=10001", "page_size=-1"])
def test_a_page_of_keys_that_cannot_be_is_refused(
    client: FlaskClient, path: str, status: int, query: str
) -> None:
    answer = client.get(f"{path}?{query}")
    assert (answer.status_code, answer.json["code"]) == (status, 101)
    assert f"Field: <{query.partition('=')[0]}>" in answer.json["message"]


@pytest.mark.databases("sqlite")
def test_the_last_use_is_recorded(app: Flask, console: FlaskClient) -> None:
    key = made(console)
    assert key["last_used_time"] is None
    keyed(app, key["token"]).get("/api/v1/system/tokens")
    [same] = [
        item
        for item in console.get("/v1/system/token_list").json["data"]
        if item["id"] == key["id"]
    ]
    assert same["last_used_time"] >= key["create_time"]
    assert same["last_used_date"].endswith(" GMT")


def test_a_use_is_written_down_once_a_minute(
    client: FlaskClient, services: Services, member: Member
) -> None:
    def last_used(change: int = 0) -> int:
        with connection(services.database):
            row = ApiKey.get(ApiKey.user_id == member.account.id)
            if change:
                ApiKey.update(last_used_time=row.last_used_time + change).execute()
            return int(row.last_used_time)

    client.get("/api/v1/system/tokens")
    first = last_used(change=-30_000)
    client.get("/api/v1/system/tokens")
    assert last_used(change=-31_000) == first - 30_000
    client.get("/api/v1/system/tokens")
    assert last_used() >= first


@pytest.mark.parametrize("named_by", ["token", "id", "beginning"])
def test_a_revoked_key_is_refused_at_once(app: Flask, console: FlaskClient, named_by: str) -> None:
    key = made(console)
    name = key["token"][:12] if named_by == "beginning" else key[named_by]
    assert console.delete(f"/v1/system/token/{name}").json["data"] is True
    answer = keyed(app, key["token"]).get("/api/v1/system/tokens")
    assert answer.status_code == 401
    assert answer.json == {"code": 109, "message": "Authentication error: API key is invalid!"}


def test_a_beginning_that_several_keys_share_revokes_none(
    services: Services, member: Member
) -> None:
    owner = member.account.principal
    for ending in ("a", "b"):
        services.accounts.keys.add(owner, "", "ragflow-same" + ending * 39)
    with pytest.raises(ConflictError, match="Several keys begin with ragflow-same"):
        services.accounts.keys.revoke(owner, "ragflow-same")
    assert services.accounts.keys.revoke(owner, "ragflow-same" + "a" * 39)
    assert services.accounts.keys.revoke(owner, "ragflow-same")
    assert not services.accounts.keys.revoke(owner, "ragflow-")


@pytest.mark.databases("sqlite")
def test_revoking_what_is_not_there_is_no_error(console: FlaskClient) -> None:
    assert console.delete("/v1/system/token/nothing").json["data"] is True


@pytest.mark.databases("sqlite")
def test_nobody_sees_or_revokes_the_keys_of_others(
    app: Flask, console: FlaskClient, stranger: FlaskClient
) -> None:
    key = made(console)
    assert key["id"] not in stranger.get("/v1/system/token_list").text
    for name in (key["token"], key["id"]):
        stranger.delete(f"/v1/system/token/{name}")
    assert keyed(app, key["token"]).get("/api/v1/system/tokens").status_code == 200


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer   "])
def test_a_missing_key_is_refused_with_a_sentence(app: Flask, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = app.test_client().get("/api/v1/system/tokens", headers=headers)
    assert answer.status_code == 401
    assert answer.json["code"] == 109
    assert answer.json["message"].startswith("`Authorization` can't be empty")


@pytest.mark.parametrize("key", ["ragflow-" + "x" * 43, "x", "'; DROP TABLE api_key; --", "\xff"])
@pytest.mark.databases("sqlite")
def test_a_wrong_key_is_refused(client: FlaskClient, app: Flask, key: str) -> None:
    answer = keyed(app, key).get("/api/v1/system/tokens")
    assert (answer.status_code, answer.json["code"]) == (401, 109)
    assert answer.json["message"] == "Authentication error: API key is invalid!"
    assert client.get("/api/v1/system/tokens").status_code == 200

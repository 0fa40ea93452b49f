"""Requests that two APIs have the same addresses for go where what they carry says."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey

from api.http.dialects import HOME, OWN, SHARED
from tests.functional.conftest import Member

pytestmark = pytest.mark.databases("sqlite")

KEY = "sk-" + "0" * 32
FOREIGN = jwt.encode({"alg": "HS256", "typ": "JWT"}, {"id": "x"}, OctKey.import_key("k" * 32))
SHORT = jwt.encode({"alg": "HS256", "typ": "at+jwt"}, {"sub": "x"}, OctKey.import_key("k" * 32))

CARRIED = {
    "nothing": ({}, False, True),
    "a RAGFlow key": ({"Authorization": "Bearer ragflow-x"}, False, False),
    "an access token": ({"Authorization": f"Bearer {SHORT}"}, False, False),
    "no token at all": ({"Authorization": "Bearer eyJ"}, False, False),
    "a key": ({"Authorization": f"Bearer {KEY}"}, True, True),
    "a token": ({"Authorization": f"Bearer {FOREIGN}"}, True, True),
    "a header": ({"x-api-key": KEY}, True, True),
    "a cookie": ({"Cookie": f"token={FOREIGN}"}, True, True),
    "the console's cookie": ({"Cookie": "raglan_session=x"}, False, False),
    "both cookies": ({"Cookie": f"token={FOREIGN}; raglan_session=x"}, False, False),
    "a cookie of another name": ({"Cookie": "my_token=x"}, False, True),
}
"""What requests carry, and whether they speak Open WebUI's API: without and with a slash."""


@pytest.mark.parametrize("carried", CARRIED)
def test_a_shared_address_is_whose_the_request_says(app: Flask, carried: str) -> None:
    headers, *expected = CARRIED[carried]
    anonymous = app.test_client(use_cookies=False)
    for address in sorted(SHARED):
        for slash, is_theirs in zip(("", "/"), expected, strict=True):
            body = json.loads(anonymous.get(f"{address}{slash}", headers=headers).text)
            if address == "/api/version" and is_theirs:
                assert body.keys() == {"version", "deployment_id"}
            else:
                assert ("detail" in body) is is_theirs, (address, slash, body)


def test_an_address_of_one_api_needs_no_credential_to_be_known(anonymous: FlaskClient) -> None:
    for address in sorted(OWN - {"/api/config", "/api/changelog"}):
        answer = anonymous.get(address)
        assert "detail" in answer.json, address


def test_an_address_that_is_not_there_is_404_in_json(web: FlaskClient) -> None:
    answer = web.get("/api/v1/auths/nothing")
    assert (answer.status_code, answer.json) == (404, {"detail": "There is no such address."})


def test_all_addresses_are_below_a_base_of_their_own_too(client: FlaskClient) -> None:
    """A RAGFlow key speaks this API there, which the same address means for RAGFlow elsewhere."""
    assert client.get(f"{HOME}/api/v1/chats").json == []
    assert "code" in client.get("/api/v1/chats").json


def test_the_console_goes_on_beside_a_session_of_the_front_end(
    console: FlaskClient, web: FlaskClient
) -> None:
    assert "code" in console.get("/api/v1/chats").json
    assert web.get("/api/v1/chats").json == []


def test_probes_tell_whether_the_database_answers(anonymous: FlaskClient) -> None:
    for address in ("/health", "/health/db", f"{HOME}/health/db"):
        assert anonymous.get(address).json == {"status": True}, address


def test_what_is_not_built_says_so(web: FlaskClient) -> None:
    answer = web.post("/api/v1/automations/create", json={})
    assert answer.status_code == 501
    assert "Automations" in answer.json["detail"]
    assert answer.headers["x-should-retry"] == "false"
    answer = web.get("/api/v1/models/model/history?id=x")
    assert (answer.status_code, answer.json["detail"][:19]) == (501, "Histories of models")


def test_lists_that_are_read_at_the_start_are_empty(web: FlaskClient, member: Member) -> None:
    for noun in ("configs/banners", "folders/", "folders/shared", "tools/", "functions/"):
        assert web.get(f"/api/v1/{noun}").json == [], noun
    assert web.get("/api/usage").json == {"model_ids": [], "user_count": 0}
    picture = web.get(f"/api/v1/users/{member.account.id}/profile/image")
    assert (picture.status_code, "user.png" in picture.json["detail"]) == (404, True)

"""The session cookie: for files that a browser shows without sending a header."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.functional.library import make_dataset, upload
from tests.functional.signing import MEMBER, login

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.usefixtures("member")]


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """Return a client that keeps cookies and has signed in, but sends no header."""
    client = app.test_client()
    assert login(client).json["code"] == 0
    return client


@pytest.fixture
def document(client: FlaskClient) -> str:
    dataset = make_dataset(client)
    return str(upload(client, dataset["id"], ("notes.txt", b"some text"))[0]["id"])


def cookie_of(client: FlaskClient, **headers: str) -> list[str]:
    answer = client.post("/v1/user/login", json=MEMBER, headers=headers)
    return answer.headers["Set-Cookie"].split("; ")[1:]


def test_no_script_and_no_other_site_gets_the_cookie(anonymous: FlaskClient) -> None:
    given = cookie_of(anonymous)
    assert {"HttpOnly", "SameSite=Lax", "Path=/v1", "Max-Age=2592000"} <= set(given)
    assert "Secure" not in given


def test_behind_https_the_cookie_stays_there(anonymous: FlaskClient) -> None:
    assert "Secure" in cookie_of(anonymous, **{"X-Forwarded-Proto": "https"})
    anonymous.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert "Secure" not in cookie_of(anonymous, **{"X-Forwarded-Proto": "https"})


def test_a_file_is_shown_by_the_cookie_until_the_session_ends(
    browser: FlaskClient, anonymous: FlaskClient, document: str
) -> None:
    path = f"/v1/document/get/{document}"
    assert browser.get(path).data == b"some text"
    assert anonymous.get(path).json["code"] != 0
    token = browser.get_cookie("raglan_session", path="/v1")
    assert token
    browser.get("/v1/user/logout", headers={"Authorization": token.value})
    assert browser.get_cookie("raglan_session", path="/v1") is None
    browser.set_cookie("raglan_session", token.value, path="/v1")
    assert browser.get(path).json["code"] != 0


def test_thumbnails_are_shown_by_the_cookie(browser: FlaskClient, document: str) -> None:
    found = browser.get(f"/v1/document/thumbnails?doc_ids={document}")
    assert list(found.json["data"]) == [document]


@pytest.mark.parametrize("path", ["/v1/user/info", "/api/v1/datasets", "/v1/system/token_list"])
def test_the_cookie_opens_no_other_page(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).json["code"] != 0


def test_a_header_counts_before_the_cookie(
    browser: FlaskClient, stranger: FlaskClient, document: str
) -> None:
    key = stranger.environ_base["HTTP_AUTHORIZATION"]
    headers = {"Authorization": key}
    assert browser.get(f"/v1/document/get/{document}", headers=headers).json["code"] != 0


def test_a_cookie_that_is_none_opens_nothing(app: Flask, document: str) -> None:
    client = app.test_client()
    for value in ("", "x", "ragflow-" + "x" * 43):
        client.set_cookie("raglan_session", value, path="/v1")
        assert client.get(f"/v1/document/get/{document}").json["code"] != 0


def test_an_api_key_is_no_session(app: Flask, client: FlaskClient, document: str) -> None:
    key = client.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    browser = app.test_client()
    browser.set_cookie("raglan_session", key, path="/v1")
    assert browser.get(f"/v1/document/get/{document}").json["code"] != 0

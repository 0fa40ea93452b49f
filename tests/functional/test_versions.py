"""What a client has already is not sent again."""

import pytest
from flask.testing import FlaskClient

from tests.functional.library import data_of

pytestmark = pytest.mark.databases("sqlite")

PATH = "/api/v1/datasets"


def test_a_list_is_sent_once(client: FlaskClient) -> None:
    client.post(PATH, json={"name": "atlas"})
    first = client.get(PATH)
    tag = first.headers["ETag"]
    again = client.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert "X-Request-Id" in again.headers


def test_a_list_that_changed_is_sent_again(client: FlaskClient) -> None:
    tag = client.get(PATH).headers["ETag"]
    client.post(PATH, json={"name": "atlas"})
    answer = client.get(PATH, headers={"If-None-Match": f'"other", {tag}'})
    assert [dataset["name"] for dataset in data_of(answer)] == ["atlas"]
    assert answer.headers["ETag"] != tag


def test_one_thing_has_a_tag_and_an_error_has_none(client: FlaskClient) -> None:
    assert "ETag" not in client.get(f"{PATH}?page=x").headers
    assert "ETag" not in client.post(PATH, json={"name": "atlas"}).headers
    assert client.get(PATH, headers={"If-None-Match": "*"}).status_code == 304


def test_a_key_is_asked_for_before_a_tag(anonymous: FlaskClient, client: FlaskClient) -> None:
    tag = client.get(PATH).headers["ETag"]
    answer = anonymous.get(PATH, headers={"If-None-Match": tag})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Raglan"'

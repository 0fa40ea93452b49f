"""Signing in at the console as the account of a test."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery staple"
MEMBER = {"email": "member@example.org", "password": PASSWORD}


def login(client: FlaskClient, **changes: Any) -> TestResponse:
    """Try to sign in."""
    return client.post("/v1/user/login", json={**MEMBER, **changes})


def signed_in(app: Flask, **changes: Any) -> FlaskClient:
    """Sign in and return a client with the session."""
    answer = login(app.test_client(), **changes)
    assert answer.status_code == 200, answer.text
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = answer.headers["Authorization"]
    return client


def refusal(answer: TestResponse) -> tuple[int, int, str]:
    """Return status, code and message of an answer that is an error."""
    assert set(answer.json) <= {"code", "message", "data"}
    return answer.status_code, answer.json["code"], answer.json["message"]


def is_in(client: FlaskClient) -> bool:
    """Return whether a client's session is one."""
    answer = client.get("/v1/user/info")
    code: int = answer.json["code"]
    assert code in {0, 401}
    return code == 0

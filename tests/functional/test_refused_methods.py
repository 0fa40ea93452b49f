"""Every address of every door by each method that it lacks, and every page without a valid key.

The addresses come from the application itself: those of a new door are walked, too.
"""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from api.http.door import guard_of
from api.http.process import web_process
from tests.functional.conftest import client_with
from tests.functional.hostile import pages_of

pytestmark = pytest.mark.databases("sqlite")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")

CATCHES_ALL = "openwebui_absent.refuse"
"""Answers at all addresses of its door that no page has."""

ENVELOPE = {"code", "message"}

FORMS = {
    "anthropic": {"error", "request_id", "type"},
    "bots": ENVELOPE,
    "console": ENVELOPE,
    "default": ENVELOPE,
    "dify": {"error_code", "error_msg"},
    "docs": ENVELOPE,
    "mcp": {"error", "id", "jsonrpc"},
    "oauth": {"error", "error_description"},
    "ollama": {"error"},
    "openai": ENVELOPE | {"data", "error"},
    "openwebui": {"detail"},
    "reading": {"code", "detail"},
    "rerank": {"code", "detail", "message"},
    "rest": ENVELOPE,
    "scim": {"detail", "schemas", "status"},
    "share": ENVELOPE,
    "web": ENVELOPE,
}
"""What the error of each door has."""

TALKS = ("/api/v1/chats_openai/", "/api/v1/openai/")
"""Where OpenAI's clients ask assistants, which read `error`."""


def methods_at(adapter: MapAdapter, path: str) -> dict[str, str]:
    """Return the methods by which an address has a page, with the endpoints of the pages."""
    found = {}
    for method in METHODS:
        try:
            found[method], _ = adapter.match(path, method)
        except HTTPException:
            continue
    return found


def wrong_methods(app: Flask) -> Iterator[tuple[str, str, set[str]]]:
    """Yield each address with each method that it lacks, and with those that it has."""
    adapter = app.url_map.bind("localhost")
    for address in sorted({rule.rule for rule in app.url_map.iter_rules()}):
        path = re.sub("<[^>]*>", "0" * 32, address)
        there = {
            method for method, page in methods_at(adapter, path).items() if page != CATCHES_ALL
        }
        if there:
            yield from ((path, method, there) for method in METHODS if method not in there)


def test_a_method_that_an_address_lacks_is_refused_in_the_form_of_its_door(
    app: Flask, client: FlaskClient
) -> None:
    doors = web_process(app).doors
    wrong: list[str] = []
    seen: set[str] = set()
    for path, method, there in wrong_methods(app):
        door = doors.of(path).name
        seen.add(door)
        with client.open(path, method=method) as answer:
            body, allowed = answer.get_json(silent=True) or {}, set(answer.allow)
            status = (answer.status_code, body.get("code"))
            is_told = status == (200, 405) if door == "console" else status[0] == 405
            form = FORMS[door] | ({"error"} if path.startswith(TALKS) else set())
            if not (is_told and set(body) == form and there <= allowed and method not in allowed):
                wrong.append(f"{method} {path}: {status} {allowed} {answer.text[:100]}")
    assert wrong == []
    assert seen == FORMS.keys()


@pytest.mark.parametrize("key", ["", "ragflow-" + "x" * 32], ids=["no key", "a wrong key"])
def test_who_is_not_let_in_is_told_by_what_they_may_say_who_they_are(app: Flask, key: str) -> None:
    asking = client_with(app, key) if key else app.test_client()
    unguarded = {None, web_process(app).doors.of("/share")}  # there one is let in by a link
    wrong, told = [], 0
    for page in pages_of(app):
        if guard_of(app.view_functions[page.rule.endpoint]) in unguarded:
            continue
        with asking.open(page.address({}), method=page.method) as answer:
            challenge = answer.headers.get("WWW-Authenticate", "")
            body = answer.get_json(silent=True) or {}
            if answer.status_code == 401:
                told += 1
            is_in_envelope = (answer.status_code, body.get("code")) == (200, 401)
            if not (is_in_envelope or (answer.status_code == 401 and "Bearer" in challenge)):
                wrong.append(f"{page.method} {page.rule}: {answer.status_code} {challenge!r}")
    assert wrong == []
    assert told > 300

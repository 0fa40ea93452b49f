"""Every page under requests that no honest client sends: a word of what is wrong, never a defect.

What is refused has changed nothing.
The pages and the fields that they read come from the application itself: a new one is walked, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import AliasChoices, BaseModel, Field, ValidationError
from werkzeug.test import TestResponse

from api.config.places import SHIPPED
from api.db.connection import connection
from api.db.sql import run
from api.errors import RaglanError
from api.http import requests
from api.http.process import web_process
from api.http.requests import json_object, lists_of
from api.http.responses import JSON, SCIM
from rag.quoting import MOST_LISTED
from tests.functional.asking import ask
from tests.functional.changing import Changes, noting
from tests.functional.conftest import client_with
from tests.functional.corpus import Corpus
from tests.functional.filing import add_files
from tests.functional.hostile import (
    BODIES,
    CONTENT_TYPES,
    FORMS,
    HEADERS,
    IDS,
    NOT_BUILT,
    SLOT,
    VALUES,
    WORDS,
    Page,
    Place,
    filled,
    names_in,
    pages_of,
    places,
    places_together,
    replaced,
    sample,
    with_slot,
    with_slots,
)
from tests.functional.library import is_refused
from tests.functional.shared_pages import OF_BOTS, beta_of

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.long, pytest.mark.timeout(600)]

LONGEST_ERROR = 8 << 10
NOTED = frozenset({"api_key", "audit_entry"})
"""Tables that have what is noted of requests, refused or not: when a key was used last."""

PLAIN = {"data", "content_type"}
"""What most requests have, and no more."""

PROBES = {"/ready", "/metrics"}
"""Pages for those who watch, which have no envelope."""


OLLAMA = tuple(f"/api/{noun}" for noun in ("chat", "generate", "tags", "ps", "show", "embed"))
OTHER_FORMS = (
    *("/mcp", "/oauth", "/.well-known", "/retrieval", "/api/v1/dify", "/v1/messages", "/scim"),
    *("/api/version", "/openwebui"),
    *OLLAMA,
)
"""Where errors are no envelopes."""


def documented(page: Path) -> frozenset[tuple[int, int]]:
    """Return the pairs of HTTP status and code that the table of errors names."""
    rows = re.findall(r"^\| (\d+) \| ([\d, ]+) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset((int(status), int(code)) for code, many in rows for status in many.split(","))


@dataclass
class Walk:
    """A client on its way through the pages, and what it found."""

    client: FlaskClient
    bot: FlaskClient
    pages: list[Page]
    known: dict[str, str]
    allowed: frozenset[tuple[int, int]]
    changes: Changes
    requests: int = 0
    found: list[str] = field(default_factory=list)

    def send(self, page: Page, what: str, path: str, **request: Any) -> None:
        """Send a request and note what is wrong with its answer."""
        self.requests += 1
        name = f"{page.method} {page.rule.rule}: {what}"
        client = self.bot if page.rule.rule.startswith(OF_BOTS) else self.client
        self.changes.take()
        is_plain = request.keys() == PLAIN
        asking = partial(ask, client) if is_plain else client.open
        with asking(path, method=page.method, **request) as answer:
            problem = self.problem(page, answer) or self.change(answer)
        if problem:
            self.found.append(f"{name}: {problem}")

    def change(self, answer: TestResponse) -> str:
        """Return what a request that was refused has changed; nothing if all stayed as it was."""
        changed = self.changes.take() - NOTED
        return f"changed {', '.join(sorted(changed))}" if changed and is_refused(answer) else ""

    def problem(self, page: Page, answer: TestResponse) -> str:
        """Return what is wrong with an answer; nothing if it is as the documents say."""
        if page.rule.rule in PROBES or not is_refused(answer):
            return ""
        if (
            answer.status_code >= 500 and answer.status_code != NOT_BUILT
        ) or answer.mimetype not in {JSON, SCIM}:
            return f"{answer.status_code} {answer.text[:200]}"
        code = orjson.loads(answer.data).get("code")
        in_envelope = not page.rule.rule.startswith(OTHER_FORMS)
        codes = {code for _, code in self.allowed}
        documented = (answer.status_code, code) in self.allowed or answer.status_code == 200
        if in_envelope and not (documented and code in codes):
            return f"{answer.status_code} with the code {code} is not documented"
        if not answer.headers.get("X-Request-Id"):
            return "no X-Request-Id"
        if len(answer.data) > LONGEST_ERROR:
            return f"an error of {len(answer.data)} bytes"
        return ""

    def end(self, least: int) -> None:
        """Check that it was a walk, and that nothing was found."""
        assert self.requests >= least
        assert not self.found, f"{len(self.found)} of {self.requests}:\n" + "\n".join(
            self.found[:20]
        )


@pytest.fixture
def walk(
    app: Flask, client: FlaskClient, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Walk]:
    """Create one of everything for `member`, and begin."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    chat = client.post("/api/v1/chats", json={"name": "guide"}).json["data"]["id"]
    session = client.post(f"/api/v1/chats/{chat}/sessions", json={}).json["data"]["id"]
    place = f"/api/v1/datasets/{corpus.dataset_id}/documents/{corpus.document_id}/chunks"
    added = client.post(place, json={"content": "Ships keep the lamp to port."})
    chunk = added.json["data"]["chunk"]["id"]
    known = {
        "file_id": add_files(client, ("map.txt", b"Here be dragons."))[0],
        "dataset_id": corpus.dataset_id,
        "document_id": corpus.document_id,
        "chunk_id": chunk,
        "chat_id": chat,
        "session_id": session,
    }
    bot = client_with(app, beta_of(client))
    allowed = documented(SHIPPED / "docs" / "errors.md")
    services = web_process(app).services
    with noting(services.database) as changes:
        yield Walk(client, bot, pages_of(app), known, allowed, changes)


def test_a_change_is_seen_once_it_is_committed(app: Flask, walk: Walk) -> None:
    database = web_process(app).services.database
    walk.changes.take()
    walk.client.post("/api/v1/datasets", json={"name": "a light"})
    assert "dataset" in walk.changes.take()
    assert walk.changes.take() == frozenset()
    with connection(database), database.atomic() as transaction:
        run(database, "UPDATE dataset SET name = 'another'")
        transaction.rollback()
    assert walk.changes.take() == frozenset()


def bodies_known(walk: Walk) -> dict[str, Any]:
    """Return what bodies name of what there is."""
    known = {f"{name}s": [value] for name, value in walk.known.items()}
    return {**known, "session_id": walk.known["session_id"], "stream": False}


def read_by(app: Flask, content: bytes) -> object:
    """Return the JSON object that the server reads from a body, or None if it refuses it."""
    with app.test_request_context(method="POST", data=content, content_type=JSON):
        try:
            return json_object()
        except RaglanError:
            return None


@pytest.fixture
def unread(app: Flask) -> dict[str, bytes]:
    """Return the values that no page gets to see: the one reader of JSON refuses them anywhere."""
    return {name: value for name, value in VALUES.items() if not read_by(app, b'{"x": %b}' % value)}


def is_refused_by(model: type[BaseModel], body: object, value: object) -> bool:
    """Return whether a model refuses a body with this value in its slots, and says where."""
    try:
        model.model_validate(replaced(body, value))
    except ValidationError:
        return True
    except RaglanError:
        return False  # whatever else is wrong is not looked at
    return False


def fillings(model: type[BaseModel], complete: object, value: object) -> Iterator[list[Place]]:
    """Yield the places of a model by the bodies that bring a value to all of them.

    Where the model refuses the value it says so of each place: one body may bring it to many.
    What gets through is alone in its body, so that the page does with it whatever it does.
    """
    for group in places_together(model).values():
        refused = []
        for place in group:
            if is_refused_by(model, with_slot(complete, place), value):
                refused.append(place)
            else:
                yield [place]
        for first in range(0, len(refused), MOST_LISTED):
            yield refused[first : first + MOST_LISTED]


def test_every_field_of_every_body(walk: Walk, unread: dict[str, bytes]) -> None:
    known = bodies_known(walk)
    for page in walk.pages:
        path = page.address(walk.known)
        for model in page.body:
            complete = sample(model, known)
            for name, value in VALUES.items():
                if name in unread:
                    ways = [[place] for place in islice(places(model), 1)]
                else:
                    ways = list(fillings(model, complete, orjson.loads(value)))
                for way in ways:
                    what = f"{', '.join('.'.join(map(str, place)) for place in way)} is {name}"
                    content = filled(with_slots(complete, way), value)
                    walk.send(page, what, path, data=content, content_type=JSON)
    walk.end(least=3000)


class Inner(BaseModel):
    """A model within another one."""

    depth: int = 0


class Outer(BaseModel):
    """A model with a field of each kind."""

    name: str
    size: int = Field(0, validation_alias=AliasChoices("size", "length"))
    inner: list[Inner] | None = None


def test_a_body_is_filled_in_each_place_with_each_value() -> None:
    every = [("inner", 0, "depth"), ("inner",), ("length",), ("name",), ("size",)]
    for value in (None, 1, "x", [], {}):
        ways = list(fillings(Outer, {"name": "x"}, value))
        assert sorted((place for way in ways for place in way), key=str) == sorted(every, key=str)
    assert list(fillings(Outer, {"name": "x"}, 1)) == [
        [("size",)],
        [("name",), ("inner",)],
        [("length",)],
        [("inner", 0, "depth")],
    ]


def test_every_body_as_a_whole(app: Flask, walk: Walk) -> None:
    """What is refused before a page's own model sees it is sent to one page of each door.

    All have the one reader of JSON. Each page gets one body of these, one type, one form, and all
    bodies that are read. Pages that say of no model that they read it get everything, but those
    that delete: what names what they delete is their address.
    """
    unread = {name for name, content in BODIES.items() if read_by(app, content) is None}
    assert {"half", "1025 deep", "60,000 objects"} <= unread
    seen: set[object] = set()
    for page in walk.pages:
        if page.method == "GET":
            continue
        path = page.address(walk.known)
        door = web_process(app).doors.of(page.rule.rule).name
        is_first = not (page.body or page.method == "DELETE") or door not in seen
        seen.update({door} if page.body else ())
        for name, content in BODIES.items():
            if is_first or name == "half" or name not in unread:
                walk.send(page, name, path, data=content, content_type=JSON)
        for kind in CONTENT_TYPES if is_first else CONTENT_TYPES[:1]:
            walk.send(page, f"content type {kind[:40]!r}", path, data=b"{}", content_type=kind)
        for name, (kind, content) in FORMS.items():
            if is_first or name == "nothing":
                walk.send(page, f"a form with {name}", path, data=content, content_type=kind)
    walk.end(least=1000)


def test_pages_that_delete_and_name_no_model_read_no_body(app: Flask) -> None:
    readers = {name for name in vars(requests) if name.startswith(("json_", "body_"))}
    assert "json_body" in readers
    views = app.view_functions
    read = [
        page.rule.rule
        for page in pages_of(app)
        if page.method == "DELETE" and not page.body
        if readers & names_in(views[page.rule.endpoint])
    ]
    assert read == []


def queries(model: type[BaseModel], word: str) -> Iterator[str]:
    """Yield query strings that bring a word to each argument: together where it is refused.

    To those that may be repeated it comes twice, too.
    """
    sent = word.encode(errors="surrogateescape")
    many = lists_of(model)
    refused = []
    for name in model.model_fields:
        text = sent.decode(errors="replace")
        argument = f"{name}={quote(sent)}"
        if is_refused_by(model, {name: SLOT}, [text] if name in many else text):
            refused.append(argument)
        else:
            yield argument
        if name in many:
            yield f"{argument}&{argument}"
    for first in range(0, len(refused), MOST_LISTED):
        yield "&".join(refused[first : first + MOST_LISTED])


def test_every_address_and_argument(walk: Walk) -> None:
    for page in walk.pages:
        for place in page.rule.arguments:
            for given in IDS:
                path = page.address(walk.known, **{place: given})
                walk.send(page, f"{place} {given[:40]}", path, json={"ids": [], "x": 1})
        for model in page.query:
            for name, word in WORDS.items():
                for query in queries(model, word):
                    walk.send(
                        page, f"{name} in {query[:40]}", f"{page.address(walk.known)}?{query}"
                    )
    walk.end(least=1000)


def test_every_header(walk: Walk) -> None:
    for page in walk.pages:
        for given in HEADERS:
            what = " ".join(given)
            walk.send(page, what, page.address(walk.known), headers=given, json={"x": 1})
    walk.end(least=500)


def test_every_page_that_takes_something_says_what(walk: Walk) -> None:
    unread = {
        page.rule.rule
        for page in walk.pages
        if page.method in {"POST", "PUT", "PATCH"} and not (page.body or page.query)
    }
    forms = {
        "/api/v1/file/upload",
        "/api/v1/files/<file_id>",
        "/v1/file/upload",
        "/v1/document/upload",
        "/v1/files",
        "/v1/document/upload_and_parse",
        "/v1/document/web_crawl",
        "/oauth/<provider>/logout",
        "/oauth/backchannel-logout",
        "/openwebui/api/v1/audio/transcriptions",
    }
    elsewhere = {"/mcp", "/mcp/", "/process"}
    elsewhere.add("/api/v1/datasets/<dataset_id>/documents/<document_id>/chunks/batch")
    refused = {rule for rule in unread if rule.endswith("<path:rest>")}
    cancel = "/v1/vector_stores/<dataset_id>/file_batches/<batch_id>/cancel"
    tasks = {f"/api/v1/tasks/<task_id>/{what}" for what in ("cancel", "retry")}
    bodiless = {cancel, "/api/v1/tenants/<tenant_id>", "/v1/tenant/agree/<tenant_id>", *tasks}
    bodiless |= {f"{base}/responses/<response_id>/cancel" for base in ("", "/v1", "/v1/v1")}
    bodiless |= {f"/openwebui/api/v1/auths/{noun}" for noun in ("api_key", "signout")}
    bodiless |= {"/openwebui/api/v1/folders/<folder_id>/read"}
    stops = ("chat/<conversation_id>/stop", "stop/<task_id>")
    bodiless |= {f"/openwebui/api/tasks/{what}" for what in stops}
    bodiless |= {"/openwebui/api/v1/prompts/id/<prompt_id>/toggle"}
    bodiless |= {"/openwebui/api/v1/memories/reset", "/openwebui/api/v1/notes/<note_id>/pin"}
    toggles = ("toggle", "toggle/global")
    bodiless |= {f"/openwebui/api/v1/functions/id/<function_id>/{noun}" for noun in toggles}
    bodiless |= {"/openwebui/api/v1/groups/id/<group_id>/users"}
    bodiless |= {"/openwebui/api/v1/auths/refresh"}
    bodiless |= {"/openwebui/api/v1/users/<user_id>/sessions/revoke"}
    target = "/openwebui/api/v1/notifications/targets/<target_id>"
    bodiless |= {f"{target}/{noun}" for noun in ("default", "test")}
    flags = ("<conversation_id>/pin", "<conversation_id>/archive", "archive/all", "unarchive/all")
    flags += ("<conversation_id>/unread", "read")
    bodiless |= {f"/openwebui/api/v1/chats/{noun}" for noun in flags}
    absent = {f"/api/v1/{noun}" for noun in ("agents", "memories", "messages")}
    absent |= {"/scim/v2/.search"}
    known = forms | elsewhere | refused | bodiless | absent
    assert unread == known, "forms are walked as such, messages and files by their own tests"

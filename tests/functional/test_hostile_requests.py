"""Every page under requests that no honest client sends: a word of what is wrong, never a defect.

The pages and the fields that they read come from the application itself: a new one is walked, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.places import SHIPPED
from api.http.responses import JSON
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
    VALUES,
    WORDS,
    Page,
    filled,
    pages_of,
    places,
    sample,
    with_slot,
)
from tests.functional.library import is_refused
from tests.functional.shared_pages import OF_BOTS, beta_of

pytestmark = pytest.mark.databases("sqlite")

LONGEST_ERROR = 8 << 10
PROBES = {"/ready", "/metrics"}
"""Pages for those who watch, which have no envelope."""


OLLAMA = tuple(f"/api/{noun}" for noun in ("chat", "generate", "tags", "ps", "show", "embed"))
OTHER_FORMS = ("/mcp", "/retrieval", "/api/v1/dify", "/v1/messages", *OLLAMA, "/api/version")
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
    requests: int = 0
    found: list[str] = field(default_factory=list)

    def send(self, page: Page, what: str, path: str, **request: Any) -> None:
        """Send a request and note what is wrong with its answer."""
        self.requests += 1
        name = f"{page.method} {page.rule.rule}: {what}"
        client = self.bot if page.rule.rule.startswith(OF_BOTS) else self.client
        with client.open(path, method=page.method, **request) as answer:
            problem = self.problem(page, answer)
        if problem:
            self.found.append(f"{name}: {problem}")

    def problem(self, page: Page, answer: TestResponse) -> str:
        """Return what is wrong with an answer; nothing if it is as the documents say."""
        if page.rule.rule in PROBES or not is_refused(answer):
            return ""
        if (
            answer.status_code >= 500 and answer.status_code != NOT_BUILT
        ) or answer.mimetype != JSON:
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
    return Walk(client, bot, pages_of(app), known, documented(SHIPPED / "docs" / "errors.md"))


def bodies_known(walk: Walk) -> dict[str, Any]:
    """Return what bodies name of what there is."""
    known = {f"{name}s": [value] for name, value in walk.known.items()}
    return {**known, "session_id": walk.known["session_id"], "stream": False}


def test_every_field_of_every_body(walk: Walk) -> None:
    known = bodies_known(walk)
    for page in walk.pages:
        for model in page.body:
            complete = sample(model, known)
            for place in places(model):
                slotted = with_slot(complete, place)
                for name, value in VALUES.items():
                    what = f"{'.'.join(map(str, place))} is {name}"
                    content = filled(slotted, value)
                    path = page.address(walk.known)
                    walk.send(page, what, path, data=content, content_type=JSON)
    walk.end(least=3000)


def test_every_body_as_a_whole(walk: Walk) -> None:
    for page in walk.pages:
        if page.method == "GET":
            continue
        path = page.address(walk.known)
        for name, content in BODIES.items():
            walk.send(page, name, path, data=content, content_type=JSON)
        for kind in CONTENT_TYPES:
            walk.send(page, f"content type {kind[:40]!r}", path, data=b"{}", content_type=kind)
        for name, (kind, content) in FORMS.items():
            walk.send(page, f"a form with {name}", path, data=content, content_type=kind)
    walk.end(least=1000)


def test_every_address_and_argument(walk: Walk) -> None:
    for page in walk.pages:
        for place in page.rule.arguments:
            for given in IDS:
                path = page.address(walk.known, **{place: given})
                walk.send(page, f"{place} {given[:40]}", path, json={"ids": [], "x": 1})
        for model in page.query:
            for place in model.model_fields:
                for name, word in WORDS.items():
                    given = quote(word.encode(errors="surrogateescape"))
                    for query in (f"{place}={given}", f"{place}={given}&{place}={given}"):
                        path = f"{page.address(walk.known)}?{query}"
                        walk.send(page, f"{place} is {name}", path)
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
        "/api/v1/datasets/<dataset_id>/documents",
        "/api/v1/file/upload",
        "/v1/file/upload",
        "/v1/document/upload",
        "/v1/files",
        "/v1/document/upload_and_parse",
    }
    elsewhere = {"/mcp", "/mcp/", "/process"}
    refused = {rule for rule in unread if rule.endswith("<path:rest>")}
    cancel = "/v1/vector_stores/<dataset_id>/file_batches/<batch_id>/cancel"
    tasks = {f"/api/v1/tasks/<task_id>/{what}" for what in ("cancel", "retry")}
    bodiless = {cancel, "/api/v1/tenants/<tenant_id>", "/v1/tenant/agree/<tenant_id>", *tasks}
    absent = {f"/api/v1/{noun}" for noun in ("agents", "memories", "messages")}
    known = forms | elsewhere | refused | bodiless | absent
    assert unread == known, "forms are walked as such, messages and files by their own tests"

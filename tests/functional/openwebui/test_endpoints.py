"""Endpoints of chat models as administrators connect them: models of their own."""

import pytest
from flask.testing import FlaskClient

from tests.functional.openwebui.library import detail, ok
from tests.model_endpoint import ModelEndpoint, Reply

pytestmark = pytest.mark.databases("sqlite")

OPENAI = "/openai/config"
KEY = "endpoint-key-that-nobody-sees"


def test_an_endpoint_is_verified_connected_and_disconnected(
    admin: FlaskClient, web: FlaskClient, endpoint: ModelEndpoint
) -> None:
    empty = {"OPENAI_API_BASE_URLS": [], "OPENAI_API_KEYS": [], "OPENAI_API_CONFIGS": {}}
    assert ok(admin.get(OPENAI)) == {"ENABLE_OPENAI_API": True, **empty}
    for page in (OPENAI, "/ollama/config", "/openai/models/0"):
        detail(web.get(page), 403)
    asked = {"url": endpoint.url, "key": KEY}
    found = ok(admin.post("/openai/verify", json=asked))["data"]
    assert [one["id"] for one in found] == ["talker", "small"]
    assert endpoint.received[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert ok(admin.get(OPENAI))["OPENAI_API_BASE_URLS"] == []
    wanted = {"OPENAI_API_BASE_URLS": [endpoint.url], "OPENAI_API_KEYS": [KEY]}
    made = admin.post(f"{OPENAI}/update", json=wanted)
    assert KEY not in made.text
    shown = ok(made)
    assert shown["OPENAI_API_KEYS"] == ["********"]
    assert shown["OPENAI_API_CONFIGS"]["0"]["model_ids"] == ["small", "talker"]
    assert ok(admin.post(f"{OPENAI}/update", json=shown)) == shown
    names = [one["id"] for one in ok(admin.get("/api/models/base"))["data"]]
    assert "small@OpenAI-API-Compatible" in names
    assert "small@OpenAI-API-Compatible" not in str(ok(web.get("/api/models")))
    assert [one["id"] for one in ok(admin.get("/openai/models/0"))["data"]] == ["small", "talker"]
    detail(admin.get("/openai/models/1"), 404)
    question = {"role": "user", "content": "Which one is it?"}
    said = {"model": "small@OpenAI-API-Compatible", "messages": [question], "stream": True}
    assert "one" in admin.post("/openai/chat/completions", json=said).text
    assert endpoint.received[-1].headers["Authorization"] == f"Bearer {KEY}"
    assert endpoint.received[-1].body["model"] == "small"
    fewer = {"0": {"model_ids": ["talker"], "enable": False}}
    off = ok(admin.post(f"{OPENAI}/update", json={**shown, "OPENAI_API_CONFIGS": fewer}))
    assert off["OPENAI_API_CONFIGS"]["0"] == {**fewer["0"], "connection_type": "external"}
    assert off["ENABLE_OPENAI_API"] is False
    detail(admin.post("/api/chat/completions", json={**said, "stream": False}), 400)
    gone = ok(admin.post(f"{OPENAI}/update", json=empty))
    assert gone == {"ENABLE_OPENAI_API": True, **empty}
    assert "OpenAI-API-Compatible" not in str(ok(admin.get("/api/models/base")))


def test_a_server_of_ollama_is_connected_by_its_own_address(
    admin: FlaskClient, endpoint: ModelEndpoint
) -> None:
    url = endpoint.url.removesuffix("/v1")
    assert ok(admin.get("/ollama/")) == {"status": True}
    assert ok(admin.get("/ollama/api/version")) == {"version": False}
    assert len(ok(admin.post("/ollama/verify", json={"url": url}))["data"]) == 2
    wanted = {"OLLAMA_BASE_URLS": [url], "OLLAMA_API_CONFIGS": {"0": {"model_ids": ["small"]}}}
    shown = ok(admin.post("/ollama/config/update", json=wanted))
    assert (shown["ENABLE_OLLAMA_API"], shown["OLLAMA_BASE_URLS"]) == (True, [url])
    assert ok(admin.get("/ollama/config")) == shown
    names = [one["id"] for one in ok(admin.get("/openai/models"))["data"]]
    assert "small@Ollama" in names


def test_what_cannot_be_of_an_endpoint_is_refused_and_nothing_is_written(
    admin: FlaskClient, endpoint: ModelEndpoint
) -> None:
    page, urls = f"{OPENAI}/update", [endpoint.url]
    for said, name in (
        ({"prefix_id": "x"}, "prefix_id"),
        ({"auth_type": "azure_ad"}, "azure_ad"),
        ({"headers": {"X-Team": "sea"}}, "headers"),
    ):
        wanted = {"OPENAI_API_BASE_URLS": urls, "OPENAI_API_CONFIGS": {"0": said}}
        assert name in detail(admin.post(page, json=wanted), 501)
    twice = {"OPENAI_API_BASE_URLS": [*urls, *urls]}
    assert "twice" in detail(admin.post(page, json=twice), 400)
    detail(admin.post(page, json={"OPENAI_API_BASE_URLS": ["ftp://h"]}), 422)
    endpoint.script.append(Reply(401))
    assert "401" in admin.post(page, json={"OPENAI_API_BASE_URLS": urls}).json["detail"]
    endpoint.script.append(Reply(pieces=[b"<html>"]))
    assert "list of models" in admin.post("/openai/verify", json={"url": urls[0]}).json["detail"]
    endpoint.script.append(Reply(pieces=[b'{"data": []}']))
    assert "model_ids" in admin.post(page, json={"OPENAI_API_BASE_URLS": urls}).json["detail"]
    assert ok(admin.get(OPENAI))["OPENAI_API_BASE_URLS"] == []
    assert "Passing" in detail(admin.post("/openai/responses", json={}), 501)
    assert "Passing" in detail(admin.get("/ollama/api/ps"), 501)

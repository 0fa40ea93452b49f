"""Ollama's API: what its clients send, and what they get."""

import json
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import LAMP, Corpus, lay_down
from tests.functional.library import data_of
from tests.model_endpoint import ModelEndpoint, event, stream

pytestmark = pytest.mark.databases("sqlite")

EMBEDDER = "wordllama@Builtin"
DONE = b"data: [DONE]\n\n"


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    return lay_down(services, member.account.id)


@pytest.fixture(autouse=True)
def guide(client: FlaskClient, corpus: Corpus) -> str:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    return str(data_of(client.post("/api/v1/chats", json=body))["id"])


def chat(client: FlaskClient, **more: Any) -> TestResponse:
    body = {"model": "guide:latest", "messages": [{"role": "user", "content": LAMP}], **more}
    return client.post("/api/chat", json=body)


def lines(answer: TestResponse) -> list[Any]:
    assert answer.status_code == 200
    assert answer.content_type == "application/x-ndjson"
    return [json.loads(line) for line in answer.get_data().splitlines()]


def refused(answer: TestResponse, status: int, sentence: str) -> None:
    assert answer.status_code == status
    assert set(answer.json) == {"error"}
    assert sentence in answer.json["error"]


def test_a_chat_is_a_stream_unless_it_says_otherwise(client: FlaskClient) -> None:
    with chat(client) as answer:
        *pieces, last = lines(answer)
    whole = chat(client, stream=False).json
    said = "".join(piece["message"]["content"] for piece in [*pieces, last])
    assert said == whole["message"]["content"]
    assert "lamp" in said
    assert not any(piece["done"] for piece in pieces)
    for end in (last, whole):
        assert (end["done"], end["done_reason"], end["model"]) == (True, "stop", "guide:latest")
        assert end["eval_count"] > 0
        assert end["created_at"].endswith("Z")


def test_a_question_by_itself(client: FlaskClient) -> None:
    body = {"model": "guide", "prompt": LAMP, "options": {}, "keep_alive": "5m", "think": True}
    with client.post("/api/generate", json=body) as answer:
        said = "".join(piece["response"] for piece in lines(answer))
    assert said == client.post("/api/generate", json={**body, "stream": False}).json["response"]


def test_options_go_to_the_model(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="At dusk."), DONE))
    options = {"temperature": 0.25, "num_predict": 7, "num_ctx": 4096, "stop": ["END"], "seed": 3}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Who are you?"},
        {"role": "assistant", "content": "The guide."},
        {"role": "user", "content": LAMP},
    ]
    told = chat(client, stream=False, options=options, messages=messages, tools=[], format=None)
    assert told.json["message"]["content"] == "At dusk."
    body = endpoint.received[-1].body
    assert (body["max_tokens"], body["temperature"]) == (7, 0.25)
    assert (body["stop"], body["seed"]) == (["END"], 3)
    assert "\n\nBe brief." in body["messages"][0]["content"]
    assert "The guide." in str(body["messages"])


def test_instructions_beside_a_prompt_go_to_the_model(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="At dusk."), DONE))
    body = {"model": "guide", "prompt": LAMP, "system": "Be brief.", "stream": False}
    assert client.post("/api/generate", json=body).json["response"] == "At dusk."
    assert "\n\nBe brief." in endpoint.received[-1].body["messages"][0]["content"]
    for name, value in (("template", "x"), ("suffix", "x"), ("raw", True), ("context", [1])):
        refused(client.post("/api/generate", json={**body, name: value}), 400, name)


def test_a_model_that_fails_in_a_stream(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="The"), cut=True))
    with chat(client) as answer:
        assert set(lines(answer)[-1]) == {"error"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"format": "json"}, "format"),
        ({"logprobs": True}, "logprobs"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": "x", "images": ["x"]}]}, "images"),
        ({"options": {"temperature": "hot"}}, "temperature"),
        ({"options": {"top_k": 5}}, "options.top_k"),
    ],
)
def test_what_an_assistant_cannot_do_is_refused_by_name(
    client: FlaskClient, more: dict[str, object], sentence: str
) -> None:
    refused(chat(client, **more), 400, sentence)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_models_are_listed_and_shown(client: FlaskClient) -> None:
    for path in ("/api/tags", "/api/ps"):
        (model,) = client.get(path).json["models"]
        assert (model["name"], model["model"]) == ("guide:latest", "guide:latest")
        assert len(model["digest"]) == 64
    shown = client.post("/api/show", json={"model": "guide:latest"}).json
    assert shown["capabilities"] == ["completion"]
    assert shown["model_info"]["raglan.context_length"] > 0
    assert client.get("/api/version").json["version"]


def test_vectors(client: FlaskClient, services: Services) -> None:
    texts = ["the lamp", "the tide"]
    right = services.models.models.embedder("", EMBEDDER).embed_documents(texts)
    body = {"model": EMBEDDER, "input": texts, "options": {}, "truncate": None}
    found = np.array(client.post("/api/embed", json=body).json["embeddings"], dtype=np.float32)
    assert np.array_equal(found, right)
    one = client.post("/api/embeddings", json={"model": EMBEDDER, "prompt": texts[0]})
    assert np.array_equal(np.array(one.json["embedding"], dtype=np.float32), right[0])


def test_who_sends_no_key_is_refused(
    anonymous: FlaskClient, stranger: FlaskClient, guide: str
) -> None:
    refused(anonymous.get("/api/tags"), 401, "auth.ollama_account")
    refused(chat(anonymous), 401, "auth.ollama_account")
    refused(chat(stranger), 404, "guide")
    refused(chat(stranger, model=guide), 404, guide)


def test_who_sends_no_key_is_the_account_in_the_settings(
    anonymous: FlaskClient, stranger: FlaskClient, services: Services, settings: Settings
) -> None:
    for email, status in (("member@example.org", 200), ("nobody@example.org", 401)):
        auth = settings.auth.model_copy(update={"ollama_account": email})
        services.live.current = settings.model_copy(update={"auth": auth})
        assert anonymous.get("/api/tags").status_code == status
        assert chat(anonymous, stream=False).status_code == status
        assert chat(stranger, stream=False).status_code == 404
        assert anonymous.get("/api/v1/datasets").status_code == 401
    wrong = anonymous.get("/api/tags", headers={"Authorization": "Bearer ragflow-wrong"})
    refused(wrong, 401, "not valid")

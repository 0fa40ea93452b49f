"""Anthropic's published client against a started server."""

import pytest

from tests.clients.environments import Client, python_client
from tests.functional.corpus import Corpus
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY
from tests.service.web import WebServer

LAMP = "When does the keeper light the lamp?"
NAME = "the anthropic guide"
PROGRAM = "anthropic_client.py"


@pytest.fixture(scope="module")
def client() -> Client:
    return python_client("anthropic==2.14.0")


@pytest.fixture(scope="module")
def guide(server: WebServer, corpus: Corpus) -> str:
    body = {"name": NAME, "dataset_ids": [corpus.dataset_id]}
    return str(server.data_of("POST", "/chats", json=body)["id"])


def test_messages(server: WebServer, guide: str, client: Client, failing: ModelEndpoint) -> None:
    assert guide
    assert failing
    told = client.run(PROGRAM, server.url, KEY, NAME, LAMP)
    assert "error" not in told, told
    assert LAMP in told["whole"]
    assert told["whole"] == told["streamed"] == told["final"]
    assert told["cited"] == told["final_cited"] == "keeper.md"
    assert told["stop"] == "end_turn"
    assert told["tokens"] > 0
    assert told["counted"] > 0
    assert "There is no model claude" in told["missing"]
    assert "broke off" in told["cut"][-1]


def test_a_wrong_key_has_its_own_error(server: WebServer, client: Client) -> None:
    kind, message = client.run(PROGRAM, server.url, "ragflow-wrong", NAME, LAMP)["error"]
    assert kind == "AuthenticationError"
    assert "The API key is not valid." in message

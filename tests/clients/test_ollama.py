"""Ollama's published client against a started server."""

import pytest

from tests.clients.environments import Client, python_client
from tests.functional.corpus import Corpus
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY
from tests.service.web import WebServer

LAMP = "When does the keeper\u2028light\u2029the\u0085lamp?"
"""With line ends of Unicode, at which readers of lines cut a stream."""

NAME = "the ollama guide"
PROGRAM = "ollama_client.py"


@pytest.fixture(scope="module")
def client() -> Client:
    return python_client("ollama==0.6.3")


@pytest.fixture(scope="module")
def guide(server: WebServer, corpus: Corpus) -> str:
    body = {"name": NAME, "dataset_ids": [corpus.dataset_id]}
    return str(server.data_of("POST", "/chats", json=body)["id"])


def test_chats_models_and_vectors(
    server: WebServer, guide: str, client: Client, failing: ModelEndpoint
) -> None:
    assert guide
    assert failing
    told = client.run(PROGRAM, server.url, KEY, NAME, LAMP)
    assert "error" not in told, told
    assert LAMP in told["whole"]
    assert told["whole"] == told["streamed"] == told["generated"]
    assert told["done"] == [True, "stop"]
    assert f"{NAME}:latest" in told["models"]
    assert told["capabilities"] == ["completion"]
    assert told["dimensions"] > 0
    assert told["missing"] == [404, "model 'llama3' not found"]
    assert told["cut"][0] == "The"
    assert "broke off" in told["cut"][-1]


def test_a_wrong_key_has_its_own_error(server: WebServer, client: Client) -> None:
    told = client.run(PROGRAM, server.url, "ragflow-wrong", NAME, LAMP)
    assert told["error"] == [401, "The API key is not valid."]

"""Published clients of rerank models against a started server."""

import pytest

from tests.clients.conftest import RANKER
from tests.clients.environments import python_client
from tests.running import KEY
from tests.service.web import WebServer

QUERY = "who lights the lamp"
TEXTS = ("nothing", "the keeper lights the lamp", "a lamp")
RANKED = [[1, 0.75], [2, 0.25], [0, 0.0]]
WRONG = "ragflow-wrong"


def test_cohere(server: WebServer) -> None:
    client = python_client("cohere==5.21.1")
    told = client.run("cohere_client.py", server.url, KEY, QUERY, *TEXTS)
    assert "error" not in told, told
    assert told["old"] == told["new"] == RANKED
    assert told["documents"] == [TEXTS[1], TEXTS[2], TEXTS[0]]
    assert (told["best"], told["units"]) == (RANKED[:1], 1)
    kind, message = told["missing"]
    assert kind == "NotFoundError"
    assert "There is no rerank model rerank-v3.5" in message
    told = client.run("cohere_client.py", server.url, WRONG, QUERY, *TEXTS)
    assert told["error"] == ["UnauthorizedError", "The API key is not valid."]


def test_jina_by_llamaindex(server: WebServer) -> None:
    client = python_client("llama-index-postprocessor-jinaai-rerank==0.6.0")
    arguments = (RANKER, QUERY, *TEXTS)
    for base in (server.url, f"{server.url}/v1"):
        told = client.run("jina_client.py", base, KEY, *arguments)
        assert told == {"rows": RANKED[:2]}
    told = client.run("jina_client.py", server.url, WRONG, *arguments)
    assert told == {"error": "The API key is not valid."}


@pytest.mark.parametrize("key", [KEY, WRONG])
def test_litellm(server: WebServer, key: str) -> None:
    client = python_client("litellm==1.97.0")
    told = client.run("litellm_rerank.py", server.url, key, RANKER, QUERY, *TEXTS)
    assert len(told) == 8
    for answer in told.values():
        if key == KEY:
            assert answer == RANKED
        else:
            assert "The API key is not valid." in answer

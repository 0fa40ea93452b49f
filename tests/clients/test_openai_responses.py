"""Responses by published clients: OpenAI's own, the AI SDK and LangChain."""

import pytest

from tests.clients.environments import Client, node_client, python_client
from tests.functional.corpus import Corpus
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY
from tests.service.web import WebServer

LAMP = "When does the keeper light the lamp?"
TALKER = "talker@Endpoint"
AI = ("ai@6.0.326", "@ai-sdk/openai@3.0.141")
LANGCHAIN = ("langchain-openai==1.7.4", "langchain-core==1.8.3")

CLIENTS = {
    "python 2": (python_client, "openai==2.54.0", "openai_responses.py"),
    "python 3": (python_client, "openai==3.57.0", "openai_responses.py"),
    "javascript": (node_client, "openai@6.49.0", "openai_responses.mjs"),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_openais_own_clients(
    server: WebServer, corpus: Corpus, failing: ModelEndpoint, name: str
) -> None:
    assert failing
    make, package, program = CLIENTS[name]
    client: Client = make(package)
    store = f"vs_{corpus.dataset_id}"
    told = client.run(program, f"{server.url}/v1", KEY, TALKER, store, LAMP)
    assert "error" not in told, told
    status, text, counted = told["whole"]
    assert (status, counted) == ("completed", True)
    assert text.startswith(LAMP.removesuffix("?"))
    assert "[ID:0]" in text
    assert told["search"] == ["file_search_call", [LAMP], "keeper.md"]
    assert told["cited"] == [["file_citation", "keeper.md", "[ID:0]"]]
    assert told["streamed"] == [text, "response.created", "response.completed"]
    assert told["deltas"] == LAMP
    assert told["second"] == ["And?", True]
    assert told["kept"] is True
    assert told["deleted"] is None or told["deleted"]["deleted"] is True  # Python drops it
    assert told["missing"] == "not_found"
    assert "web_search" in told["refused"]
    assert "broke off" in told["failed"]


def test_the_ai_sdk(server: WebServer, corpus: Corpus, failing: ModelEndpoint) -> None:
    assert failing
    client = node_client(*AI)
    store = f"vs_{corpus.dataset_id}"
    told = client.run("ai_responses.mjs", f"{server.url}/v1", KEY, TALKER, store, LAMP)
    assert "error" not in told, told
    text, finish, counted = told["whole"]
    assert (finish, counted) == ("stop", True)
    assert "[ID:0]" in text
    assert told["tools"][:3] == ["tool-call", "tool-result", "text"]
    assert told["sources"] == [["document", "keeper.md"]]
    assert told["streamed"].startswith(LAMP.removesuffix("?"))
    assert told["finish"] == "stop"
    assert told["second"].startswith("And?")
    assert "There is no model gpt-4" in told["missing"]
    assert "broke off" in told["failed"]


def test_langchain(server: WebServer, corpus: Corpus) -> None:
    client = python_client(*LANGCHAIN)
    store = f"vs_{corpus.dataset_id}"
    told = client.run("langchain_responses.py", f"{server.url}/v1", KEY, TALKER, store, LAMP)
    assert "[ID:0]" in told["whole"]
    assert told["tokens"] > 0
    assert told["cited"] == [["file_citation", "keeper.md"]]
    assert told["streamed"] == LAMP
    assert told["second"].startswith("And?")

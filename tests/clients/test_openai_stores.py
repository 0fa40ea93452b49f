"""Files and vector stores by OpenAI's published clients, against a server with a worker."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.clients.environments import Client, node_client, python_client
from tests.functional.corpus import TEXTS, Corpus
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY, ROOT
from tests.service.web import WebServer

PYTHONS = {"2": "openai==2.54.0", "3": "openai==3.57.0"}
LAMP = "When does the keeper light the lamp?"


@pytest.fixture(scope="module")
def worker(server: WebServer) -> Iterator[WebServer]:
    """Run an ingest worker beside the web server."""
    command = [sys.executable, "-m", "api.worker"]
    with subprocess.Popen(command, cwd=ROOT, env=server.environment) as process:
        yield server
        process.terminate()


@pytest.mark.parametrize("version", PYTHONS)
def test_the_python_client(worker: WebServer, version: str) -> None:
    client: Client = python_client(PYTHONS[version])
    told = client.run("openai_stores.py", f"{worker.url}/v1", KEY, f"shelf {version}", LAMP)
    assert "error" not in told, told
    assert told["version"].startswith(version)
    assert told["file"] == ["file", "Wärter.txt", len(TEXTS[0]), "user_data", "processed"]
    assert told["same"] is told["content"] is told["listed"] is told["stores"] is True
    assert told["unnamed"] == "upload.txt"
    name = f"shelf {version}"
    assert told["store"] == ["vector_store", name, {"shelf": "north"}, "completed"]
    attributes = {"shelf": "north", "year": 1999}
    assert told["member"] == [True, "completed", None, attributes]
    assert told["batch"] == ["completed", 2, 2]
    assert (told["in_batch"], told["members"]) == (2, 3)
    assert told["text"] == [TEXTS[0]]
    assert told["found"] == [[True, "Wärter.txt", True, TEXTS[0]]]
    assert told["elsewhere"] is False
    assert told["changed"] == {"shelf": "south"}
    assert told["gone"] == [True, "vector_store.file.deleted", True]
    assert told["deleted"] == [True, True]
    assert told["missing"] == ["not_found", "not_found_error", True]
    assert "purpose: " in told["refused"]


def test_the_javascript_client(worker: WebServer) -> None:
    client = node_client("openai@6.49.0")
    told = client.run("openai_stores.mjs", f"{worker.url}/v1", KEY, "shelf js", LAMP)
    assert "error" not in told, told
    assert told["file"] == ["file", "Wärter.txt", len(TEXTS[0]), "user_data", "processed"]
    assert told["content"] is told["listed"] is True
    assert told["store"] == ["vector_store", "shelf js", {"shelf": "north"}, "completed"]
    assert told["member"] == [True, "completed", None, {"shelf": "north", "year": 1999}]
    assert (told["batch"], told["members"]) == (["completed", 1, 1], 2)
    assert told["found"] == [[True, "Wärter.txt", True, TEXTS[0]]]
    assert told["deleted"] == [True, True]
    assert told["missing"] == ["not_found", "not_found_error", True]


def test_litellm_chats_and_searches(
    server: WebServer, corpus: Corpus, failing: ModelEndpoint
) -> None:
    assert failing
    guide = "the litellm guide"
    server.data_of("POST", "/chats", json={"name": guide, "dataset_ids": [corpus.dataset_id]})
    client = python_client("litellm==1.97.0")
    store = f"vs_{corpus.dataset_id}"
    told = client.run("litellm_client.py", f"{server.url}/v1", KEY, store, LAMP, guide)
    text, reason = told["whole"]
    assert LAMP in text
    assert (told["streamed"], reason) == (text, "stop")
    assert told["tokens"] > 0
    *said, why = told["cut"]
    assert "".join(said) == "The"
    assert "broke off" in why
    assert "There is no model gpt-4" in told["missing"]
    assert "The API key is not valid." in told["refused"]
    assert told["made"] == ["vector_store", "litellm's"]
    assert told["found"][0] == ["keeper.md", True, TEXTS[0]]

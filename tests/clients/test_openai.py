"""OpenAI's published clients, and LangChain's embeddings, against a started server."""

import pytest

from tests.clients.environments import Client, node_client, python_client
from tests.functional.corpus import Corpus
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY, ROOT
from tests.service.web import WebServer

CLIENTS = {
    "openai_client.py": (python_client, "openai==2.54.0"),
    "openai_client.mjs": (node_client, "openai@6.49.0"),
}
LAMP = "When does the keeper light the lamp?"
NAME = "the openai guide"


@pytest.fixture(params=CLIENTS)
def program(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(program: str) -> Client:
    make, package = CLIENTS[program]
    return make(package)


@pytest.fixture(scope="session")
def guide(server: WebServer, corpus: Corpus) -> str:
    body = {"name": NAME, "dataset_ids": [corpus.dataset_id]}
    return str(server.data_of("POST", "/chats", json=body)["id"])


@pytest.mark.parametrize("base", ["/v1", ""])
def test_chats_models_and_embeddings(
    server: WebServer,
    corpus: Corpus,
    guide: str,
    client: Client,
    failing: ModelEndpoint,
    program: str,
    base: str,
) -> None:
    assert guide
    assert failing
    told = client.run(program, f"{server.url}{base}", KEY, NAME, LAMP)
    assert "error" not in told, told
    assert LAMP in told["whole"]
    assert told["whole"] == told["streamed"] == told["helper"]
    assert told["tokens"] > 0
    assert told["usage"] > 0
    assert told["reference"] == "keeper.md"
    address = f"{server.url}/v1/document/get/{corpus.document_id}#page=1"
    assert told["cited"] == [["url_citation", address, "keeper.md", "[ID:0]"]]
    assert told["text"] == told["texts"] == told["whole"]
    assert NAME in told["models"]
    assert told["one"] == NAME
    assert told["same"] is True
    code, kind, message, has_id = told["missing"]
    assert (code, kind, has_id) == ("model_not_found", "not_found_error", True)
    assert "There is no model gpt-4" in message
    *said, reason = told["cut"]
    assert said == ["", "The"]
    assert "broke off" in reason


def test_a_wrong_key_has_its_own_error(server: WebServer, client: Client, program: str) -> None:
    told = client.run(program, f"{server.url}/v1", "ragflow-wrong", NAME, LAMP)
    kind, message = told["error"]
    assert kind == "AuthenticationError"
    assert "The API key is not valid." in message


def test_tokens_give_the_vectors_of_their_texts(server: WebServer) -> None:
    client = python_client("langchain-openai==1.7.4", "langchain-core==1.8.3")
    table = str(ROOT / "conf" / "cl100k_base.xz")
    told = client.run("langchain_embeddings.py", f"{server.url}/v1", KEY, table)
    assert told["tokens"] == told["texts"]
    assert len(told["texts"]) == 3

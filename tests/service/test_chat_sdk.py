"""The published client's chats, sessions and searches against a real server."""

from collections.abc import Iterator

import pytest
from ragflow_sdk import Chat, RAGFlow

from api.config.sources import load_settings
from api.container import build
from tests.functional.corpus import TEXTS, lay_down
from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.running import KEY
from tests.service.web import WebServer, web_server_on

DONE = b"data: [DONE]\n\n"
LAMP = "When does the keeper light the lamp?"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endpoint: ModelEndpoint
) -> Iterator[WebServer]:
    with web_server_on(tmp_path_factory.mktemp("sdk") / "data", endpoint) as running:
        yield running


@pytest.fixture
def sdk(server: WebServer) -> Iterator[RAGFlow]:
    client = RAGFlow(KEY, server.url)
    yield client
    client.delete_chats()


@pytest.fixture(scope="module")
def dataset(server: WebServer) -> str:
    """Create a dataset beside the running server, which shares its files."""
    services = build(load_settings({"RAGLAN_DATA_DIR": str(server.data)}))
    principal = services.accounts.keys.authenticate(KEY)
    assert principal is not None
    corpus = lay_down(services, principal.tenant_id)
    services.chunk_store.close()
    services.database.close_all()
    return corpus.dataset_id


def test_searching(sdk: RAGFlow, dataset: str) -> None:
    chunks = sdk.retrieve(dataset_ids=[dataset], question=LAMP)
    assert chunks[0].content == TEXTS[0]
    assert chunks[0].dataset_id == dataset
    assert chunks[0].similarity > 0
    assert chunks[0].positions
    condition = {"conditions": [{"name": "shelf", "comparison_operator": "is", "value": "x"}]}
    assert sdk.retrieve([dataset], question=LAMP, metadata_condition=condition) == []
    with pytest.raises(Exception, match="You don't own the dataset nobody"):
        sdk.retrieve(dataset_ids=["nobody"], question=LAMP)


def test_assistants(sdk: RAGFlow, dataset: str) -> None:
    chat = sdk.create_chat("guide", dataset_ids=[dataset])
    assert chat.name == "guide"
    assert chat.prompt.top_n == 8
    assert chat.prompt.opener == "Hi! I'm your assistant. What can I do for you?"
    assert chat.llm.temperature == 0.1
    llm = Chat.LLM(sdk, {"temperature": 0.3})
    second = sdk.create_chat("second", dataset_ids=[dataset], llm=llm)
    assert second.llm.temperature == 0.3
    chat.update({"name": "renamed", "prompt": {"top_n": 3}, "llm": {"temperature": 0.9}})
    [renamed] = sdk.list_chats(name="renamed")
    assert (renamed.id, renamed.prompt.top_n, renamed.llm.temperature) == (chat.id, 3, 0.9)
    assert len(sdk.list_chats()) == 2
    with pytest.raises(Exception, match=r"Duplicated chat name in creating chat\."):
        sdk.create_chat("RENAMED")
    sdk.delete_chats(ids=[second.id])
    assert [left.id for left in sdk.list_chats()] == [chat.id]
    sdk.delete_chats()
    assert sdk.list_chats() == []


def test_sessions(sdk: RAGFlow) -> None:
    chat = sdk.create_chat("guide")
    session = chat.create_session("first")
    assert session.messages[0]["content"] == chat.prompt.opener
    session.update({"name": "renamed"})
    chat.create_session()
    assert sorted(item.name for item in chat.list_sessions()) == ["New session", "renamed"]
    assert [item.id for item in chat.list_sessions(name="renamed")] == [session.id]
    chat.delete_sessions(ids=[session.id])
    assert [item.name for item in chat.list_sessions()] == ["New session"]
    chat.delete_sessions()
    assert chat.list_sessions() == []


def test_asking(sdk: RAGFlow, dataset: str, endpoint: ModelEndpoint) -> None:
    chat = sdk.create_chat("guide", dataset_ids=[dataset])
    session = chat.create_session()
    said = (event(content="At"), event(content=" dusk [ID:0]."), DONE)
    endpoint.script += [stream(*said), stream(*said)]
    *growing, last = session.ask(LAMP, stream=True)
    assert growing[0].content == "At"
    assert last.content == "At dusk [ID:0]."
    assert last.reference[0]["content"] == TEXTS[0]
    assert last.reference[0]["document_name"] == "keeper.md"
    [whole] = session.ask(LAMP, stream=False)
    assert (whole.content, whole.reference) == (last.content, last.reference)
    [listed] = chat.list_sessions()
    assert [message["role"] for message in listed.messages] == [
        "assistant",
        *(["user", "assistant"] * 2),
    ]
    assert listed.messages[2]["reference"] == last.reference

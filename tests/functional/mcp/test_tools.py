"""The tools and resources of MCP: what a model is told."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import data_of
from tests.functional.mcp.asking import old

pytestmark = pytest.mark.databases("sqlite")

LAMP = "When does the keeper light the lamp?"


def called(client: FlaskClient, tool: str, **arguments: object) -> dict[str, Any]:
    result = old(client, "tools/call", name=tool, arguments=arguments)["result"]
    assert result["isError"] is False, result
    found: dict[str, Any] = result["structuredContent"]
    return found


def failed(client: FlaskClient, tool: str, **arguments: object) -> str:
    result = old(client, "tools/call", name=tool, arguments=arguments)["result"]
    assert result["isError"] is True
    assert "structuredContent" not in result
    return str(result["content"][0]["text"])


def test_the_schemas_of_tools_are_taken_by_all_clients(client: FlaskClient) -> None:
    listed = old(client, "tools/list")["result"]
    assert set(listed) == {"tools"}
    tools = {tool["name"]: tool for tool in listed["tools"]}
    assert list(tools) == ["search", "list_datasets", "list_documents", "read_document", "ask"]
    for tool in tools.values():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            assert schema["type"] == "object"
            assert "$ref" not in str(schema)
            assert "$defs" not in schema
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["description"]
    assert tools["search"]["inputSchema"]["required"] == ["question"]


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_searching(client: FlaskClient, corpus: Corpus) -> None:
    found = called(client, "search", question=LAMP)
    best = found["hits"][0]
    assert best["content"] == TEXTS[0]
    assert best["document_id"] == corpus.document_id
    assert best["citation"].startswith("[1] keeper.md")
    assert best["uri"] == f"raglan://documents/{corpus.document_id}"
    assert 0 < best["similarity"] <= 1
    assert called(client, "search", question=LAMP, datasets=["handbook"]) == found
    assert called(client, "search", question=LAMP, datasets=[corpus.dataset_id]) == found
    assert len(called(client, "search", question="lamp", limit=1)["hits"]) == 1


def test_the_text_of_a_result_is_the_same_as_its_structure(
    client: FlaskClient, corpus: Corpus
) -> None:
    del corpus
    result = old(client, "tools/call", name="search", arguments={"question": LAMP})["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_what_there_is_is_listed(client: FlaskClient, corpus: Corpus) -> None:
    (dataset,) = called(client, "list_datasets")["datasets"]
    assert (dataset["id"], dataset["name"]) == (corpus.dataset_id, "handbook")
    assert dataset["updated"].endswith("Z")
    (document,) = called(client, "list_documents", dataset="handbook")["documents"]
    assert (document["id"], document["name"]) == (corpus.document_id, "keeper.md")
    assert called(client, "list_documents", dataset="handbook", keywords="x")["total"] == 0


@pytest.fixture
def document(client: FlaskClient) -> str:
    """Return the id of a document with 60 chunks."""
    dataset = data_of(client.post("/api/v1/datasets", json={"name": "long"}))["id"]
    path = f"/api/v1/datasets/{dataset}/documents"
    form = {"file": (BytesIO(b"x"), "long.txt")}
    (made,) = data_of(client.post(path, data=form))
    for number in range(60):
        chunk = {"content": f"Line {number}."}
        data_of(client.post(f"{path}/{made['id']}/chunks", json=chunk))
    return str(made["id"])


def test_a_document_is_read_part_by_part(client: FlaskClient, document: str) -> None:
    first = called(client, "read_document", document_id=document)
    assert (first["name"], first["part"], first["parts"]) == ("long.txt", 1, 2)
    second = called(client, "read_document", document_id=document, part=2)
    whole = f"{first['text']}\n\n{second['text']}"
    assert whole == "\n\n".join(f"Line {number}." for number in range(60))
    assert called(client, "read_document", document_id=document, part=3)["text"] == ""


def test_an_assistant_is_asked(client: FlaskClient, corpus: Corpus) -> None:
    assert "no assistant" in failed(client, "ask", question=LAMP)
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    assert client.post("/api/v1/chats", json=body).json["code"] == 0
    answer = called(client, "ask", question=LAMP)
    assert "lamp" in answer["answer"]
    assert answer["citations"][0]["document_name"] == "keeper.md"
    assert answer["citations"][0]["marker"] in answer["answer"]
    assert called(client, "ask", question=LAMP, assistant="guide") == answer
    client.post("/api/v1/chats", json={"name": "second"})
    assert "several" in failed(client, "ask", question=LAMP)


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("search", {}, "question"),
        ("search", {"question": LAMP, "datasets": ["nothing"]}, "nothing"),
        ("search", {"question": LAMP, "limit": 1000}, "limit"),
        ("search", {"question": 7}, "question"),
        ("search", {"question": LAMP, "top_k": 3}, "top_k"),
        ("list_documents", {"dataset": "nothing"}, "nothing"),
        ("read_document", {"document_id": "0" * 32}, "0" * 32),
        ("read_document", {"document_id": "\0"}, "document_id"),
        ("ask", {"question": LAMP, "assistant": "nobody"}, "nobody"),
    ],
)
def test_what_goes_wrong_in_a_tool_is_told_to_the_model(
    client: FlaskClient, corpus: Corpus, tool: str, arguments: dict[str, object], sentence: str
) -> None:
    del corpus
    assert sentence in failed(client, tool, **arguments)


def test_a_tool_that_is_not_there_is_an_error(client: FlaskClient) -> None:
    assert old(client, "tools/call", name="delete_all")["error"]["code"] == -32602
    assert old(client, "tools/call", name="search", arguments=[])["error"]["code"] == -32602


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_stranger_finds_nothing(stranger: FlaskClient, corpus: Corpus) -> None:
    assert called(stranger, "list_datasets")["total"] == 0
    assert old(stranger, "resources/list")["result"]["resources"] == []
    for tool, arguments in (
        ("search", {"question": LAMP, "datasets": [corpus.dataset_id]}),
        ("list_documents", {"dataset": corpus.dataset_id}),
        ("read_document", {"document_id": corpus.document_id}),
    ):
        assert TEXTS[0] not in failed(stranger, tool, **arguments)
    uri = f"raglan://documents/{corpus.document_id}"
    assert old(stranger, "resources/read", uri=uri)["error"]["code"] == -32602


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_documents_are_resources(client: FlaskClient, corpus: Corpus) -> None:
    listed = old(client, "resources/list")["result"]
    assert "nextCursor" not in listed
    (resource,) = listed["resources"]
    assert (resource["name"], resource["mimeType"]) == ("keeper.md", "text/plain")
    assert resource["uri"].endswith(corpus.document_id)
    assert old(client, "resources/list", cursor=corpus.document_id)["result"]["resources"] == []
    assert old(client, "resources/list", cursor=None)["result"] == listed
    for cursor in ("a\0b", "x" * 100_000, 7):
        error = old(client, "resources/list", cursor=cursor)["error"]
        assert (error["code"], len(error["message"]) < 1000) == (-32602, True)
    (template,) = old(client, "resources/templates/list")["result"]["resourceTemplates"]
    assert template["uriTemplate"] == "raglan://documents/{document_id}"


def test_a_resource_is_read_part_by_part(client: FlaskClient, document: str) -> None:
    texts = []
    for ending in ("", "?part=2"):
        uri = f"raglan://documents/{document}{ending}"
        (content,) = old(client, "resources/read", uri=uri)["result"]["contents"]
        assert content["uri"] == uri
        texts += content["text"].split("\n\n")
    assert texts == [f"Line {number}." for number in range(60)]


@pytest.mark.parametrize(
    "uri", ["", "file:///etc/passwd", "raglan://documents/x", "raglan://documents/x?part=0"]
)
def test_a_resource_that_is_not_there(client: FlaskClient, uri: str) -> None:
    assert old(client, "resources/read", uri=uri)["error"]["code"] == -32602

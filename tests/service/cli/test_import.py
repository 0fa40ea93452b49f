"""Moving a server over to another one, which ends up with the same things under the same ids."""

import json
import subprocess
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests

from tests.command import RAGLAN, Command
from tests.running import KEY, Server, server_on, wait_until

LAMP = "The keeper lights the lamp at dusk."
TIDE = "The tide table hangs by the door."
OIL = "The oil is in the cellar."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server of its own: everything that is on it is counted."""
    with server_on(tmp_path_factory.mktemp("source") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def source(server: Server) -> Server:
    """Fill the server that is moved: two datasets, edits of chunks, an assistant and a session."""
    dataset = server.dataset("handbook", description="For keepers.", permission="team")
    ids = server.upload(
        dataset,
        ("lamp.txt", f"{LAMP}\n".encode()),
        ("tide.txt", f"{TIDE}\n".encode()),
        ("empty.txt", b""),
    )
    server.parse(dataset, ids[:2])
    for document in ids[:2]:
        assert server.finished(dataset, document)["run"] == "DONE"
    lamp = f"/datasets/{dataset}/documents/{ids[0]}"
    parsed = server.data_of("GET", f"{lamp}/chunks")["chunks"][0]["id"]
    server.data_of("PUT", f"{lamp}/chunks/{parsed}", json={"content": f"{LAMP} By hand."})
    server.data_of(
        "POST", f"{lamp}/chunks", json={"content": OIL, "important_keywords": ["cellar"]}
    )
    tide = f"/datasets/{dataset}/documents/{ids[1]}"
    hidden = server.data_of("GET", f"{tide}/chunks")["chunks"][0]["id"]
    server.data_of("PUT", f"{tide}/chunks/{hidden}", json={"available": False})
    server.data_of("PUT", tide, json={"meta_fields": {"shelf": "north"}, "name": "tides.txt"})
    server.dataset("empty one")
    server.data_of("PUT", f"/datasets/{dataset}", json={"pagerank": 7})
    chat = server.data_of(
        "POST", "/chats", json={"name": "guide", "dataset_ids": [dataset], "prompt": {"top_n": 3}}
    )["id"]
    session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": "evening"})["id"]
    question = {"question": "When is the lamp lit?", "session_id": session, "stream": False}
    server.data_of("POST", f"/chats/{chat}/completions", json=question)
    return server


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("target") / "data") as running:
        wait_until(running.ingest_workers, "an ingest worker")
        yield running


@pytest.fixture(scope="module")
def moving(source: Server, target: Server) -> Command:
    """Return the command line of the server that gets everything; it knows where that is."""
    return Command(
        {**target.environment, "RAGFLOW_URL": source.url, "RAGFLOW_API_KEY": KEY},
    )


HANDBOOK = {"handbook", "empty one"}


def all_of(server: Server, key: str = KEY, names: Collection[str] = HANDBOOK) -> dict[str, Any]:
    """Return all that an account has in datasets, as its clients see it, but for times."""
    found: dict[str, Any] = {}
    for dataset in server.data_of("GET", "/datasets", key=key):
        path = f"/datasets/{dataset['id']}/documents"
        documents = {}
        for item in server.data_of("GET", path, key=key, params={"page_size": 100})["docs"]:
            told = server.data_of("GET", f"{path}/{item['id']}/chunks", key=key)["chunks"]
            chunks = [chosen(chunk, "content", "important_keywords", "available") for chunk in told]
            documents[item["name"]] = {
                **chosen(item, "size", "meta_fields", "status", "chunk_count", "run"),
                "chunks": sorted(map(json.dumps, chunks)),
            }
        if dataset["name"] in names:
            named = ("description", "permission", "chunk_method", "embedding_model", "chunk_count")
            settings = chosen(dataset, *named, "pagerank")
            found[dataset["name"]] = {**settings, "documents": documents}
    return found


def chats_of(server: Server, key: str = KEY) -> dict[str, Any]:
    """Return the assistants of an account with their sessions."""
    found = {}
    for chat in server.data_of("GET", "/chats", key=key):
        sessions = server.data_of("GET", f"/chats/{chat['id']}/sessions", key=key)
        found[chat["name"]] = {
            "top_n": chat["prompt"]["top_n"],
            "datasets": [item["name"] for item in chat["datasets"]],
            "sessions": {item["name"]: said(item) for item in sessions},
        }
    return found


def chosen(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: item[name] for name in names}


def said(session: dict[str, Any]) -> list[list[object]]:
    return [
        [
            message["role"],
            message["content"],
            [cited["document_name"] for cited in message.get("reference") or []],
        ]
        for message in session["messages"]
    ]


def ids_of(server: Server, key: str = KEY) -> set[str]:
    """Return the ids of datasets, documents, assistants and sessions."""
    found = set()
    for dataset in server.data_of("GET", "/datasets", key=key):
        if dataset["name"] in HANDBOOK:
            documents = server.data_of("GET", f"/datasets/{dataset['id']}/documents", key=key)
            found |= {dataset["id"], *(item["id"] for item in documents["docs"])}
    for chat in server.data_of("GET", "/chats", key=key):
        sessions = server.data_of("GET", f"/chats/{chat['id']}/sessions", key=key)
        found |= {chat["id"], *(item["id"] for item in sessions)}
    return found


ONLY = ("--only", "handbook", "--only", "empty one", "--only", "guide")


@pytest.fixture(scope="module")
def moved(moving: Command, target: Server) -> dict[str, Any]:
    """Return what is told of a dry run, of a part, of everything, and of everything again."""
    dry = moving.json("import", "ragflow", "--dry-run", *ONLY)
    names = {item["name"] for item in target.data_of("GET", "/datasets")}
    part = moving.json("import", "ragflow", "--only", "empty one")
    whole = moving.json("import", "ragflow", *ONLY)
    again = moving.json("import", "ragflow", *ONLY)
    return {"dry": dry, "names": names, "part": part, "whole": whole, "again": again}


def test_a_dry_run_moves_nothing(moved: dict[str, Any]) -> None:
    everything = {"dataset": 2, "document": 3, "chunk": 3, "assistant": 1, "session": 1}
    assert moved["dry"]["moved"] == everything
    assert not moved["names"] & HANDBOOK


def test_a_part_then_everything(moved: dict[str, Any], source: Server, target: Server) -> None:
    assert (moved["part"]["moved"], moved["part"]["left_out"]) == ({"dataset": 1}, [])
    assert moved["whole"]["left_out"] == []
    assert moved["whole"]["there_already"] == {"dataset": 1}
    assert all_of(target) == all_of(source)
    assert chats_of(target) == chats_of(source)
    assert ids_of(target) == ids_of(source)
    [dataset] = target.data_of("GET", "/datasets", params={"name": "handbook"})
    assert [item["content"] for item in target.found(dataset["id"], "oil cellar")] == [OIL]
    assert TIDE not in [item["content"] for item in target.found(dataset["id"], TIDE)]


def test_once_more_changes_nothing(moved: dict[str, Any]) -> None:
    there = {"dataset": 2, "document": 3, "assistant": 1, "session": 1}
    assert (moved["again"]["moved"], moved["again"]["there_already"]) == ({}, there)


@pytest.mark.parametrize("contract", ["classic", "rest"])
def test_another_account_gets_all_with_its_chunks_and_ids_of_its_own(
    moving: Command, moved: dict[str, Any], source: Server, target: Server, contract: str
) -> None:
    assert moved["whole"]["contract"] == "classic"
    email = f"{contract}@example.org"
    made = moving("users", "create", email, "--password", "a long password")
    assert made.status == 0, made.stderr
    key = moving.json("keys", "create", "theirs", "--email", email)["key"]
    named = source.data_of("POST", "/system/tokens", params={"contract": contract})["token"]
    command = ("import", "ragflow", "--json", "--chunks", "--email", email, *ONLY)
    told = moving(*command, RAGFLOW_API_KEY=named)
    assert told.status == 0, told.stderr
    done = json.loads(told.stdout)
    assert (done["contract"], done["left_out"]) == (contract, [])
    assert all_of(target, key) == all_of(source)
    assert chats_of(target, key) == chats_of(source)
    assert not ids_of(target, key) & ids_of(target)


def test_what_cannot_come_along_is_listed_with_its_reason(
    source: Server, target: Server, moving: Command
) -> None:
    requests.post(
        f"{source.url}/v1/llm/set_api_key",
        json={"llm_factory": "ZHIPU-AI", "api_key": "k"},
        headers={"Authorization": KEY},
        timeout=60,
    )
    body = {"name": "keeper", "llm": {"model_name": "glm-4@ZHIPU-AI"}}
    chat = {"ids": [source.data_of("POST", "/chats", json=body)["id"]]}
    try:
        done = moving("import", "ragflow", "--only", "keeper")
        assert done.status == 0, done.stderr
        assert "Moved 1 assistant." in done.stdout
        told = "left out  assistant keeper: The model glm-4@ZHIPU-AI cannot be used.\n"
        assert done.stderr.count("left out") == done.stderr.count(told) == 1
        assert "keeper" in {item["name"] for item in target.data_of("GET", "/chats")}
    finally:
        for server in (source, target):
            server.data_of("DELETE", "/chats", json=chat)


def test_an_import_that_is_killed_goes_on(
    source: Server, target: Server, moving: Command, tmp_path_factory: pytest.TempPathFactory
) -> None:
    many = source.dataset("many")
    source.upload(many, *[(f"{number}.txt", f"Lamp {number}.".encode()) for number in range(40)])
    environment = {**target.environment, "RAGFLOW_URL": source.url, "RAGFLOW_API_KEY": KEY}
    process = subprocess.Popen(
        [RAGLAN, "import", "ragflow", "--only", "many"],
        env=environment,
        cwd=tmp_path_factory.mktemp("elsewhere"),
    )

    def arrived() -> int:
        with suppress(AssertionError):
            return int(target.data_of("GET", f"/datasets/{many}/documents")["total"])
        return 0

    wait_until(arrived, "a document that was moved")
    process.kill()
    process.wait()
    done = moving.json("import", "ragflow", "--only", "many")
    assert arrived() == 40
    assert done["moved"].get("document", 0) + done["there_already"]["document"] == 40
    assert all_of(target, names={"many"}) == all_of(source, names={"many"})


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"RAGFLOW_API_KEY": "ragflow-wrong"}, "refuses the key"),
        ({"RAGFLOW_URL": "http://127.0.0.1:1"}, "does not answer"),
    ],
)
def test_a_server_that_cannot_be_read(
    moving: Command, variables: dict[str, str], sentence: str
) -> None:
    done = moving("import", "ragflow", **variables)
    assert done.status == 1
    assert sentence in done.stderr


def test_a_name_that_nothing_has(moving: Command) -> None:
    done = moving("import", "ragflow", "--only", "nothing")
    assert done.status == 1
    assert "nothing" in done.stderr

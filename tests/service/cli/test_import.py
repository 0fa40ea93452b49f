"""Moving a server over to another one, which ends up with the same things under the same ids."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.command import RAGLAN, Command
from tests.running import KEY, Server, server_on, wait_until

LAMP = "The keeper lights the lamp at dusk."
TIDE = "The tide table hangs by the door."
OIL = "The oil is in the cellar."


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


def all_of(server: Server, key: str = KEY) -> dict[str, Any]:
    """Return everything that an account has, as its clients see it, but for times."""
    headers = {"key": key}
    found: dict[str, Any] = {"datasets": {}, "chats": {}}
    for dataset in server.data_of("GET", "/datasets", **headers):
        path = f"/datasets/{dataset['id']}/documents"
        documents = {
            item["name"]: {
                **chosen(item, "size", "meta_fields", "status", "chunk_count", "run"),
                "chunks": sorted(
                    json.dumps(chosen(chunk, "content", "important_keywords", "available"))
                    for chunk in server.data_of("GET", f"{path}/{item['id']}/chunks", **headers)[
                        "chunks"
                    ]
                ),
            }
            for item in server.data_of("GET", path, **headers)["docs"]
        }
        settings = chosen(dataset, "description", "permission", "chunk_method", "chunk_count")
        found["datasets"][dataset["name"]] = {**settings, "documents": documents}
    for chat in server.data_of("GET", "/chats", **headers):
        sessions = server.data_of("GET", f"/chats/{chat['id']}/sessions", **headers)
        found["chats"][chat["name"]] = {
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
        documents = server.data_of("GET", f"/datasets/{dataset['id']}/documents", key=key)
        found |= {dataset["id"], *(item["id"] for item in documents["docs"])}
    for chat in server.data_of("GET", "/chats", key=key):
        sessions = server.data_of("GET", f"/chats/{chat['id']}/sessions", key=key)
        found |= {chat["id"], *(item["id"] for item in sessions)}
    return found


def test_a_dry_run_moves_nothing(moving: Command, target: Server) -> None:
    told = moving.json("import", "ragflow", "--dry-run")
    assert told["moved"] == {
        "dataset": 2,
        "document": 3,
        "chunk": 3,
        "assistant": 1,
        "session": 1,
    }
    assert target.data_of("GET", "/datasets") == []


def test_a_part_then_everything(moving: Command, source: Server, target: Server) -> None:
    part = moving.json("import", "ragflow", "--only", "empty one")
    assert (part["moved"], part["left_out"]) == ({"dataset": 1}, [])
    done = moving.json("import", "ragflow")
    assert done["left_out"] == []
    assert done["there_already"] == {"dataset": 1}
    assert all_of(target) == all_of(source)
    assert ids_of(target) == ids_of(source)
    assert [item["content"] for item in target.found(dataset_of(target), "oil cellar")] == [OIL]
    assert TIDE not in [item["content"] for item in target.found(dataset_of(target), TIDE)]


def dataset_of(server: Server) -> str:
    return str(server.data_of("GET", "/datasets", params={"name": "handbook"})[0]["id"])


def test_once_more_changes_nothing(moving: Command, source: Server, target: Server) -> None:
    again = moving.json("import", "ragflow")
    assert again["moved"] == {}
    assert again["there_already"] == {"dataset": 2, "document": 3, "assistant": 1, "session": 1}
    assert all_of(target) == all_of(source)


def test_another_account_gets_all_with_its_chunks_and_ids_of_its_own(
    moving: Command, source: Server, target: Server
) -> None:
    made = moving("users", "create", "other@example.org", "--password", "a long password")
    assert made.status == 0, made.stderr
    key = moving.json("keys", "create", "theirs", "--email", "other@example.org")["key"]
    done = moving.json("import", "ragflow", "--chunks", "--email", "other@example.org")
    assert done["left_out"] == []
    assert all_of(target, key) == all_of(source)
    assert not ids_of(target, key) & ids_of(target)


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

    def moved() -> int:
        with suppress(AssertionError):
            return int(target.data_of("GET", f"/datasets/{many}/documents")["total"])
        return 0

    wait_until(moved, "a document that was moved")
    process.kill()
    process.wait()
    done = moving.json("import", "ragflow", "--only", "many")
    assert moved() == 40
    assert done["moved"].get("document", 0) + done["there_already"]["document"] == 40
    assert all_of(target) == all_of(source)


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

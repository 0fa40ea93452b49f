"""Models and tasks on the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import Command, table, write
from tests.model_endpoint import ModelEndpoint, serve
from tests.running import Server, server_on


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server of its own: what is the default model is that for everybody."""
    with server_on(tmp_path_factory.mktemp("models") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def raglan(server: Server) -> Command:
    return Command(server.environment)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


def test_a_model_is_tried_added_used_and_deleted(raglan: Command, endpoint: ModelEndpoint) -> None:
    add = ("models", "add", "house", "--base-url", endpoint.url)
    [made] = raglan.json(*add, "--default")
    assert (made["model"], made["type"]) == ("house@OpenAI-API-Compatible", "chat")
    rows = table(raglan("models", "list", "--type", "chat").stdout)
    assert ["house@OpenAI-API-Compatible", "chat"] in [row[:2] for row in rows]
    told = raglan("models", "test", "house@OpenAI-API-Compatible")
    assert told.stdout.startswith("house@OpenAI-API-Compatible answers in ")
    assert raglan.json("models", "test", "wordllama@Builtin")["dimensions"] == 256
    assert raglan("models", "delete", "house", "--yes").stdout == "Deleted house.\n"
    assert raglan.told("models", "test", "house") == (
        "There is no model house; `raglan models` lists them."
    )


def test_a_model_that_does_not_answer_is_not_added(raglan: Command) -> None:
    add = ("models", "add", "nobody", "--base-url", "http://127.0.0.1:9/v1")
    told = raglan.told(*add)
    assert told.startswith("nobody was not added. ")
    assert told.endswith(" --no-test adds it.")
    assert "nobody" not in raglan("models").stdout
    assert raglan(*add, "--no-test").status == 0
    assert raglan.told("models", "test", "nobody").startswith("nobody does not work. ")
    raglan("models", "delete", "nobody", "--yes")


def test_tasks_say_why_they_failed_and_are_tried_again(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Fine.", b_pdf="no PDF")
    raglan("ingest", folder, "--dataset", dataset)
    told = raglan("tasks", "list", "--dataset", dataset)
    [heads, row] = table(told.stdout)
    assert heads == ["document", "dataset", "state", "progress", "note", "id"]
    assert row[0] == "b.pdf"
    assert "b.pdf is not a PDF" in row[4]
    assert "1 worker" in told.stderr
    everything = raglan.json("tasks", "list", "--dataset", dataset, "--all")["tasks"]
    assert {item["document_name"]: item["state"] for item in everything}["a.txt"] == "done"
    assert raglan("tasks", "retry", row[-1]).stdout.startswith("b.pdf: ")
    [there] = [item for item in server.data_of("GET", "/datasets") if item["name"] == dataset]
    [document] = [
        item for item in raglan.json("documents", "--dataset", dataset) if item["name"] == "b.pdf"
    ]
    assert server.finished(there["id"], document["id"])["run"] == "FAIL"

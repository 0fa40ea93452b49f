"""Searching, asking and looking after documents from the command line."""

import os
import re
from pathlib import Path

import pytest

from tests.command import Command, table, write
from tests.running import Server


def test_search_shows_file_page_similarity_and_text(raglan: Command, handbook: str) -> None:
    done = raglan("search", "Where do visitors sign in?", "--dataset", handbook, "--top", 1)
    head, text, *_ = done.stdout.splitlines()
    assert re.fullmatch(r"1\. desk\.pdf, page 2  0\.\d\d", head)
    assert text == "Visitors sign in at the front desk."
    found = raglan.json("search", "visitors", "--dataset", handbook, "--dataset", handbook)
    assert found["chunks"][0]["document_keyword"] == "desk.pdf"
    everywhere = raglan.json("search", "How many days of leave?")
    assert everywhere["chunks"][0]["document_keyword"] == "leave.txt"


def test_what_is_not_found_is_no_error(raglan: Command, handbook: str) -> None:
    done = raglan("search", "zzyzx", "--dataset", handbook)
    assert (done.status, done.stdout, done.stderr) == (0, "", "Nothing fits.\n")


def test_ask_answers_and_names_file_and_page_of_what_it_cites(
    raglan: Command, handbook: str
) -> None:
    done = raglan.alone("ask", "Where do visitors sign in?", "--dataset", handbook)
    assert (done.status, done.stderr) == (0, "")
    answer, _, sources = done.stdout.rpartition("\n\n")
    assert "Visitors sign in at the front desk. [ID:0]" in answer
    assert sources == "[ID:0] desk.pdf, page 2\n"
    told = raglan.json("ask", "Where do visitors sign in?", "--dataset", handbook)
    assert "front desk" in told["answer"]
    assert told["reference"]["chunks"][0]["document_name"] == "desk.pdf"


def test_a_key_of_the_later_contract_asks_too(
    raglan: Command, server: Server, handbook: str
) -> None:
    key = raglan("keys", "create", "--contract", "rest").stdout.strip()
    asked = ("ask", "Where do visitors sign in?", "--dataset", handbook, "--key", key)
    for _ in range(2):  # the second time the assistant is there
        told = raglan.json(*asked, "--url", server.url)
        assert "front desk" in told["answer"]
        assert told["reference"]["chunks"][0]["document_name"] == "desk.pdf"


def test_questions_at_once_share_an_assistant(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Leave is thirty days.")
    raglan.json("ingest", folder, "--dataset", dataset)
    processes = [raglan.process("ask", "Leave?", "--dataset", dataset) for _ in range(3)]
    for process in processes:
        with process:
            _, stderr = process.communicate(timeout=60)
            assert (process.returncode, stderr) == (0, "")
    chats = server.data_of("GET", "/chats", params={"page_size": 100})
    assert [chat["name"] for chat in chats].count(f"raglan ask: {dataset}") == 1


def test_an_empty_dataset_has_no_answers(raglan: Command, handbook: str, dataset: str) -> None:
    raglan.json("datasets", "create", dataset)
    for command in ("search", "ask"):
        assert raglan.told(command, "x", "--dataset", dataset) == (
            f"There are no documents in {dataset} yet: "
            "`raglan ingest FOLDER --dataset NAME` brings them in."
        )
        done = raglan(command, "leave", "--dataset", dataset, "--dataset", handbook)
        assert "thirty days" in done.stdout


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_question_needs_words_and_datasets_that_exist(
    raglan: Command, handbook: str, command: str
) -> None:
    assert "it is empty" in raglan.told(command, " ")
    assert "it is empty" in raglan.told(command), "nor is there one in the pipe"
    told = raglan.told(command, "x", "--dataset", handbook, "--dataset", "nowhere")
    assert told == "There is no dataset named nowhere; `raglan datasets` lists them."


@pytest.mark.parametrize("top", [0, 1025, "many"])
def test_only_so_many_passages_can_be_asked_for(raglan: Command, top: object) -> None:
    assert "--top" in raglan.told("search", "x", "--top", top)


def test_datasets_are_made_listed_and_deleted(raglan: Command, dataset: str) -> None:
    made = raglan("datasets", "create", dataset, "--chunk-method", "one")
    heads, row = table(made.stdout)
    assert heads == ["name", "documents", "chunks", "method", "embedding model", "id"]
    assert row[:5] == [dataset, "0", "0", "one", "wordllama@Builtin"]
    assert row in table(raglan("datasets").stdout)
    assert row in table(raglan("datasets", "list").stdout)
    assert raglan.told("datasets", "create", dataset.upper()) == (
        f"There is a dataset named {dataset.upper()} already."
    )
    [other] = raglan.json(
        "datasets", "create", f"{dataset} 2", "--embedding-model", "hashing@Builtin"
    )
    assert other["embedding_model"] == "hashing@Builtin"
    assert "<embedding_model>" in raglan.told(
        "datasets", "create", "x", "--embedding-model", "nothing"
    )
    refused = raglan("datasets", "delete", dataset, answer="n\n")
    assert refused.status == 1
    assert refused.stderr == (
        f"Delete the dataset {dataset} with 0 documents? [y/N]: n\nraglan: Nothing was deleted.\n"
    )
    unanswered = raglan("datasets", "delete", dataset)
    assert unanswered.stderr.endswith("raglan: Nothing was deleted. Give --yes to go ahead.\n")
    agreed = raglan("datasets", "delete", dataset, answer="y\n")
    assert agreed.stdout == f"Deleted {dataset}.\n"
    assert raglan.json("datasets", "delete", f"{dataset} 2", "--yes") == {"deleted": other["id"]}
    assert raglan.told("datasets", "delete", dataset, "--yes") == (
        f"There is no dataset named {dataset}; `raglan datasets` lists them."
    )


def test_documents_are_listed_with_why_they_failed(raglan: Command, handbook: str) -> None:
    heads, *rows = table(raglan("documents", "--dataset", handbook).stdout)
    assert heads == ["name", "run", "progress", "chunks", "size", "id", "file", "reason"]
    by_name = {row[0]: row for row in rows}
    assert by_name["leave.txt"][1:5] == ["DONE", "100 %", "1", "42 B"]
    assert by_name["broken.pdf"][1:3] == ["FAIL", "0 %"]
    assert "is damaged" in by_name["broken.pdf"][7]
    assert re.search(r"/handbook\d+/leave\.txt$", by_name["leave.txt"][6])
    chosen = raglan("documents", "list", "--dataset", handbook, "--keywords", "LEAVE")
    heads, row = table(chosen.stdout)
    assert (heads[-1], row[0]) == ("file", "leave.txt")
    [item] = raglan.json("documents", "--dataset", handbook, "list", "--keywords", "desk")
    assert item["name"] == "desk.pdf"


def test_documents_are_parsed_again_and_deleted_by_name_or_id(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="First.", b_txt="Second.", c_txt="Third.")
    made = raglan.json("ingest", folder, "--dataset", dataset)
    ids = {item["name"]: item["id"] for item in made["documents"]}
    said = raglan("documents", "parse", "a.txt", ids["a.txt"], "--dataset", dataset).stdout
    assert said == "parsing: a.txt\n"
    assert server.finished(made["dataset_id"], ids["a.txt"])["run"] == "DONE"
    unanswered = raglan("documents", "--dataset", dataset, "delete", "a.txt", "b.txt")
    assert "Delete a.txt, b.txt? [y/N]" in unanswered.stderr
    assert unanswered.status == 1
    gone = raglan.json("documents", "--dataset", dataset, "delete", "a.txt", ids["b.txt"], "--yes")
    assert gone == {"deleted": [ids["a.txt"], ids["b.txt"]]}
    assert [item["name"] for item in raglan.json("documents", "--dataset", dataset)] == ["c.txt"]
    told = raglan.told("documents", "parse", "a.txt", "c.txt", "d.txt", "--dataset", dataset)
    assert told == (
        f"{dataset} has no document named a.txt, d.txt; "
        f"`raglan documents --dataset {dataset}` lists them."
    )


def test_what_people_changed_in_chunks_is_discarded_for_a_word(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="The lamp is red.")
    made = raglan.json("ingest", folder, "--dataset", dataset)
    [document] = made["documents"]
    chunks = f"/datasets/{made['dataset_id']}/documents/{document['id']}/chunks"
    [chunk] = server.data_of("GET", chunks)["chunks"]
    server.data_of("PUT", f"{chunks}/{chunk['id']}", json={"content": "The lamp is green."})

    def parsed_again(*options: str) -> list[str]:
        said = raglan("documents", "parse", "a.txt", "--dataset", dataset, *options)
        assert said.stdout == "parsing: a.txt\n"
        server.finished(made["dataset_id"], document["id"])
        return [item["content"] for item in server.data_of("GET", chunks)["chunks"]]

    assert parsed_again() == ["The lamp is green."]
    unanswered = raglan("documents", "parse", "a.txt", "--dataset", dataset, "--discard-edits")
    assert "Discard what people have changed in the chunks of a.txt? [y/N]" in unanswered.stderr
    assert unanswered.stderr.endswith("raglan: Nothing was parsed. Give --yes to go ahead.\n")
    assert parsed_again("--discard-edits", "--yes") == ["The lamp is red."]


@pytest.mark.parametrize("words", [(), ("list",), ("parse", "a.txt"), ("delete", "a", "--yes")])
def test_documents_are_those_of_a_dataset(raglan: Command, words: tuple[str, ...]) -> None:
    assert "--dataset NAME" in raglan.told("documents", *words)
    assert raglan.told("documents", *words, "--dataset", "nowhere") == (
        "There is no dataset named nowhere; `raglan datasets` lists them."
    )


def test_a_reader_that_goes_away_ends_the_command_quietly(raglan: Command, handbook: str) -> None:
    reading, writing = os.pipe()
    process = raglan.process("documents", "--dataset", handbook, "--json", stdout=writing)
    os.close(writing)
    os.close(reading)
    with process:
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (1, "")

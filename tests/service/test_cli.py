"""The command line against a running server: what it does, prints, and says when it cannot."""

import json
import os
import re
import signal
import sqlite3
import termios
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.command import Command, write
from tests.model_endpoint import serve
from tests.pdfs import pdf
from tests.running import KEY, PASSWORD, Server, free_port, server_on, wait_until

CONTROLS = re.compile(r"[\r\x1b]")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("cli") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def raglan(server: Server) -> Command:
    return Command(server.environment)


@pytest.fixture(scope="module")
def handbook(raglan: Command, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a dataset with two documents that can be searched and one that cannot."""
    folder = write(
        tmp_path_factory.mktemp("handbook"),
        leave_txt="Everybody has thirty days of leave a year.",
        desk_pdf=pdf("", "Visitors sign in at the front desk."),
        broken_pdf=b"%PDF-1.4 nothing more",
    )
    assert raglan("ingest", folder, "--dataset", "handbook").status == 1
    return "handbook"


@pytest.fixture
def dataset(request: pytest.FixtureRequest) -> str:
    """Return a name that no other test gives to a dataset."""
    return request.node.name[:120]


def lines(text: str) -> list[list[str]]:
    return [re.split(r" {2,}", line) for line in text.splitlines()]


# Bringing documents in.


def test_ingest_tells_progress_as_messages_and_the_outcome_as_result(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="First.", b_md="# Second", c_xyz="no", d_pdf="no pdf")
    done = raglan.alone("ingest", folder, "--dataset", dataset)
    assert done.status == 1
    assert done.stdout == f"2 documents with 2 chunks in {dataset}.\n"
    assert not CONTROLS.search(done.stderr)
    said = done.stderr.splitlines()
    assert said[:3] == [
        f"uploaded  {folder}/a.txt (6 B)",
        f"uploaded  {folder}/b.md (8 B)",
        f"uploaded  {folder}/d.pdf (6 B)",
    ]
    assert "parsed    3 of 3 files" in said
    assert said[-2] == f"refused   {folder}/c.xyz: files of this type are not supported."
    assert said[-1].startswith("failed    d.pdf: d.pdf is not a PDF")


def test_on_a_terminal_ingest_draws_bars(raglan: Command, tmp_path: Path, dataset: str) -> None:
    folder = write(tmp_path / "in", **{f"file{number}_txt": f"{number}." for number in range(3)})
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    screen = []

    def look() -> None:
        try:
            while piece := os.read(ours, 1 << 16):
                screen.append(piece)
        except OSError:  # nobody has the terminal open any more
            return

    watching = threading.Thread(target=look)
    process = raglan.process("ingest", folder, "--dataset", dataset, stderr=theirs)
    os.close(theirs)
    watching.start()
    with process:
        stdout, _ = process.communicate(timeout=60)
    watching.join()
    os.close(ours)
    drawn = b"".join(screen).decode()
    assert process.returncode == 0
    assert stdout == f"3 documents with 3 chunks in {dataset}.\n"
    assert re.search(r"uploading: 100%", drawn)
    assert re.search(r"parsing +100%", drawn)
    assert "3 of 3 files" in drawn


def test_ingest_again_brings_in_only_what_is_new_or_changed(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Thirty days.", b_txt="Two.")
    write(folder / "deeper", b_txt="Two.")
    first = raglan.json("ingest", folder, "--dataset", dataset)
    again = raglan("ingest", folder, folder / "a.txt", "--dataset", dataset)
    assert "uploaded" not in again.stderr
    assert again.stdout == f"3 documents with 3 chunks in {dataset}.\n"
    write(folder, a_txt="Thirty-one.", c_txt="Three.")
    changed = raglan("ingest", folder, "--dataset", dataset)
    assert changed.status == 0
    assert f"changed   {folder}/a.txt is a(1).txt now, beside the older a.txt" in changed.stderr
    assert "uploaded  " + str(folder / "b.txt") not in changed.stderr
    assert changed.stdout.startswith("4 documents")
    listed = raglan.json("documents", "--dataset", dataset)
    assert len(listed) == 5
    assert {item["id"] for item in first["documents"]} < {item["id"] for item in listed}


def test_replace_leaves_only_the_new_versions(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="There are thirty apples.", b_txt="Two pears.")
    raglan.json("ingest", folder, "--dataset", dataset)
    write(folder, a_txt="There are forty apples.")
    raglan.json("ingest", folder, "--dataset", dataset)
    write(folder, a_txt="There are fifty apples.", b_txt=b"")
    done = raglan("ingest", folder, "--dataset", dataset, "--replace")
    assert done.status == 1, "an empty file cannot be searched"
    assert "changed   " in done.stderr, "so its older document stays"
    listed = raglan.json("documents", "--dataset", dataset)
    assert sorted(item["name"] for item in listed) == ["a.txt", "b(1).txt", "b.txt"]
    found = raglan.json("search", "How many apples?", "--dataset", dataset)
    assert found["chunks"][0]["content"] == "There are fifty apples."
    assert "forty" not in str(found)


def test_without_waiting_ingest_says_that_parsing_goes_on(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", **{f"{number}_txt": f"Text {number}." for number in range(25)})
    workers = server.ingest_workers()
    for worker in workers:
        worker.suspend()
    try:
        done = raglan("ingest", folder, "--dataset", dataset, "--no-wait")
    finally:
        for worker in workers:
            worker.resume()
    assert done.status == 0
    assert done.stdout == (f"0 documents with 0 chunks, and 25 being parsed, in {dataset}.\n")
    waited = raglan("ingest", folder, "--dataset", dataset)
    assert waited.stdout == f"25 documents with 25 chunks in {dataset}.\n"


def test_again_parses_what_is_there_once_more(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Once.")
    [before] = raglan.json("ingest", folder, "--dataset", dataset)["documents"]
    [idle] = raglan.json("ingest", folder, "--dataset", dataset)["documents"]
    [after] = raglan.json("ingest", folder, "--dataset", dataset, "--again")["documents"]
    assert idle["update_time"] == before["update_time"]
    assert after["update_time"] > before["update_time"]
    assert (after["id"], after["run"]) == (before["id"], "DONE")


def test_a_new_dataset_cuts_as_it_is_told_and_an_old_one_as_it_does(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Question?\tAnswer.")
    made = raglan.json("ingest", folder, "--dataset", dataset, "--chunk-method", "qa")
    assert made["documents"][0]["chunk_method"] == "qa"
    told = raglan.told("ingest", folder, "--dataset", dataset, "--chunk-method", "one")
    assert "cuts its documents by qa" in told
    assert raglan("ingest", folder, "--dataset", dataset, "--chunk-method", "qa").status == 0


def test_nothing_is_made_when_there_is_nothing_to_bring_in(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty" / ".hidden", a_txt="x")
    told = raglan.told("ingest", tmp_path / "empty", "--dataset", dataset)
    assert told.startswith(f"There are no files in {tmp_path}/empty")
    told = raglan.told("ingest", tmp_path / "missing", "--dataset", dataset)
    assert f"Path '{tmp_path}/missing' does not exist" in told
    assert "--no-wait" in raglan.told(
        "ingest", tmp_path, "--dataset", dataset, "--no-wait", "--replace"
    )
    assert dataset not in [item["name"] for item in raglan.json("datasets")]


def test_a_dataset_whose_files_are_all_refused_stays_empty(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    done = raglan("ingest", write(tmp_path / "in", a_xyz="x"), "--dataset", dataset)
    assert (done.status, done.stdout) == (1, f"0 documents with 0 chunks in {dataset}.\n")


def test_a_name_that_the_server_refuses_is_told_and_the_rest_comes_in(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="x")
    (folder / "line\nend.txt").write_text("x", "utf-8")
    (folder / f"{'x' * 250}.md").write_text("x", "utf-8")
    done = raglan("ingest", folder, "--dataset", dataset, "--json")
    outcome = json.loads(done.stdout)
    assert done.status == 1
    assert {item["file"].rpartition("/")[2]: item["message"] for item in outcome["refused"]} == {
        "line\nend.txt": "its name holds control characters. Rename it."
    }
    assert sorted(item["name"] for item in outcome["documents"]) == ["a.txt", f"{'x' * 250}.md"]


def test_a_file_that_is_deleted_meanwhile_is_told_and_the_rest_comes_in(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="First.", b_txt="Second.")
    web = server.web_workers()
    for worker in web:
        worker.suspend()
    process = raglan.process("ingest", folder, "--dataset", dataset)
    try:
        # The files are found; now the command asks the server, which does not answer yet.
        asking = psutil.Process(process.pid)
        wait_until(asking.connections, "the command to ask the server")
        (folder / "b.txt").unlink()
    finally:
        for worker in web:
            worker.resume()
    with process:
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"refused   {folder}/b.txt: it cannot be read: No such file or directory." in stderr
    assert stdout == f"1 document with 1 chunk in {dataset}.\n"


def test_ctrl_c_ends_ingest_with_a_line_and_the_same_command_goes_on(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="First.", b_txt="Second.")
    workers = server.ingest_workers()
    for worker in workers:
        worker.suspend()
    try:
        process = raglan.process("ingest", folder, "--dataset", dataset)
        assert process.stderr is not None
        heard = [process.stderr.readline() for _ in range(3)]
        assert heard[2] == "parsed    0 of 2 files\n"
        process.send_signal(signal.SIGINT)
        with process:
            stdout, stderr = process.communicate(timeout=60)
    finally:
        for worker in workers:
            worker.resume()
    assert (process.returncode, stdout) == (130, "")
    assert stderr == (
        "raglan: Interrupted. What was uploaded stays; the same command again goes on from there.\n"
    )
    again = raglan("ingest", folder, "--dataset", dataset)
    assert again.stdout == f"2 documents with 2 chunks in {dataset}.\n"
    assert "uploaded" not in again.stderr


# Searching and asking.


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
    assert "Missing argument 'QUESTION'" in raglan.told(command)
    told = raglan.told(command, "x", "--dataset", handbook, "--dataset", "nowhere")
    assert told == "There is no dataset named nowhere; `raglan datasets` lists them."


@pytest.mark.parametrize("top", [0, 1025, "many"])
def test_only_so_many_passages_can_be_asked_for(raglan: Command, top: object) -> None:
    assert "--top" in raglan.told("search", "x", "--top", top)


# Datasets and documents.


def test_datasets_are_made_listed_and_deleted(raglan: Command, dataset: str) -> None:
    made = raglan("datasets", "create", dataset, "--chunk-method", "one")
    heads, row = lines(made.stdout)
    assert heads == ["name", "documents", "chunks", "method", "embedding model", "id"]
    assert row[:5] == [dataset, "0", "0", "one", "wordllama@Builtin"]
    assert row in lines(raglan("datasets").stdout)
    assert row in lines(raglan("datasets", "list").stdout)
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
    heads, *rows = lines(raglan("documents", "--dataset", handbook).stdout)
    assert heads == ["name", "run", "progress", "chunks", "size", "id", "reason"]
    by_name = {row[0]: row for row in rows}
    assert by_name["leave.txt"][1:5] == ["DONE", "100 %", "1", "42 B"]
    assert by_name["broken.pdf"][1:3] == ["FAIL", "0 %"]
    assert "is damaged" in by_name["broken.pdf"][6]
    chosen = raglan("documents", "list", "--dataset", handbook, "--keywords", "LEAVE")
    heads, row = lines(chosen.stdout)
    assert (heads[-1], row[0]) == ("id", "leave.txt")
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


# Accounts and keys.


def test_keys_are_made_used_listed_and_revoked(raglan: Command, server: Server) -> None:
    key = raglan("keys", "create", "for a test").stdout.strip()
    assert re.fullmatch(r"ragflow-[\w-]{43}", key)
    by_key = ("datasets", "--url", server.url, "--key", key)
    assert raglan(*by_key).status == 0
    heads, *rows = lines(raglan("keys").stdout)
    assert heads == ["name", "hint", "created", "last used", "id"]
    [row] = [row for row in rows if row[0] == "for a test"]
    assert key not in str(rows)
    assert (key.startswith(row[1][:12]), row[3] != "never") == (True, True)
    assert raglan("keys", "revoke", row[4]).stdout == "Revoked.\n"
    told = raglan.told(*by_key)
    assert "API key is invalid" in told
    assert "`raglan keys create`" in told
    assert raglan.told("keys", "revoke", row[4]) == (
        f"There is no key {row[4]}; `raglan keys` shows them."
    )
    made = raglan.json("keys", "create")
    assert raglan.json("keys", "revoke", made["key"]) == {"revoked": made["key"]}
    assert made["id"] not in [item["id"] for item in raglan.json("keys", "list")]


def test_accounts_are_made_changed_and_shut_out(raglan: Command, server: Server) -> None:
    made = raglan("users", "create", "Nia@example.org", "--nickname", "Nia", "--password", PASSWORD)
    heads, row = lines(made.stdout)
    assert heads[:4] == ["email", "nickname", "active", "administrator"]
    assert row[:4] == ["nia@example.org", "Nia", "yes", "no"]
    assert "has already registered" in raglan.told(
        "users", "create", "nia@example.org", "--password", PASSWORD
    )
    key = raglan("keys", "create", "--email", "NIA@example.org").stdout.strip()
    assert len(raglan.json("keys", "--json", "list", "--email", "nia@example.org")) == 1
    assert server.call("GET", "/datasets", key=key)["code"] == 0
    [shut] = raglan.json("users", "deactivate", "nia@example.org")
    assert shut["is_active"] is False
    assert server.call("GET", "/datasets", key=key)["code"] == 109
    [back] = raglan.json("users", "activate", "nia@example.org")
    assert back["is_active"] is True
    typed = raglan("users", "set-password", "nia@example.org", answer="new one\nnew one\n")
    assert typed.status == 0
    assert "new one" not in typed.stdout + typed.stderr
    assert [item["email"] for item in raglan.json("users")][-1] == "nia@example.org"
    assert lines(raglan("users", "list").stdout)[-1][0] == "nia@example.org"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "no address", "--password", "x"), "Invalid email address: no address!"),
        (("create", "a@b.cd", "--password", ""), "it is empty"),
        (("set-password", "nobody@b.cd", "--password", "x"), "no account with the address nobody"),
        (("activate", "nobody@b.cd"), "no account with the address nobody"),
    ],
)
def test_what_cannot_be_done_to_accounts_is_told(
    raglan: Command, words: tuple[str, ...], told: str
) -> None:
    assert told in raglan.told("users", *words)


def test_keys_are_those_of_an_account_that_exists(raglan: Command) -> None:
    assert raglan.told("keys", "list", "--email", "nobody@b.cd") == (
        "There is no account nobody@b.cd; `raglan users` shows them."
    )


# The server's own matters.


def test_migrate_and_prepare_find_nothing_to_do_where_the_server_runs(
    raglan: Command, server: Server
) -> None:
    assert raglan("migrate").stdout == "Nothing to apply.\n"
    assert raglan.json("migrate") == {"applied": []}
    assert f"cannot listen on 127.0.0.1, port {server.port}" in raglan.told("prepare")
    port = free_port()
    elsewhere = {"RAGLAN_SERVER__PORT": str(port)}
    assert raglan("prepare", **elsewhere).stdout == f"127.0.0.1 {port} 1 35 0\n"
    assert raglan.json("prepare", **elsewhere) == {
        "host": "127.0.0.1",
        "port": port,
        "workers": 1,
        "stop_seconds": 35,
        "registrars": 0,
    }


def test_migrate_and_prepare_make_everything_on_an_empty_machine(
    raglan: Command, tmp_path: Path
) -> None:
    place = {
        "RAGLAN_DATA_DIR": str(tmp_path / "new"),
        "RAGLAN_BOOTSTRAP__API_KEY": "",
        "RAGLAN_SERVER__PORT": str(free_port()),
    }
    assert "no server on this machine yet" in raglan.told("keys", **place)
    assert "no server on this machine yet" in raglan.told("datasets", **place)
    assert not (tmp_path / "new").exists()
    assert raglan("migrate", **place).stdout.startswith("applied 0001_")
    assert "no account yet" in raglan.told("keys", **place)
    first = raglan("prepare", **place)
    assert first.stdout.count("\n") == 1
    assert re.search(r"e-mail +admin@raglan\.local\n +password +\(as set", first.stderr)
    assert re.search(r"API key +ragflow-[\w-]{43}\n", first.stderr)
    assert raglan("prepare", **place).stderr == ""
    assert lines(raglan("users", **place).stdout)[1][0] == "admin@raglan.local"


def test_a_database_of_an_older_version_is_told(raglan: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    told = raglan.told("keys", RAGLAN_DATA_DIR=str(tmp_path / "data"))
    assert told.startswith("The database is not at this version yet: run `raglan migrate`")


@pytest.mark.parametrize(
    ("folder", "told"),
    [("file/below", "cannot be made: Not a directory"), ("file", "cannot be made: File exists")],
)
def test_a_data_folder_that_cannot_be_is_told(
    raglan: Command, tmp_path: Path, folder: str, told: str
) -> None:
    (tmp_path / "file").touch()
    assert told in raglan.told("migrate", RAGLAN_DATA_DIR=str(tmp_path / folder))


def test_a_data_folder_that_cannot_be_written_to_is_told(raglan: Command) -> None:
    assert raglan.told("migrate", RAGLAN_DATA_DIR=f"/proc/{os.getpid()}") == (
        f"The data folder /proc/{os.getpid()} cannot be written to."
    )


def test_reindex_brings_back_what_the_chunk_store_lost(
    raglan: Command, server: Server, handbook: str
) -> None:
    [dataset] = [item for item in raglan.json("datasets") if item["name"] == handbook]
    assert raglan("reindex", "--dataset", handbook).stdout == "2 chunks indexed.\n"
    assert raglan.json("reindex", "--dataset", dataset["id"]) == {"chunks": 2}
    everything = sum(item["chunk_count"] for item in raglan.json("datasets"))
    assert raglan.json("reindex") == {"chunks": everything}
    assert server.found(dataset["id"], "leave")
    assert raglan.told("reindex", "--dataset", "nowhere") == (
        "admin@raglan.local has no dataset named nowhere; `raglan datasets` lists them."
    )
    assert "no dataset with the id" in raglan.told("reindex", "--dataset", "0" * 32)


# Doctor.


def checked(raglan: Command, **variables: str) -> dict[str, dict[str, object]]:
    done = raglan("doctor", "--json", **variables)
    checks = json.loads(done.stdout)
    assert done.status == (0 if all(check["ok"] for check in checks) else 1)
    return {check["part"]: check for check in checks}


def test_doctor_finds_a_running_server_in_order(raglan: Command, server: Server) -> None:
    done = raglan("doctor")
    assert done.status == 0
    assert [line[:4] for line in done.stdout.splitlines()] == ["ok  "] * 13
    assert f"ready at {server.url}" in done.stdout
    remote = raglan.json("doctor", "--url", server.url, "--key", KEY)
    assert [check["part"] for check in remote] == ["server", "API key"]


def test_doctor_says_what_to_do_about_each_part(raglan: Command, tmp_path: Path) -> None:
    port = free_port()
    with serve() as endpoint:
        working = checked(
            raglan,
            RAGLAN_MODELS__CHAT_MODEL="talker@Endpoint",
            RAGLAN_MODELS__CHAT_BASE_URL=endpoint.url,
        )
    assert working["chat model"]["found"] == "talker@Endpoint answers"
    broken = checked(
        raglan,
        RAGLAN_SERVER__PORT=str(port),
        RAGLAN_REDIS__URL=f"redis://:secret@127.0.0.1:{port}",
        RAGLAN_MODELS__CHAT_MODEL="talker@Endpoint",
        RAGLAN_MODELS__CHAT_BASE_URL=f"http://127.0.0.1:{port}/v1",
        RAGLAN_MODELS__EMBEDDING_MODEL="none@Builtin",
        RAGLAN_STORAGE__URL=f"file://{tmp_path}/file",
        RAGLAN_CHUNK_STORE__URL=f"sqlite:///{tmp_path}/no/chunks.db",
    )
    bad = {name for name, check in broken.items() if check["ok"] is False}
    assert {"redis", "chat model", "embedding", "server"} <= bad
    assert all(broken[name]["advice"] for name in bad)
    assert broken["API key"]["ok"] is None
    assert "secret" not in str(broken)


def test_doctor_does_not_look_at_what_hangs_on_a_broken_part(
    raglan: Command, tmp_path: Path
) -> None:
    missing = checked(raglan, RAGLAN_DATA_DIR=str(tmp_path / "none"))
    assert missing["data folder"]["ok"] is False
    assert "does not exist" in str(missing["data folder"]["found"])
    assert missing["database"]["found"] == "not looked at: it needs data folder"
    assert missing["workers"]["ok"] is None
    assert not (tmp_path / "none").exists()
    (tmp_path / "old").mkdir()
    old = checked(raglan, RAGLAN_DATA_DIR=str(tmp_path / "old"))
    assert (old["database"]["ok"], old["migrations"]["ok"]) == (True, False)
    assert "lacks 2 migrations" in str(old["migrations"]["found"])
    wrong = raglan("doctor", RAGLAN_SERVER__PORT="99999")
    assert wrong.status == 1
    first, advice, *others = wrong.stdout.splitlines()
    assert re.match(r"FAIL  settings +Setting server\.port", first)
    assert "docs/settings.md" in advice
    assert all(line.startswith("?") for line in others)


def test_doctor_finds_tasks_that_nobody_takes(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="First.")
    workers = server.ingest_workers()
    for worker in workers:
        worker.suspend()
    try:
        raglan.json("ingest", folder, "--dataset", dataset, "--no-wait")
        with closing(sqlite3.connect(server.data / "raglan.db", timeout=10)) as database, database:
            database.execute("UPDATE task SET not_before = not_before - 90000")
        waiting = checked(raglan)["workers"]
    finally:
        for worker in workers:
            worker.resume()
    assert waiting["ok"] is False
    assert re.match(r"a task has been waiting for \d\d seconds", str(waiting["found"]))


@pytest.mark.parametrize("path", ["/nowhere/at/all"])
def test_doctor_tells_another_kind_of_server(raglan: Command, path: str) -> None:
    with serve() as endpoint:
        url = endpoint.url.removesuffix("/v1") + path
        done = raglan("doctor", "--url", url, "--key", "k")
    assert done.status == 1
    assert "is no Raglan server" in done.stdout


# Servers and keys.


def test_the_server_may_be_another_and_its_key_must_be_given(
    raglan: Command, server: Server
) -> None:
    address = f"127.0.0.1:{server.port}"
    assert raglan("datasets", RAGLAN_URL=address, RAGLAN_API_KEY=KEY).status == 0
    assert raglan("--url", f"http://{address}/", "--key", KEY, "datasets").status == 0
    assert raglan("--key", KEY, "datasets").status == 0
    assert raglan.told("datasets", "--url", address).startswith(
        "The server's API key is missing. Give one with --key or RAGLAN_API_KEY"
    )


def test_a_server_that_does_not_run_is_told(raglan: Command, tmp_path: Path) -> None:
    port = str(free_port())
    for words in (("datasets",), ("ask", "x"), ("ingest", tmp_path.parent, "--dataset", "x")):
        write(tmp_path, a_txt="x")
        assert raglan.told(*words, RAGLAN_SERVER__PORT=port) == (
            f"No server answers at http://127.0.0.1:{port}. Start it with ./entrypoint.sh, or name "
            "another with --url."
        )


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:{}"), ("::", "http://[::1]:{}"), ("::1", "http://[::1]:{}")],  # noqa: S104
)
def test_a_server_for_all_addresses_is_asked_at_this_machines(
    raglan: Command, host: str, url: str
) -> None:
    port = free_port()
    told = raglan.told("datasets", RAGLAN_SERVER__HOST=host, RAGLAN_SERVER__PORT=str(port))
    assert f"No server answers at {url.format(port)}." in told


def test_settings_that_are_wrong_are_told(raglan: Command) -> None:
    told = raglan.told("datasets", RAGLAN_SERVER__PORT="99999")
    assert told.startswith("Setting server.port (RAGLAN_SERVER__PORT)")


def test_a_key_of_its_own_that_is_refused_is_told_and_made_anew(
    raglan: Command, server: Server
) -> None:
    assert raglan("datasets").status == 0
    path = server.data / "cli.key"
    assert path.stat().st_mode & 0o777 == 0o600
    [own] = [item for item in raglan.json("keys") if item["hint"].startswith(path.read_text()[:12])]
    raglan.json("keys", "revoke", own["id"])
    assert f"Delete {path}; the next call makes a new key." in raglan.told("datasets")
    path.unlink()
    assert raglan("datasets").status == 0

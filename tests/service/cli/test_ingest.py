"""Bringing documents in from the command line."""

import json
import os
import re
import signal
import termios
import threading
from pathlib import Path

import psutil

from tests.command import Command, write
from tests.running import Server, wait_until

CONTROLS = re.compile(r"[\r\x1b]")


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


def test_replace_deletes_no_document_of_another_file_with_the_name(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = tmp_path / "f"
    write(folder / "2024", report_txt="Report for 2024: profit 10")
    write(folder / "2025", report_txt="Report for 2025: profit 20")
    raglan.json("ingest", folder, "--dataset", dataset)
    write(folder / "2024", report_txt="Report for 2024: profit 11")
    done = raglan("ingest", folder / "2024", "--dataset", dataset, "--replace")
    assert done.stdout == f"1 document with 1 chunk in {dataset}.\n"
    listed = raglan.json("documents", "--dataset", dataset)
    assert {item["meta_fields"]["path"] for item in listed} == {
        "2024/report.txt",
        "2025/report.txt",
    }
    found = raglan.json("search", "profit 2025", "--dataset", dataset)["chunks"]
    assert found[0]["content"] == "Report for 2025: profit 20"
    assert found[0]["document_path"] == "2025/report.txt"
    assert "profit 10" not in str(found)
    assert "1. 2025/report.txt  " in raglan("search", "profit 2025", "--dataset", dataset).stdout
    assert "] 2025/report.txt" in raglan("ask", "profit of 2025?", "--dataset", dataset).stdout
    names = {item["meta_fields"]["path"]: item["name"] for item in listed}
    assert sorted(names.values()) == ["report(1).txt", "report.txt"]


def test_folders_that_are_named_one_by_one_keep_their_files_apart(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    for year in ("2024", "2025"):
        folder = write(tmp_path / year, report_txt="The same words.")
        done = raglan("ingest", folder, "--dataset", dataset, "--replace")
        assert "changed" not in done.stderr
    write(tmp_path / "2025", report_txt="Other words.")
    raglan("ingest", tmp_path / "2025", "--dataset", dataset, "--replace")
    listed = raglan.json("documents", "--dataset", dataset)
    assert sorted(item["meta_fields"]["folder"] for item in listed) == [
        str(tmp_path / "2024"),
        str(tmp_path / "2025"),
    ]
    assert sorted(item["size"] for item in listed) == [12, 15]
    table = raglan("documents", "--dataset", dataset).stdout
    assert str(tmp_path / "2024" / "report.txt") in table


def test_a_name_for_the_folder_makes_it_the_same_wherever_it_is(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    source = ("--dataset", dataset, "--source", "handbook", "--replace")
    raglan.json("ingest", write(tmp_path / "1", a_txt="One apple.", b_txt="A pear."), *source)
    second = write(tmp_path / "2", a_txt="Two apples.", b_txt="A pear.")
    done = raglan("ingest", second, *source)
    assert "b.txt" not in done.stderr
    listed = raglan.json("documents", "--dataset", dataset)
    assert sorted((item["name"], item["size"]) for item in listed) == [("a.txt", 11), ("b.txt", 7)]
    assert "--source names one folder" in raglan.told("ingest", second, tmp_path, *source)


def test_a_document_of_another_client_becomes_that_of_the_file_and_keeps_its_metadata(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="One apple.")
    made = server.dataset(dataset)
    [document] = server.upload(made, ("a.txt", b"One apple."))
    path = f"/datasets/{made}/documents/{document}"
    server.data_of("PUT", path, json={"meta_fields": {"author": "Nia"}})
    [kept] = raglan.json("ingest", folder, "--dataset", dataset)["documents"]
    placed = {"author": "Nia", "path": "a.txt", "folder": str(folder)}
    assert (kept["id"], kept["meta_fields"]) == (document, placed)
    write(folder, a_txt="Two apples.")
    [newer] = raglan.json("ingest", folder, "--dataset", dataset, "--replace")["documents"]
    assert newer["meta_fields"] == placed
    assert len(raglan.json("documents", "--dataset", dataset)) == 1


def test_a_replacement_that_was_interrupted_is_finished_by_the_same_command(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="One apple.")
    raglan.json("ingest", folder, "--dataset", dataset)
    write(folder, a_txt="Two apples.")
    raglan.json("ingest", folder, "--dataset", dataset)  # as one that ended before it deleted
    done = raglan("ingest", folder, "--dataset", dataset, "--replace")
    assert "uploaded" not in done.stderr
    [left] = raglan.json("documents", "--dataset", dataset)
    assert (left["name"], left["size"]) == ("a.txt", 11)


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


def test_a_folder_that_cannot_be_read_is_refused_and_not_passed_over(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Thirty days.")
    write(folder / "shut", b_txt="Two.").chmod(0)
    done = raglan.unprivileged("ingest", folder, "--dataset", dataset)
    assert (done.status, done.stdout) == (1, f"1 document with 1 chunk in {dataset}.\n")
    assert f"refused   {folder}/shut: it cannot be read: Permission denied.\n" in done.stderr


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

"""A dataset that follows a folder."""

import signal
from pathlib import Path

from tests.command import Command, write
from tests.running import Server, wait_until


def names(raglan: Command, dataset: str) -> dict[str, str]:
    """Return what is in a dataset: the place of each document's file, and its name."""
    found = raglan.json("documents", "--dataset", dataset)
    return {item["meta_fields"].get("path", ""): item["name"] for item in found}


def test_sync_uploads_replaces_and_deletes_what_came_from_the_folder(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Apples are red.", b_txt="Pears are green.")
    write(folder / "drafts", c_txt="Plums are blue.")
    again = ("sync", folder, "--dataset", dataset, "--exclude", "drafts", "--delete")
    told = raglan("sync", folder, "--dataset", dataset)
    assert (told.status, told.stdout) == (0, f"3 documents with 3 chunks in {dataset}.\n")
    [there] = [item for item in server.data_of("GET", "/datasets") if item["name"] == dataset]
    server.upload(there["id"], ("by hand.txt", b"Somebody uploaded this."))

    (folder / "a.txt").write_text("Apples are yellow.", encoding="utf-8")
    (folder / "b.txt").unlink()
    foretold = raglan.json(*again, "--dry-run")
    assert foretold["upload"] == ["a.txt"]
    assert foretold["replace"] == ["a.txt"]
    assert sorted(foretold["delete"]) == ["b.txt", "c.txt"]
    assert set(names(raglan, dataset)) == {"a.txt", "b.txt", "drafts/c.txt", ""}, "nothing is done"

    told = raglan(*again)
    assert told.stdout.endswith("2 documents deleted, whose files are gone.\n")
    assert names(raglan, dataset) == {"a.txt": "a.txt", "": "by hand.txt"}
    found = raglan("search", "apples", "--dataset", dataset).stdout
    assert "yellow" in found
    assert "red" not in found
    assert raglan(*again, "--dry-run").stdout == "Nothing is to be done.\n"


def test_without_delete_nothing_is_deleted(raglan: Command, tmp_path: Path, dataset: str) -> None:
    folder = write(tmp_path / "in", a_txt="Apples are red.")
    assert raglan("sync", folder, "--dataset", dataset, "--dry-run").stdout == (
        f"create    the dataset {dataset}\nupload    a.txt\n"
    )
    raglan("sync", folder, "--dataset", dataset)
    (folder / "a.txt").unlink()
    write(folder, b_txt="Pears are green.")
    raglan("sync", folder, "--dataset", dataset)
    assert set(names(raglan, dataset)) == {"a.txt", "b.txt"}


def test_an_empty_folder_deletes_nothing(raglan: Command, tmp_path: Path, dataset: str) -> None:
    folder = write(tmp_path / "in", a_txt="Apples are red.")
    raglan("sync", folder, "--dataset", dataset)
    (folder / "a.txt").unlink()
    for words in ((), ("--dry-run",)):
        told = raglan("sync", folder, "--dataset", dataset, "--delete", *words)
        assert told.status == 1
        assert "is a drive missing?" in told.stderr
    assert names(raglan, dataset) == {"a.txt": "a.txt"}


def test_what_is_in_a_folder_that_cannot_be_read_is_not_deleted(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Apples are red.")
    closed = write(folder / "closed", b_txt="Pears are green.")
    raglan("sync", folder, "--dataset", dataset)
    closed.chmod(0)
    tmp_path.chmod(0o755)
    try:
        told = raglan.unprivileged("sync", folder, "--dataset", dataset, "--delete")
    finally:
        closed.chmod(0o700)
    assert "Permission denied" in told.stderr
    assert set(names(raglan, dataset)) == {"a.txt", "closed/b.txt"}


def test_a_watched_folder_is_followed_until_ctrl_c(
    raglan: Command, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Apples are red.")
    with raglan.process("sync", folder, "--dataset", dataset, "--delete", "--watch", 0.1) as watch:
        wait_until(lambda: set(names_or_none(raglan, dataset)) == {"a.txt"}, "the first file")
        write(folder, b_txt="Pears are green.")
        wait_until(lambda: set(names(raglan, dataset)) == {"a.txt", "b.txt"}, "the second file")
        (folder / "a.txt").unlink()
        wait_until(lambda: set(names(raglan, dataset)) == {"b.txt"}, "the deletion")
        watch.send_signal(signal.SIGINT)
        _, told = watch.communicate(timeout=60)
    assert watch.returncode == 130
    assert told.splitlines()[-1].startswith("raglan: Interrupted.")


def names_or_none(raglan: Command, dataset: str) -> dict[str, str]:
    """Return what is in a dataset that may not be there yet."""
    there = any(item["name"] == dataset for item in raglan.json("datasets"))
    return names(raglan, dataset) if there else {}


def test_watching_goes_on_for_ever_so_that_it_foretells_nothing(
    raglan: Command, tmp_path: Path
) -> None:
    told = raglan.told("sync", tmp_path, "--dataset", "x", "--watch", "--dry-run")
    assert "leave out --dry-run and --json" in told

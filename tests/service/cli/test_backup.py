"""Backups: everything comes back, and what is not whole is refused."""

import json
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.command import Command, write
from tests.running import Server


def settings(data: Path) -> dict[str, str]:
    return {"RAGLAN_DATA_DIR": str(data)}


def test_a_backup_of_a_running_server_brings_everything_back(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="Everybody has thirty days of leave.")
    raglan("ingest", folder, "--dataset", dataset)
    archive, elsewhere = tmp_path / "raglan.tar", tmp_path / "restored"
    told = raglan("backup", archive)
    assert (told.status, told.stderr) == (0, "")
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert {item.name for item in tmp_path.iterdir()} == {"in", "raglan.tar"}, "nothing is left"

    told = raglan("restore", archive, **settings(elsewhere))
    assert told.status == 0, told
    assert "1 file" in told.stdout or "files" in told.stdout
    with closing(sqlite3.connect(elsewhere / "raglan.db")) as restored:
        [count] = restored.execute("SELECT count(*) FROM document").fetchone()
    with closing(sqlite3.connect(server.data / "raglan.db")) as original:
        assert original.execute("SELECT count(*) FROM document").fetchone() == (count,)
    files = {path.relative_to(server.data): path.read_bytes() for path in stored(server.data)}
    assert {p.relative_to(elsewhere): p.read_bytes() for p in stored(elsewhere)} == files
    # The index was made anew: a server that starts on the folder finds the passage.
    other = Server(elsewhere, extra={"RAGLAN_BOOTSTRAP__API_KEY": ""})
    other.start()
    try:
        found = Command(other.environment)("search", "days of leave", "--dataset", dataset)
        assert "thirty days" in found.stdout, found
        assert "in use by another server" in raglan.told("restore", archive, **settings(elsewhere))
    finally:
        other.stop()
    there = raglan.told("restore", archive, **settings(elsewhere))
    assert f"{elsewhere} has raglan.db and files" in there
    assert "already: move the folder away" in there


def stored(data: Path) -> list[Path]:
    return sorted(path for path in (data / "files").rglob("*.bin"))


def test_a_backup_is_of_one_moment_while_others_write(raglan: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    raglan("prepare", **settings(data), RAGLAN_SERVER__PORT="0")
    stop = threading.Event()

    def write_on() -> None:
        with closing(sqlite3.connect(data / "raglan.db", timeout=30)) as database:
            database.execute("CREATE TABLE pair (one INTEGER, two INTEGER)")
            number = 0
            while not stop.is_set():
                number += 1
                with database:
                    database.execute("INSERT INTO pair VALUES (?, ?)", (number, number))
                    database.execute("UPDATE pair SET two = ?", (number,))

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for name in ("first", "second"):
            assert raglan("backup", tmp_path / name, **settings(data)).status == 0
    finally:
        stop.set()
        writer.join()
    for name in ("first", "second"):
        with tarfile.open(tmp_path / name) as archive:
            archive.extract("raglan.db", tmp_path / f"of {name}", filter="data")
        with closing(sqlite3.connect(tmp_path / f"of {name}" / "raglan.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            if copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'pair'").fetchone()[0]:
                rows = copy.execute("SELECT count(DISTINCT two) FROM pair").fetchone()
                assert rows in {(0,), (1,)}, "no transaction is in it by half"


def cut(archive: Path) -> None:
    """Take away the second half."""
    raw = archive.read_bytes()
    archive.write_bytes(raw[: len(raw) // 2])


def age(archive: Path) -> None:
    """Let it be of a format that is not known yet."""
    raw = archive.read_bytes()
    archive.write_bytes(raw.replace(b'{"format": 1,', b'{"format": 2,', 1))


def damage(archive: Path) -> None:
    """Write over the beginning of the database."""
    with tarfile.open(archive) as opened:
        begin = opened.getmember("raglan.db").offset_data
    raw = bytearray(archive.read_bytes())
    raw[begin : begin + 100] = bytes(100)
    archive.write_bytes(raw)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut, "is no backup of Raglan, or not whole"),
        (age, "was made by a later version of Raglan"),
        (damage, "its database is damaged"),
        (lambda path: path.write_text("no tar"), "is no backup of Raglan"),
    ],
    ids=["cut", "later", "damaged", "another file"],
)
def test_what_is_not_whole_is_refused_and_nothing_is_left(
    raglan: Command, tmp_path: Path, spoil: object, told: str
) -> None:
    archive, data = tmp_path / "raglan.tar", tmp_path / "data"
    raglan("backup", archive)
    assert callable(spoil)
    spoil(archive)
    assert told in raglan.told("restore", archive, **settings(data))
    assert not (data / "raglan.db").exists()
    assert not (data / "files").exists()
    assert not list(data.glob(".restore-*"))


def test_a_file_that_is_there_is_replaced_only_when_somebody_agrees(
    raglan: Command, tmp_path: Path
) -> None:
    archive = tmp_path / "raglan.tar"
    archive.write_text("mine", encoding="utf-8")
    assert "Nothing was written" in raglan("backup", archive, answer="n\n").stderr
    assert archive.read_text(encoding="utf-8") == "mine"
    assert raglan.json("backup", archive, "--yes")["size"] == archive.stat().st_size
    with tarfile.open(archive) as opened:
        first = opened.extractfile("raglan.json")
        assert first is not None
        assert json.load(first)["version"] == "0.1.0"


def test_a_database_elsewhere_is_not_backed_up_in_part(raglan: Command, tmp_path: Path) -> None:
    url = "postgresql://raglan:secret@db.example/raglan"
    told = raglan.told("backup", tmp_path / "x.tar", RAGLAN_DATABASE__URL=url)
    assert told.startswith("The database is postgresql: back it up by its own means (pg_dump")
    assert "secret" not in told
    assert not list(tmp_path.iterdir())

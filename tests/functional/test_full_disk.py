"""A disk that fills up under a server: what is refused, and what goes on."""

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.errors import DiskFullError
from api.leases.database import migration_lease
from api.services.library.disk import BALLAST
from api.services.library.document_upload import Upload
from tests.disks import SmallDisk, small_disk
from tests.functional.conftest import Member
from tests.functional.ingesting import Site, done, folder_of, wait_until
from tests.functional.library import (
    add_chunk,
    data_of,
    make_dataset,
    post_files,
    refused,
    upload,
)

pytestmark = [
    pytest.mark.databases("sqlite"),
    pytest.mark.long,
]  # the others' disks are not ours to fill

MEGABYTES = 80
RESERVE = (MEGABYTES << 20) // 20  # as much as the log of SQLite grows to
NOTES = b"The keeper lights the lamp at dusk.\n"


def watches(count: int) -> bytes:
    """Return a text that becomes one chunk for about ten lines."""
    return b"".join(b"Watch %06d was quiet, and the sea was calm.\n" % n for n in range(count))


LONG = watches(20_000)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", MEGABYTES) as mounted:
        yield mounted


@pytest.fixture
def settings(disk: SmallDisk) -> Settings:
    """Return settings of a server all of which is on the small disk."""
    environment = {
        "RAGLAN_DATA_DIR": str(disk.folder / "data"),
        "RAGLAN_DATABASE__URL": f"sqlite:///{disk.folder}/data/raglan.db",
        "RAGLAN_WORKER__RETRY_DELAY": "0.01",
        "RAGLAN_WORKER__MAX_ATTEMPTS": "1",
    }
    (disk.folder / "data").mkdir()
    return load_settings(environment)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """Compose the services of the server, on a database with tables."""
    composed = build(settings)
    migrate(composed.database, migration_lease(composed.database))
    assert composed.library.disk.take_ballast()
    yield composed
    composed.chunk_store.close()
    composed.database.close_all()


def truncate_logs(disk: SmallDisk) -> None:
    """Empty SQLite's logs, so that each write needs room."""
    for path in (disk.folder / "data").glob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


def stored_files(disk: SmallDisk) -> list[str]:
    files = disk.folder / "data" / "files"
    return [path.name for path in files.rglob("*") if path.is_file()]


def test_below_the_reserve_uploads_are_refused_and_edits_and_chats_go_on(
    site: Site, disk: SmallDisk, client: FlaskClient
) -> None:
    path = done(site, "notes.txt", NOTES)
    dataset_id = folder_of(path).rpartition("/")[2]
    before = stored_files(disk)
    disk.fill(leave=RESERVE - (64 << 10))

    answer = post_files(client, dataset_id, ("more.txt", NOTES))
    said = refused(answer, 507, 105)
    assert answer.headers["x-should-retry"] == "false"

    assert said.startswith("The server's disk is full but for a reserve")
    assert stored_files(disk) == before
    add_chunk(client, path, "The second lamp burns kerosene.")
    assert site.found(path, "kerosene")
    chat = data_of(client.post("/api/v1/chats", json={"name": "a", "dataset_ids": [dataset_id]}))
    session = data_of(client.post(f"/api/v1/chats/{chat['id']}/sessions", json={"name": "s"}))
    question = {"question": "What burns?", "session_id": session["id"], "stream": False}
    answer = data_of(client.post(f"/api/v1/chats/{chat['id']}/completions", json=question))
    assert "kerosene" in answer["answer"]
    disk.make_room()
    upload(client, dataset_id, ("more.txt", NOTES))


def test_an_upload_during_which_the_disk_fills_says_so_and_leaves_nothing(
    services: Services,
    member: Member,
    disk: SmallDisk,
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Raced(io.BytesIO):
        """A file while which is read somebody else takes all room."""

        def read(self, size: int | None = -1, /) -> bytes:
            disk.fill()
            return super().read(size)

    dataset = make_dataset(client)
    upload(client, dataset["id"], ("first.txt", NOTES))
    before = stored_files(disk)
    owner = services.accounts.keys.authenticate(member.api_key)

    with pytest.raises(DiskFullError, match=r"^big\.txt does not fit: the server's disk is full\."):
        services.library.uploads.upload(owner, dataset["id"], [Upload("big.txt", Raced(LONG))])

    assert "An upload could not be stored: " in caplog.text
    assert stored_files(disk) == before
    assert data_of(client.get(f"/api/v1/datasets/{dataset['id']}/documents"))["total"] == 1


@pytest.mark.parametrize("count", [2_000, 20_000], ids=["small", "large"])
def test_deleting_makes_room_on_a_disk_that_is_full_to_the_last_byte(
    site: Site, disk: SmallDisk, client: FlaskClient, services: Services, count: int
) -> None:
    path = done(site, "long.txt", watches(count))
    truncate_logs(disk)
    disk.fill()
    assert disk.free() == 0
    refused(client.post("/api/v1/datasets", json={"name": "one more"}), 507, 105)

    ids = {"ids": [path.rpartition("/")[2]]}
    data_of(client.delete(f"{folder_of(path)}/documents", json=ids))

    assert not stored_files(disk)
    assert data_of(client.get(f"{folder_of(path)}/documents"))["total"] == 0
    if count < 20_000:  # to forget a larger one, more has to be written than there is room for yet
        assert not site.found(path, "quiet")
        assert disk.free() > 0
    disk.make_room()
    site.tidy()
    assert not site.found(path, "quiet")
    assert services.library.disk.take_ballast()
    assert (disk.folder / "data" / BALLAST).exists()


def test_a_parse_that_meets_the_reserve_waits_and_is_done_later(
    site: Site, disk: SmallDisk
) -> None:
    path = site.document("long.txt", LONG)
    site.parse(path)
    disk.fill(leave=RESERVE)

    site.run(site.claim())

    assert site.states(path) == ["pending"]
    assert site.tasks(path)[0]["attempts"] == 0
    assert "Waits for room" in site.tasks(path)[0]["progress_msg"]
    assert site.shown(path)["run"] == "RUNNING"
    disk.make_room()
    site.work()
    assert site.shown(path)["run"] == "DONE"
    text = "".join(chunk["content"] for chunk in site.chunks(path))
    assert {int(number) for number in re.findall(r"Watch (\d{6})", text)} == set(range(20_000))
    site.assert_consistent(path)


def test_a_task_for_which_nothing_can_be_written_is_put_back_when_there_is_room(
    site: Site, disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.document("long.txt", LONG)
    site.parse(path)
    task = site.claim()
    truncate_logs(disk)
    disk.fill()

    with site.working(task):
        wait_until(lambda: "waits for room" in caplog.text)
        assert site.states(path) == ["running"]
        disk.make_room()

    assert site.states(path) == ["pending"]
    assert site.tasks(path)[0]["attempts"] == 0
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_claiming_on_a_full_disk_says_so(site: Site, disk: SmallDisk) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    truncate_logs(disk)
    disk.fill()
    with pytest.raises(DiskFullError):
        site.services.tasks.claim("worker")
    disk.make_room()
    assert site.work() == 1
    assert site.shown(path)["run"] == "DONE"


def test_ready_goes_on_and_tells_of_the_disk_without_its_place(
    site: Site, disk: SmallDisk, anonymous: FlaskClient
) -> None:
    done(site, "notes.txt", NOTES)
    disk.fill()

    answer = anonymous.get("/ready")

    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["parts"]["disk"]["status"] == "error"
    assert str(disk.folder) not in answer.text
    assert not stored_files(disk)[1:]
    disk.make_room()
    assert anonymous.get("/ready").json["status"] == "ready"

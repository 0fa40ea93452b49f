"""A whole server whose disk fills up: who dies comes back, and all goes on with the room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.disks import SmallDisk, small_disk
from tests.running import Server, server_on, wait_until

MEGABYTES = 60
TEXT = b"".join(b"Watch %06d was quiet, and the sea was calm.\n" % n for n in range(3_000))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", MEGABYTES) as mounted:
        yield mounted


@pytest.fixture
def server(disk: SmallDisk) -> Iterator[Server]:
    with server_on(disk.folder, RAGLAN_WORKER__LEASE="3") as running:
        yield running


def metrics(server: Server) -> str:
    answer = requests.get(f"{server.url}/metrics", timeout=10)
    assert answer.status_code == 200
    return answer.text


def kill_workers(server: Server) -> None:
    """Kill all workers and wait until there are others."""
    victims = [*server.web_workers(), *server.ingest_workers()]
    gone = {victim.pid for victim in victims}
    for victim in victims:
        victim.kill()
    wait_until(
        lambda: len({item.pid for item in server.web_workers()} - gone) == 2, "new web workers"
    )


def kill_master(server: Server) -> None:
    """Kill gunicorn's master and wait until there is another web server."""
    workers = {item.pid for item in server.web_workers()}
    [master] = [item for item in server.running("gunicorn_config.py") if item.pid not in workers]
    master.kill()
    wait_until(lambda: not master.is_running() and server.is_ready(), "another web server")


def test_a_full_disk_takes_nobody_down_and_all_goes_on_with_the_room(
    server: Server, disk: SmallDisk
) -> None:
    dataset = server.dataset()
    [first, second] = server.upload(dataset, ("first.txt", TEXT), ("second.txt", TEXT + b"end"))
    server.parse(dataset, [first])
    assert server.finished(dataset, first)["run"] == "DONE"
    server.parse(dataset, [second])
    disk.fill()

    kill_workers(server)
    wait_until(lambda: server.found(dataset, "calm"), "searches to go on")
    kill_master(server)
    wait_until(lambda: server.found(dataset, "calm"), "searches to go on")
    kill_workers(server)  # who was started on a full disk, and dies there, too
    wait_until(lambda: server.found(dataset, "calm"), "searches to go on")
    wait_until(lambda: "raglan_disk_low 1.0" in metrics(server), "metrics to tell of the disk")
    assert requests.get(f"{server.url}/ready", timeout=10).json()["status"] == "degraded"

    disk.make_room()

    assert server.finished(dataset, second)["run"] == "DONE"
    [third] = server.upload(dataset, ("third.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [third])
    assert server.finished(dataset, third)["run"] == "DONE"
    wait_until(
        lambda: (
            'raglan_processes{role="web"} 2.0' in metrics(server)
            and 'raglan_processes{role="worker"} 1.0' in metrics(server)
        ),
        "metrics of all processes",
    )
    assert "signal BUS" not in server.log
    assert "Traceback" not in server.log


def test_a_server_whose_supervisor_died_starts_on_a_disk_that_is_full(
    server: Server, disk: SmallDisk
) -> None:
    dataset = server.dataset()
    [document] = server.upload(dataset, ("first.txt", TEXT))
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    ballast = disk.folder / "ballast"
    wait_until(ballast.exists, "the ballast")
    disk.fill()
    server.kill_everything()

    server.start()

    assert server.found(dataset, "calm")
    disk.make_room()
    [another] = server.upload(dataset, ("second.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [another])
    assert server.finished(dataset, another)["run"] == "DONE"
    wait_until(ballast.exists, "the ballast again")
    assert "signal BUS" not in server.log

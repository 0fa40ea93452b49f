"""What a document tells of its runs."""

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site
from tests.functional.library import data_of, refused

STAGES = {"parsing", "embedding", "storing", "indexing"}


def test_a_run_tells_its_stages_and_its_worker(site: Site) -> None:
    path = site.document("lamp.txt", b"The lamp burns at night.")
    assert data_of(site.client.get(f"{path}/timeline")) == {"tasks": []}
    site.parse(path)
    [waiting] = data_of(site.client.get(f"{path}/timeline"))["tasks"]
    assert (waiting["state"], waiting["attempts"], waiting["seconds"]) == ("pending", 0, {})
    task = site.claim()
    [running] = data_of(site.client.get(f"{path}/timeline"))["tasks"]
    assert (running["state"], running["worker"]) == ("running", task.owner)
    site.run(task)
    [done] = data_of(site.client.get(f"{path}/timeline"))["tasks"]
    assert (done["state"], done["attempts"], done["worker"]) == ("done", 1, task.owner)
    assert done["seconds"].keys() == STAGES
    assert done["seconds"]["parsing"] > 0
    assert done["chunk_count"] == 1
    assert done["queued_time"] <= done["started_time"] <= done["finished_time"]
    assert any("Start to parse" in line for line in done["remarks"])


def test_a_failure_tells_its_reason_and_runs_come_newest_first(site: Site) -> None:
    path = site.document("broken.pdf", b"%PDF-1.7 broken")
    site.parse(path)
    site.work()
    [failed] = data_of(site.client.get(f"{path}/timeline"))["tasks"]
    assert failed["state"] == "failed"
    assert "damaged" in failed["error"]
    site.parse(path)
    tasks = data_of(site.client.get(f"{path}/timeline"))["tasks"]
    assert [task["run"] for task in tasks] == [2, 1]


@pytest.mark.databases("sqlite")
def test_strangers_see_no_timeline(site: Site, stranger: FlaskClient) -> None:
    path = site.document("lamp.txt", b"x")
    refused(stranger.get(f"{path}/timeline"), 404, 102)

"""What the server forgets by itself: sessions that have expired, tasks that ended long ago."""

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.account import Session
from api.db.models.cleanup import Cleanup
from api.db.models.document import Task
from api.jobs.background import clean_up, expire
from api.leases.fencing import DeposedError
from api.services.operations.retention import ROWS_AT_ONCE
from rag.ingestion.process import ParserProcess
from tests.functional.conftest import Member, client_with, credentials_of
from tests.functional.ingesting import Site
from tests.functional.library import code_of

DAY = 24 * 3600 * 1000
NOTES = b"The keeper lights the lamp at dusk.\n"
TOKEN = 1


@pytest.fixture
def site(services: Services, client: FlaskClient) -> Site:
    """Compose a server."""
    return Site(services, client, ParserProcess())


def expire_all(services: Services) -> None:
    """Do all the steps of a round."""
    while expire(services, TOKEN):
        pass


def done(site: Site, name: str = "notes.txt") -> str:
    """Make a document that is done, with its task."""
    path = site.document(name, NOTES, dataset=name)
    site.parse(path)
    site.work()
    assert site.states(path) == ["done"]
    return path


def age(site: Site, path: str, days: int, **columns: object) -> None:
    """Date the last change of a document's tasks back by some days."""
    document_id = path.split("/")[6]
    site.set_rows(
        Task, Task.document_id == document_id, update_time=now_ms() - days * DAY, **columns
    )


def sessions_of(services: Services, member: Member) -> int:
    """Return how many sessions of a user are kept."""
    return len(services.accounts.sessions.list_sessions(member.account.id))


def age_sessions(services: Services, days: int) -> None:
    """Date the start of all sessions back by some days."""
    with connection(services.database):
        Session.update(create_time=now_ms() - days * DAY).execute()


def test_an_expired_session_is_forgotten(
    app: Flask, services: Services, member: Member, console: FlaskClient
) -> None:
    expire_all(services)
    assert code_of(console.get("/v1/user/info")) == 0
    age_sessions(services, 31)
    services.sign_in.passwords.sign_in(credentials_of(member))
    assert sessions_of(services, member) == 2

    expire_all(services)

    assert sessions_of(services, member) == 1
    assert code_of(console.get("/v1/user/info")) == 401
    assert client_with(app, member.api_key).get("/api/v1/datasets").status_code == 200


def test_tasks_that_ended_long_ago_are_forgotten(site: Site) -> None:
    old, recent = done(site, "old.txt"), done(site, "recent.txt")
    before = site.shown(old)
    age(site, old, 31)
    age(site, recent, 29)

    expire_all(site.services)

    assert site.tasks(old) == []
    assert len(site.tasks(recent)) == 1
    assert site.shown(old) == before
    site.assert_consistent(old)
    site.parse(old)
    site.work()
    assert site.shown(old)["run"] == "DONE"


@pytest.mark.parametrize(
    "columns", [{"state": "running"}, {"state": "pending"}, {"cleaned": False}]
)
def test_tasks_that_are_needed_stay_however_old(site: Site, columns: dict[str, Any]) -> None:
    path = done(site)
    age(site, path, 400, **columns)

    expire_all(site.services)

    assert len(site.tasks(path)) == 1


def test_the_parts_of_a_run_stay_until_it_ends(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    site.claim()
    age(site, path, 400, state="done", cleaned=True)

    expire_all(site.services)

    assert len(site.tasks(path)) == 1


def test_a_deposed_holder_forgets_nothing(site: Site, member: Member, console: FlaskClient) -> None:
    path = done(site)
    age(site, path, 31)
    services = site.services
    with connection(services.database), services.database.atomic():
        services.fencing.check(TOKEN + 1)

    with pytest.raises(DeposedError):
        expire(services, TOKEN)
    age_sessions(services, 31)
    with pytest.raises(DeposedError):
        expire(services, TOKEN)

    assert len(site.tasks(path)) == 1
    assert console is not None
    assert sessions_of(services, member)


def test_many_tasks_are_gone_through_step_by_step(site: Site) -> None:
    old = now_ms() - 31 * DAY
    rows = [
        {
            "tenant_id": "t",
            "dataset_id": "d",
            "document_id": "gone",
            "generation": number,
            "state": "dead",
            "cleaned": True,
            "update_time": old,
        }
        for number in range(ROWS_AT_ONCE + 1)
    ]
    with connection(site.services.database):
        Task.insert_many(rows).execute()

    assert expire(site.services, TOKEN) == ROWS_AT_ONCE
    assert len(site.rows(Task, Task.document_id == "gone")) == 1
    assert expire(site.services, TOKEN) == 1
    assert site.rows(Task, Task.document_id == "gone") == []
    assert expire(site.services, TOKEN) == 0


class TestForEver:
    """Where the settings say that tasks are kept."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Set the retention of tasks to for ever."""
        retention = settings.retention.model_copy(update={"task_days": 0})
        return settings.model_copy(update={"retention": retention})

    def test_tasks_are_kept(self, site: Site) -> None:
        path = done(site)
        age(site, path, 4000)

        expire_all(site.services)

        assert len(site.tasks(path)) == 1


def noted(services: Services, kind: str, minutes: int) -> str:
    """Record work that is due, and has been for some minutes."""
    with connection(services.database):
        row = Cleanup.create(
            kind=kind, dataset_id="d", not_before=1, create_time=now_ms() - minutes * 60_000
        )
    return str(row.id)


@pytest.mark.parametrize(
    ("minutes", "least", "most"), [(0, 5, 10), (10, 595, 700), (600, 3500, 3600)]
)
def test_work_of_an_unknown_kind_stays_waits_longer_each_time_and_stops_nothing(
    services: Services,
    minutes: int,
    least: int,
    most: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    unknown = noted(services, "unheard", minutes)
    known = noted(services, "upload", 0)
    with connection(services.database):
        Cleanup.update(storage_key="d/x").where(Cleanup.id == known).execute()

    clean_up(services, TOKEN)

    with connection(services.database):
        [row] = list(Cleanup.select().dicts())
    assert row["id"] == unknown
    assert least <= row["not_before"] / 1000 - time.time() <= most
    assert "This version knows no work of the kind unheard." in caplog.text

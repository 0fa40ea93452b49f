"""A database that goes away while a worker is busy, and comes back."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.errors import UnavailableError
from api.http.application import attach, create_app
from api.jobs.background import recover_tasks
from api.leases.database import migration_lease
from api.worker import Worker
from rag.ingestion.process import ParserProcess
from rag.llm.hashing import HashingEmbedder
from tests.databases import PostgresqlMaker
from tests.functional.conftest import client_with, join
from tests.functional.ingesting import PATIENCE, Site, wait_until
from tests.model_endpoint import ModelEndpoint, Reply, vectors

NOTES = b"The keeper lights the lamp at dusk.\n"


class Outage:
    """Shuts a database of PostgreSQL, and opens it again."""

    def __init__(self, url: str) -> None:
        """Shut the database at `url`, not yet."""
        server, _, self._name = url.rpartition("/")
        self._admin = f"{server}/postgres"

    def begin(self) -> None:
        """Close all connections and refuse new ones."""
        self._allow(is_allowed="false")
        with psycopg.connect(self._admin, autocommit=True) as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(cut, [self._name])

    def end(self) -> None:
        """Accept connections again."""
        self._allow(is_allowed="true")

    def _allow(self, is_allowed: str) -> None:
        statement = SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(statement.format(Identifier(self._name), SQL(is_allowed)))


@pytest.fixture
def url(postgresql_maker: PostgresqlMaker) -> str:
    """Make a database of the test's own, without tables."""
    return postgresql_maker.empty()


@pytest.fixture
def services(url: str, tmp_path: Path, endpoint: ModelEndpoint) -> Iterator[Services]:
    """Compose the services of a server on it."""
    environment = {
        "RAGLAN_DATA_DIR": str(tmp_path),
        "RAGLAN_DATABASE__URL": url,
        "RAGLAN_WORKER__LEASE": "0.5",
        "RAGLAN_WORKER__POLL_INTERVAL": "0.05",
        "RAGLAN_WORKER__RETRY_DELAY": "0.01",
        "RAGLAN_MODELS__EMBEDDING_MODEL": "hashing@Endpoint",
        "RAGLAN_MODELS__EMBEDDING_BASE_URL": endpoint.url,
    }
    composed = build(load_settings(environment))
    yield composed
    composed.chunk_store.close()
    composed.database.close_all()


def test_a_worker_outlives_an_outage_of_the_database(
    services: Services, url: str, endpoint: ModelEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    outage, opened = Outage(url), threading.Event()

    def pieces() -> Iterator[bytes]:
        assert opened.wait(PATIENCE)
        texts = endpoint.received[-1].body["input"]
        yield from vectors(HashingEmbedder(16).embed_documents(texts).tolist()).pieces

    endpoint.script.append(Reply(pieces=pieces()))
    outage.begin()
    worker = Worker(services)
    thread = threading.Thread(target=worker.run)
    caplog.set_level("INFO")
    thread.start()
    try:
        wait_until(lambda: "Waiting: The database does not answer now" in caplog.text)
        outage.end()
        wait_until(lambda: "Waiting: The database is not migrated yet" in caplog.text)
        migrate(services.database, migration_lease(services.database))
        site = site_of(services)
        path = site.document("notes.txt", NOTES)
        site.parse(path)
        wait_until(lambda: endpoint.received)

        outage.begin()
        wait_until(lambda: "could not tell that it lives" in caplog.text)
        with pytest.raises(UnavailableError):
            recover_tasks(services, 1)
        opened.set()
        wait_until(lambda: "The worker could not go on and tries again" in caplog.text)
        outage.end()

        wait_until(lambda: recover_tasks(services, 1) or site.shown(path)["run"] == "DONE")
        wait_until(lambda: site.shown(path)["run"] == "DONE")
        wait_until(lambda: all(task["cleaned"] for task in site.tasks(path)))
        site.assert_consistent(path)
    finally:
        opened.set()
        worker.stop(signal.SIGTERM, None)
        thread.join(PATIENCE)
    assert not thread.is_alive()


def site_of(services: Services) -> Site:
    """Make a user who works with the server."""
    app = create_app()
    attach(app, services)
    client = client_with(app, join(services, "member@example.org").api_key)
    return Site(services, client, ParserProcess())

"""A whole server in this process: its pages under Flask's test client, its parts real."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.http.application import attach, create_app
from api.http.process import WebProcess, install, web_process
from api.services.accounts.records import AccountRecord
from api.services.accounts.values import Credentials, NewAccount
from rag.ingestion.process import ParserProcess
from tests.functional.corpus import Corpus, lay_down
from tests.functional.ingesting import Site
from tests.functional.talking import talking_to
from tests.model_endpoint import ModelEndpoint, serve
from tests.support.walks import watched

PASSWORD = "correct horse battery staple"

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The real hash at the least cost: what it costs in earnest is proved with whole servers."""


@dataclass(frozen=True)
class Member:
    """An account of the test with an API key of its own."""

    account: AccountRecord
    api_key: str


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Return settings of a server that nobody has started before."""
    environment = {
        "RAGLAN_DATA_DIR": str(tmp_path / "data"),
        "RAGLAN_DATABASE__URL": database_url,
        "RAGLAN_WORKER__RETRY_DELAY": "0.01",
    }
    (tmp_path / "data").mkdir()
    return load_settings(environment, conf_dir=tmp_path)  # reading the shipped file is slow


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    """Run an endpoint with a model that assistants of this test use by default."""
    with serve() as running:
        yield running


@pytest.fixture
def services(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Services]:
    """Compose the services of the server, on an empty database."""
    if "endpoint" in request.fixturenames:
        settings = talking_to(settings, request.getfixturevalue("endpoint"))
    composed = build(settings)
    composed.accounts.accounts.passwords.hasher = QUICK
    composed.stores.knowledge_files.patience = 0  # no ingest worker is there to be waited for
    yield composed
    composed.chunk_store.close()
    composed.database.close_all()


@pytest.fixture(scope="session")
def pages() -> Flask:
    """Make the application once: compiling its routes takes longer than most tests."""
    return create_app()


@pytest.fixture
def app(pages: Flask, services: Services) -> Iterator[Flask]:
    """Attach the services of the test to the application; it may change its configuration."""
    config, extensions = dict(pages.config), dict(pages.extensions)
    install(pages, WebProcess(web_process(pages).doors))
    attach(pages, services)
    try:
        with watched(services.database):
            yield pages
    finally:
        for kept, before in ((pages.config, config), (pages.extensions, extensions)):
            kept.clear()
            kept.update(before)


@pytest.fixture
def member(services: Services) -> Member:
    """Make the account that `client` speaks for."""
    return join(services, "member@example.org")


@pytest.fixture
def client(app: Flask, member: Member) -> FlaskClient:
    """Return a client with an API key of `member`."""
    return client_with(app, member.api_key)


@pytest.fixture
def stranger(app: Flask, services: Services) -> FlaskClient:
    """Return a client with an API key of somebody else."""
    return client_with(app, join(services, "stranger@example.org").api_key)


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    """Return a client without a key."""
    return app.test_client()


@pytest.fixture
def console(app: Flask, services: Services, member: Member) -> FlaskClient:
    """Return a client that has signed in as `member`."""
    return client_with(app, services.sign_in.passwords.sign_in(credentials_of(member)).token)


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    """Create a dataset of `member` with a searchable document."""
    return lay_down(services, member.account.id)


@pytest.fixture(scope="session")
def process() -> Iterator[ParserProcess]:
    """Run a parser process that is warm after the first test."""
    with ParserProcess() as running:
        yield running


@pytest.fixture(scope="session")
def spare() -> Iterator[ParserProcess]:
    """Run another one, of a worker beside the first; to start one takes longer than most tests."""
    with ParserProcess() as running:
        yield running


@pytest.fixture
def site(
    services: Services, client: FlaskClient, process: ParserProcess, spare: ParserProcess
) -> Site:
    """Compose a server and a worker."""
    return Site(services, client, process, spare)


def join(services: Services, email: str) -> Member:
    """Make an account with an API key."""
    account = services.accounts.accounts.create_user(NewAccount(email, PASSWORD))
    return Member(account, services.accounts.keys.create(account.principal).key)


def credentials_of(member: Member) -> Credentials:
    """Return that with which a member signs in."""
    return Credentials(member.account.email, PASSWORD)


def client_with(app: Flask, token: str) -> FlaskClient:
    """Return a client that sends a key or session token with every request."""
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made

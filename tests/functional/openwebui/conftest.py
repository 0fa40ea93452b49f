"""Somebody who has signed in as Open WebUI's front end does it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.services.accounts.records import Principal
from api.services.people.records import AccountRole
from tests.functional.conftest import PASSWORD, Member, client_with, join
from tests.functional.openwebui.front import Front


def signed_in(app: Flask, email: str) -> FlaskClient:
    """Return a client that carries the token of a new session, and no cookie."""
    client = app.test_client(use_cookies=False)
    answer = client.post("/api/v1/auths/signin", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client_with(app, answer.json["token"])


@pytest.fixture
def web(app: Flask, member: Member) -> FlaskClient:
    """Return a client that has signed in as `member`."""
    return signed_in(app, member.account.email)


@pytest.fixture
def other(app: Flask, services: Services) -> FlaskClient:
    """Return a client that has signed in as somebody else."""
    return signed_in(app, join(services, "other@example.org").account.email)


@pytest.fixture
def admin(app: Flask, services: Services) -> FlaskClient:
    """Return a client that has signed in as the only administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return signed_in(app, "admin@example.org")


@pytest.fixture
def front(services: Services, member: Member) -> Front:
    """Return a person before the front end."""
    return Front(services, Principal(member.account.id, member.account.id))

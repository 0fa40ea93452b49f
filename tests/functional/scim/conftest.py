"""An identity provider before a server."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.services.accounts.records import AccountRole
from api.services.accounts.scopes import Scope
from api.services.accounts.values import WantedKey
from tests.functional.conftest import Member, client_with, join

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USERS = "/scim/v2/Users"


@pytest.fixture
def administrator(services: Services) -> Member:
    """Make the one administrator of the server."""
    made = join(services, "root@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return made


@pytest.fixture
def provider(app: Flask, services: Services, administrator: Member) -> FlaskClient:
    """Return an identity provider, with a key for SCIM alone."""
    wanted = WantedKey("provider", scope=Scope(doors=frozenset({"scim"})))
    made = services.accounts.keys.make(administrator.account.principal, wanted)
    return client_with(app, made.key)


def person(name: str, **more: object) -> dict[str, object]:
    """Return a person as identity providers send them."""
    return {
        "schemas": [USER],
        "userName": name,
        "externalId": f"ext-{name}",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "active": True,
        **more,
    }


def made(provider: FlaskClient, name: str = "ada@example.org", **more: object) -> dict[str, Any]:
    """Make a person, and return the resource."""
    answer = provider.post(USERS, json=person(name, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def patched(
    provider: FlaskClient, user_id: str, *operations: Mapping[str, object], status: int = 200
) -> dict[str, Any]:
    """Change a person, and return what is answered."""
    body = {"schemas": [PATCH], "Operations": list(operations)}
    answer = provider.patch(f"{USERS}/{user_id}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/scim+json"
    found: dict[str, Any] = answer.json
    return found

"""Models that are granted to others: used by their names, with a key that nobody sees."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from api.errors import ArgumentError
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, client_with, join
from tests.functional.library import API, data_of, refused
from tests.model_endpoint import ModelEndpoint, serve

MODELS = f"{API}/models"
GRANTS = f"{MODELS}/grants"
PROVIDER = "OpenAI-API-Compatible"
MODEL = {"provider": PROVIDER, "name": "shared", "type": "chat"}
NAME = f"shared@{PROVIDER}"
KEY = "sk-0123456789abcdef"


@pytest.fixture
def place() -> Iterator[ModelEndpoint]:
    """Run an endpoint that no setting names."""
    with serve() as running:
        yield running


@pytest.fixture
def owner(
    client: FlaskClient, services: Services, member: Member, place: ModelEndpoint
) -> FlaskClient:
    """Return a client of an administrator who has added a model."""
    services.people.people.set_role(member.account.id, AccountRole.ADMINISTRATOR)
    data_of(client.post(MODELS, json={**MODEL, "base_url": place.url, "api_key": KEY}))
    return client


@pytest.fixture
def other(services: Services) -> Member:
    return join(services, "other@example.org")


def grant(owner: FlaskClient, *subjects: tuple[str, str]) -> None:
    """Grant the model to these alone."""
    given = [{"subject": subject, "name": name} for subject, name in subjects]
    found = data_of(owner.put(GRANTS, json={**MODEL, "grants": given}))
    assert [one["subject"] for one in found] == [subject for subject, _ in subjects]


def names(client: FlaskClient) -> list[str]:
    return [model["model"] for model in data_of(client.get(MODELS, query_string={"type": "chat"}))]


def can_use(services: Services, member: Member, name: str = NAME) -> bool:
    try:
        services.models.models.check(member.account.id, "chat", name)
    except ArgumentError:
        return False
    return True


def test_a_model_is_used_by_those_to_whom_it_is_granted_until_it_ends(
    app: Flask, services: Services, owner: FlaskClient, other: Member, place: ModelEndpoint
) -> None:
    theirs = client_with(app, other.api_key)
    assert (NAME in names(theirs), can_use(services, other)) == (False, False)
    body = {"name": "Keepers", "user_ids": [other.account.id]}
    data_of(owner.post(f"{API}/groups", json=body))
    for subject in (("user", other.account.email), ("group", "Keepers"), ("everybody", "")):
        grant(owner, subject)
        assert NAME in names(theirs)
        assert can_use(services, other)
        assert can_use(services, other, "shared")  # without its provider
        grant(owner)
        assert (NAME in names(theirs), can_use(services, other)) == (False, False), subject
    grant(owner, ("everybody", ""))
    found = data_of(theirs.post(f"{MODELS}/test", json={"model": NAME, "type": "chat"}))
    assert found["ok"], found
    assert place.received[-1].headers["Authorization"] == f"Bearer {KEY}"
    [shown] = [one for one in data_of(theirs.get(MODELS)) if one["model"] == NAME]
    assert (shown["base_url"], KEY in str(shown), place.url in str(shown)) == ("", False, False)
    data_of(owner.patch(MODELS, json={**named(), "is_on": False}))
    assert (NAME in names(theirs), can_use(services, other)) == (False, False)


def named() -> dict[str, str]:
    return {"provider": PROVIDER, "name": "shared"}


def test_only_its_owner_grants_changes_and_deletes_it(
    app: Flask, owner: FlaskClient, other: Member
) -> None:
    grant(owner, ("everybody", ""))
    theirs = client_with(app, other.api_key)
    assert theirs.get(GRANTS, query_string=MODEL).status_code == 403
    assert theirs.put(GRANTS, json={**MODEL, "grants": []}).status_code == 403
    assert refused(theirs.delete(MODELS, json=named()), 404, 102)
    for change in ({"is_on": False}, {"type": "chat", "context": 5}):
        assert theirs.patch(MODELS, json={**named(), **change}).status_code == 403
    assert [one["level"] for one in data_of(owner.get(GRANTS, query_string=MODEL))] == ["read"]


@pytest.mark.databases("sqlite")
def test_who_manages_it_says_who_uses_it_and_no_more(
    app: Flask, owner: FlaskClient, other: Member
) -> None:
    given = [{"subject": "user", "name": other.account.email, "level": "manage"}]
    data_of(owner.put(GRANTS, json={**MODEL, "grants": given}))
    theirs = client_with(app, other.api_key)
    assert [one["level"] for one in data_of(theirs.get(GRANTS, query_string=MODEL))] == ["manage"]
    wanted = [*given, {"subject": "everybody"}]
    assert len(data_of(theirs.put(GRANTS, json={**MODEL, "grants": wanted}))) == 2
    assert refused(theirs.delete(MODELS, json=named()), 404, 102)
    data_of(theirs.patch(MODELS, json={**named(), "is_on": False}))
    left = data_of(theirs.put(GRANTS, json={**MODEL, "grants": given}))  # though it is off
    assert [one["level"] for one in left] == ["manage"]


@pytest.mark.databases("sqlite")
def test_who_may_write_changes_all_but_its_address_and_its_end(
    app: Flask, services: Services, owner: FlaskClient, other: Member, place: ModelEndpoint
) -> None:
    given = [{"subject": "user", "name": other.account.email, "level": "write"}]
    data_of(owner.put(GRANTS, json={**MODEL, "grants": given}))
    theirs = client_with(app, other.api_key)

    def seen() -> dict[str, object]:
        [model] = [one for one in data_of(theirs.get(MODELS)) if one["model"] == NAME]
        return {name: model[name] for name in ("context", "base_url", "is_on", "level")}

    body = {**named(), "type": "chat", "context": 4096, "api_key": "sk-another-key"}
    data_of(theirs.patch(MODELS, json={**body, "base_url": "http://elsewhere.example.org"}))
    assert seen() == {"context": 4096, "base_url": "", "is_on": True, "level": "write"}
    data_of(owner.post(f"{MODELS}/test", json={"model": NAME, "type": "chat"}))
    assert place.received[-1].headers["Authorization"] == "Bearer sk-another-key"
    data_of(theirs.patch(MODELS, json={**named(), "is_on": False}))
    assert (seen()["is_on"], can_use(services, other)) == (False, False)
    data_of(theirs.patch(MODELS, json={**named(), "is_on": True}))
    assert (seen()["is_on"], can_use(services, other)) == (True, True)
    assert theirs.get(GRANTS, query_string=MODEL).status_code == 403
    assert refused(theirs.delete(MODELS, json=named()), 404, 102)
    data_of(owner.post(MODELS, json={**MODEL, "type": "rerank", "base_url": place.url}))
    assert theirs.patch(MODELS, json={**named(), "is_on": False}).status_code == 403  # of both
    for wrong in ({}, {"context": 4096}, {"type": "embedding", "api_key": "sk"}):
        assert theirs.patch(MODELS, json={**named(), **wrong}).status_code in {400, 403, 404}, wrong


@pytest.mark.databases("sqlite")
def test_grants_end_with_the_model_its_provider_and_its_owner(
    services: Services, owner: FlaskClient, member: Member, place: ModelEndpoint
) -> None:
    def kept() -> int:
        with connection(services.database):
            return len(rows(services.database, "SELECT id FROM access_grant"))

    chief = join(services, "chief@example.org")
    services.people.people.set_role(chief.account.id, AccountRole.ADMINISTRATOR)
    for end in (
        lambda: data_of(owner.delete(MODELS, json=named())),
        lambda: data_of(owner.delete(f"{MODELS}/providers", json={"provider": PROVIDER})),
        lambda: services.people.people.erase(member.account.id),
    ):
        data_of(owner.post(MODELS, json={**MODEL, "base_url": place.url, "api_key": KEY}))
        grant(owner, ("everybody", ""))
        assert kept() == 1
        end()
        assert kept() == 0
        assert not can_use(services, chief)


@pytest.mark.databases("sqlite")
def test_ones_own_model_of_the_name_comes_first(
    services: Services, app: Flask, owner: FlaskClient, other: Member, place: ModelEndpoint
) -> None:
    grant(owner, ("everybody", ""))
    services.people.people.set_role(other.account.id, AccountRole.ADMINISTRATOR)
    theirs = client_with(app, other.api_key)
    data_of(theirs.post(MODELS, json={**MODEL, "base_url": place.url, "api_key": "sk-of-my-own"}))
    assert names(theirs).count(NAME) == 1
    data_of(theirs.post(f"{MODELS}/test", json={"model": NAME, "type": "chat"}))
    assert place.received[-1].headers["Authorization"] == "Bearer sk-of-my-own"

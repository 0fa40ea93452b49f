"""Permissions: what users may not do at all, what groups give back, and how each door says so."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.http.permissions import ENDPOINTS, PLACES, needed
from api.permissions import DOORS, OF_DOOR, PERMISSIONS
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, client_with, join
from tests.functional.library import API, data_of, make_dataset, refused

pytestmark = pytest.mark.databases("sqlite")

WRITES: Mapping[str, tuple[str, str, Any]] = {
    "datasets": ("POST", f"{API}/datasets", {"name": "new"}),
    "assistants": ("POST", f"{API}/chats", {"name": "new"}),
    "sharing": ("POST", f"{API}/tenants/{{me}}/users", {"email": "stranger@example.org"}),
    "keys": ("POST", f"{API}/system/tokens", {}),
    "models": ("POST", "/v1/llm/set_api_key", {"llm_factory": "OpenAI", "api_key": "x"}),
    "settings": ("POST", "/v1/user/set_tenant_info", {"llm_id": "x"}),
}
"""A page for each permission that is no door's."""

AT_DOORS: Mapping[str, tuple[str, str]] = {
    "anthropic": ("POST", "/v1/messages"),
    "console": ("GET", "/v1/user/info"),
    "dify": ("POST", "/api/v1/dify/retrieval"),
    "mcp": ("POST", "/mcp"),
    "ollama": ("GET", "/api/tags"),
    "openai": ("GET", "/v1/models"),
    "reading": ("PUT", "/process"),
    "rerank": ("POST", "/v1/rerank"),
    "rest": ("GET", f"{API}/datasets"),
}


@pytest.fixture
def administrator(app: Flask, services: Services) -> FlaskClient:
    """Return a client of an administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return client_with(app, made.api_key)


def deny(services: Services, *names: str) -> None:
    """Deny permissions to users, as a changed setting does."""
    services.live.take(Settings(auth=AuthSettings(denied=", ".join(names))))


def ask(client: FlaskClient, member: Member, name: str) -> Any:
    """Ask the page of a permission."""
    method, path, body = WRITES[name]
    return client.open(path.format(me=member.account.id), method=method, json=body)


@pytest.mark.parametrize("name", WRITES)
def test_what_is_denied_is_refused_by_its_name_and_given_back_by_a_group(
    services: Services,
    client: FlaskClient,
    administrator: FlaskClient,
    member: Member,
    stranger: FlaskClient,
    name: str,
) -> None:
    make_dataset(client, "kept")
    assert ask(client, member, name).status_code != 403
    deny(services, name)
    told = ask(client, member, name)
    assert told.status_code in {200, 403}  # the console's errors go with 200
    assert told.json["code"] == 103
    assert f"permission `{name}`" in told.json["message"]
    assert [one["name"] for one in data_of(client.get(f"{API}/datasets"))][-1] == "kept"
    mine = data_of(client.get(f"{API}/users/me/permissions"))["permissions"]
    assert set(PERMISSIONS) - set(mine) == {name}
    assert "permission" not in str(ask(administrator, member, name).json.get("message"))
    group = data_of(
        administrator.post(f"{API}/groups", json={"name": "g", "user_ids": [member.account.id]})
    )["id"]
    place = f"{API}/groups/{group}/permissions"
    data_of(administrator.put(place, json={"permissions": [name, name]}))
    assert data_of(administrator.get(place)) == {"permissions": [name]}
    assert f"permission `{name}`" not in str(ask(client, member, name).json.get("message"))
    assert f"permission `{name}`" in ask(stranger, member, name).json["message"]
    data_of(administrator.delete(f"{API}/groups/{group}"))
    assert f"permission `{name}`" in ask(client, member, name).json["message"]


@pytest.mark.parametrize("door", AT_DOORS)
def test_each_door_refuses_in_its_own_form(
    services: Services, client: FlaskClient, door: str
) -> None:
    deny(services, f"door:{door}")
    method, path = AT_DOORS[door]
    with client.open(path, method=method, json={} if method == "POST" else None) as answer:
        assert f"permission `door:{door}`" in answer.text
        assert answer.status_code in {403, 200}
    others = [name for name in AT_DOORS if name != door and AT_DOORS[name][0] == "GET"]
    for other in others:
        with client.open(AT_DOORS[other][1]) as answer:
            assert answer.status_code == 200


def test_names_that_are_no_permissions_are_refused(administrator: FlaskClient) -> None:
    group = data_of(administrator.post(f"{API}/groups", json={"name": "g"}))["id"]
    place = f"{API}/groups/{group}/permissions"
    assert "permission" in refused(administrator.put(place, json={"permissions": ["x"]}), 400, 101)
    body = {"settings": {"auth.denied": "datasets, everything"}, "version": 0}
    told = refused(administrator.patch(f"{API}/system/settings", json=body), 400, 101)
    assert "everything is no permission" in told


def test_every_module_and_page_of_the_tables_is_there(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(ENDPOINTS) <= endpoints
    assert set(PLACES) <= {endpoint.partition(".")[0] for endpoint in endpoints}
    doors = {endpoint.partition("_")[0] for endpoint in endpoints if "_" in endpoint}
    assert {f"{OF_DOOR}{name}" for name in DOORS} <= set(PERMISSIONS)
    assert set(DOORS) <= doors
    assert needed("rest_retrieval.retrieve", "POST") == ("door:rest",)

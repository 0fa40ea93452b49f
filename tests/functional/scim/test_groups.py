"""Groups by SCIM: made, found, filled, emptied, renamed and deleted."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.services.groups.queries import add_members, lock_group, member_ids
from tests.functional.scim.conftest import USERS, made

GROUPS = "/scim/v2/Groups"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def people(provider: FlaskClient, *names: str) -> list[str]:
    """Make people, and return their ids."""
    return [made(provider, f"{name}@example.org")["id"] for name in names]


def group(provider: FlaskClient, name: str, *ids: str, **more: object) -> dict[str, Any]:
    """Make a group, and return the resource."""
    members = [{"value": user_id} for user_id in ids]
    body = {"schemas": [GROUP], "displayName": name, "members": members, **more}
    answer = provider.post(GROUPS, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    assert answer.headers["Location"] == found["meta"]["location"]
    return found


def patched(
    provider: FlaskClient, group_id: str, *operations: Mapping[str, object]
) -> dict[str, Any]:
    """Change a group, and return it."""
    answer = provider.patch(f"{GROUPS}/{group_id}", json={"Operations": list(operations)})
    assert (answer.status_code, answer.data) == (204, b""), answer.text
    return shown(provider, group_id)


def shown(provider: FlaskClient, group_id: str, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = provider.get(f"{GROUPS}/{group_id}", query_string=query).json
    return found


def ids_in(found: Mapping[str, Any]) -> list[str]:
    return [member["value"] for member in found["members"]]


def test_a_group_has_people(provider: FlaskClient) -> None:
    ada, bob = people(provider, "ada", "bob")
    found = group(provider, "Keepers", ada, externalId="g-1")
    [member] = found["members"]
    assert member["value"] == ada
    assert member["$ref"].endswith(f"{USERS}/{ada}")
    assert member["type"] == "User"
    assert (found["displayName"], found["externalId"]) == ("Keepers", "g-1")
    user = provider.get(f"{USERS}/{ada}").json
    assert user["groups"] == [{"value": found["id"], "display": "Keepers", "type": "direct"}]
    for query, count in (
        ('displayName eq "keepers"', 1),
        ('displayName eq "Führung"', 0),
        ('externalId eq "g-1"', 1),
        (f'id eq "{found["id"]}" and members eq "{ada}"', 1),
        (f'members[value eq "{bob}"]', 0),
    ):
        page = provider.get(GROUPS, query_string={"filter": query}).json
        assert (page["totalResults"], page["itemsPerPage"]) == (count, count), query
    page = provider.get(GROUPS, query_string={"excludedAttributes": "members"}).json
    assert "members" not in page["Resources"][0]
    assert provider.post(f"{GROUPS}/.search", json={}).json["Resources"] == [found]
    assert provider.get(GROUPS, query_string={"filter": "active eq true"}).status_code == 400


def test_members_come_and_go_as_they_are_meant_to(provider: FlaskClient) -> None:
    ada, bob, eve, joe = people(provider, "ada", "bob", "eve", "joe")
    found = group(provider, "Keepers", ada)
    place = found["id"]
    add = {"op": "Add", "path": "members", "value": [{"value": ada}, {"value": bob}]}
    after = patched(provider, place, add)
    assert ids_in(after) == [ada, bob]
    assert patched(provider, place, add)["meta"] == after["meta"], "nothing has changed"
    gone = {"op": "Remove", "path": f'members[value eq "{ada}"]'}
    assert ids_in(patched(provider, place, gone)) == [bob]
    assert ids_in(patched(provider, place, gone)) == [bob]
    given = {"op": "remove", "path": "members", "value": [{"value": bob}, {"value": "x"}]}
    assert ids_in(patched(provider, place, {"op": "add", "value": {"members": [eve]}}, given)) == [
        eve
    ]
    whole = {"op": "replace", "path": "members", "value": [{"value": joe}, {"value": bob}]}
    assert set(ids_in(patched(provider, place, whole))) == {bob, joe}
    described = {"op": "replace", "path": f'members[value eq "{ada}"]', "value": {}}
    assert set(ids_in(patched(provider, place, described))) == {ada, bob, joe}
    assert patched(provider, place, {"op": "remove", "path": "members"})["members"] == []


def test_a_group_is_renamed_replaced_and_removed(provider: FlaskClient) -> None:
    ada, bob = people(provider, "ada", "bob")
    found = group(provider, "Keepers", ada)
    place = f"{GROUPS}/{found['id']}"
    renamed = patched(
        provider, found["id"], {"op": "replace", "value": {"id": found["id"], "displayName": "New"}}
    )
    assert (renamed["displayName"], ids_in(renamed)) == ("New", [ada])
    body = {"displayName": "Other", "members": [{"value": bob}]}
    put = provider.put(place, json=body)
    assert (put.status_code, put.json["displayName"], ids_in(put.json)) == (200, "Other", [bob])
    assert provider.put(place, json={"displayName": "Other"}).json["members"] == []
    asked = provider.patch(
        f"{place}?attributes=displayName",
        json={"Operations": [{"op": "replace", "path": "displayName", "value": "Last"}]},
    )
    assert (asked.status_code, asked.json["displayName"]) == (200, "Last")
    assert provider.delete(place).status_code == 204
    assert provider.get(place).status_code == 404
    assert provider.get(f"{USERS}/{ada}").status_code == 200


def test_versions(provider: FlaskClient) -> None:
    [ada] = people(provider, "ada")
    found = group(provider, "Keepers")
    place, old = f"{GROUPS}/{found['id']}", found["meta"]["version"]
    body = {"Operations": [{"op": "add", "path": "members", "value": [{"value": ada}]}]}
    assert provider.get(place, headers={"If-None-Match": old}).status_code == 304
    changed = provider.patch(place, json=body, headers={"If-Match": old})
    assert changed.status_code == 204
    assert changed.headers["ETag"] != old
    for answer in (
        provider.patch(place, json=body, headers={"If-Match": old}),
        provider.put(place, json={"displayName": "x"}, headers={"If-Match": old}),
        provider.delete(place, headers={"If-Match": old}),
    ):
        assert (answer.status_code, answer.json["status"]) == (412, "412")
    assert ids_in(shown(provider, found["id"])) == [ada]


def test_what_cannot_be_is_refused_and_nothing_is_changed(provider: FlaskClient) -> None:
    [ada] = people(provider, "ada")
    found = group(provider, "Keepers")
    other = group(provider, "Others")
    rename = {"op": "replace", "path": "displayName", "value": "New"}
    for operation, status, kind in (
        ({"op": "add", "path": "members", "value": [{"value": "0" * 32}]}, 400, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"value": other["id"]}]}, 400, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"value": found["id"]}]}, 400, "invalidValue"),
        ({"op": "add", "path": "members", "value": [{"type": "User"}]}, 400, "invalidValue"),
        ({"op": "add", "path": "members", "value": 7}, 400, "invalidValue"),
        ({"op": "add", "path": 'members[type eq "a"]', "value": {}}, 400, "noTarget"),
        ({"op": "replace", "path": "displayName", "value": "others"}, 409, "uniqueness"),
        ({"op": "remove", "path": "displayName"}, 400, "invalidValue"),
        ({"op": "add", "path": "owner", "value": ada}, 400, "invalidPath"),
        ({"op": "replace", "path": "displayName", "value": "x" * 256}, 400, "invalidValue"),
    ):
        answer = provider.patch(f"{GROUPS}/{found['id']}", json={"Operations": [rename, operation]})
        assert (answer.status_code, answer.json["scimType"]) == (status, kind), answer.text
    assert shown(provider, found["id"]) == found
    for body in ({}, {"displayName": " "}, {"displayName": "Keepers"}):
        assert provider.post(GROUPS, json=body).status_code in {400, 409}


@pytest.mark.databases("sqlite")
def test_a_large_group_is_sent_in_pages(provider: FlaskClient, services: Services) -> None:
    found = group(provider, "Everybody")
    place = found["id"]
    ids = [f"{number:032x}" for number in range(2500)]
    with connection(services.database), services.database.atomic():
        lock_group(services.database, place)
        services.database.execute_sql(
            "INSERT INTO account (id, create_time, update_time, email, nickname, password_hash,"
            " avatar, language, timezone, is_superuser, is_active, is_pending, last_login_time)"
            " SELECT value, 0, 0, value, 'n', '', '', 'English', 'UTC', 0, 1, 0, 0"
            " FROM json_each(?)",
            [orjson.dumps(ids).decode()],
        )
        add_members(place, ids)
    answer = provider.get(f"{GROUPS}/{place}")
    assert "Content-Length" not in answer.headers
    assert sorted(ids_in(answer.json)) == ids
    listed = provider.get(GROUPS, query_string={"attributes": "members.value"}).json
    assert sorted(ids_in(listed["Resources"][0])) == ids
    half = [{"value": one} for one in ids[:1250]]
    body = {"Operations": [{"op": "remove", "path": "members", "value": half}]}
    assert provider.patch(f"{GROUPS}/{place}", json=body).status_code == 204
    with connection(services.database):
        assert sorted(member_ids(services.database, place)) == ids[1250:]


def test_who_is_deleted_leaves_and_who_is_deactivated_stays(provider: FlaskClient) -> None:
    ada, bob = people(provider, "ada", "bob")
    found = group(provider, "Keepers", ada, bob)
    shut = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    assert provider.patch(f"{USERS}/{bob}", json=shut).status_code == 200
    assert provider.delete(f"{USERS}/{ada}").status_code == 204
    assert ids_in(shown(provider, found["id"])) == [bob]

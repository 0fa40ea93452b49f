"""Groups of people: what administrators keep, and what becomes of members."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, client_with, join
from tests.functional.library import API, data_of, refused

GROUPS = f"{API}/groups"


@pytest.fixture
def administrator(app: Flask, services: Services) -> FlaskClient:
    """Return a client of an administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return client_with(app, made.api_key)


def test_groups_are_made_found_changed_and_deleted(administrator: FlaskClient) -> None:
    first = data_of(administrator.post(GROUPS, json={"name": " Support ", "description": "calls"}))
    assert (first["name"], first["description"], first["member_count"]) == ("Support", "calls", 0)
    place = f"{GROUPS}/{first['id']}"
    data_of(administrator.post(GROUPS, json={"name": "Archive"}))
    assert "exists" in refused(administrator.post(GROUPS, json={"name": "SUPPORT"}), 409, 102)
    listed = data_of(administrator.get(GROUPS))
    assert (listed["total"], [one["name"] for one in listed["groups"]]) == (
        2,
        ["Archive", "Support"],
    )
    page = data_of(administrator.get(GROUPS, query_string={"page": 2, "page_size": 1}))
    assert (page["total"], [one["name"] for one in page["groups"]]) == (2, ["Support"])
    found = data_of(administrator.get(GROUPS, query_string={"keywords": "UPP"}))
    assert [one["id"] for one in found["groups"]] == [first["id"]]
    changed = data_of(administrator.patch(place, json={"name": "Help"}))
    assert (changed["name"], changed["description"]) == ("Help", "calls")
    assert changed["update_time"] > first["update_time"]
    assert refused(administrator.patch(place, json={"name": "archive"}), 409, 102)
    assert "name" in refused(administrator.patch(place, json={"name": " "}), 400, 101)
    assert data_of(administrator.delete(place)) is True
    assert "group" in refused(administrator.get(place), 404, 102)
    assert refused(administrator.delete(place), 404, 102)


def test_members_come_and_go_all_or_none(
    administrator: FlaskClient, member: Member, services: Services
) -> None:
    group = data_of(administrator.post(GROUPS, json={"name": "a", "user_ids": []}))
    place = f"{GROUPS}/{group['id']}/members"
    other, mine = join(services, "other@example.org").account.id, member.account.id
    added = data_of(administrator.post(place, json={"user_ids": [mine, mine]}))
    assert (added["member_count"], added["update_time"] > group["update_time"]) == (1, True)
    assert data_of(administrator.post(place, json={"user_ids": [mine, other]}))["member_count"] == 2
    page = data_of(administrator.get(place, query_string={"page": 2, "page_size": 1}))
    assert (page["total"], len(page["members"])) == (2, 1)
    data_of(administrator.delete(place, json={"user_ids": [other, "0" * 32]}))
    missing = {"user_ids": [other, "0" * 32]}
    assert "0" * 32 in refused(administrator.post(place, json=missing), 404, 102)
    [only] = data_of(administrator.get(place))["members"]
    assert (only["user_id"], only["email"]) == (mine, "member@example.org")
    data_of(administrator.patch(place.removesuffix("/members"), json={"user_ids": [other]}))
    assert [one["user_id"] for one in data_of(administrator.get(place))["members"]] == [other]
    data_of(administrator.delete(f"{API}/users/{other}"))
    assert data_of(administrator.get(place)) == {"total": 0, "members": []}


def test_a_group_is_no_member_of_a_group_nor_of_itself(
    administrator: FlaskClient, member: Member
) -> None:
    first, second = (data_of(administrator.post(GROUPS, json={"name": n})) for n in ("a", "b"))
    place = f"{GROUPS}/{first['id']}"
    for nested in (first["id"], second["id"]):
        told = refused(
            administrator.post(f"{place}/members", json={"user_ids": [nested]}), 400, 101
        )
        assert "no groups" in told
        both = {"name": "c", "user_ids": [member.account.id, nested]}
        assert "no groups" in refused(administrator.post(GROUPS, json=both), 400, 101)
        assert "no groups" in refused(administrator.patch(place, json=both), 400, 101)
    shown = data_of(administrator.get(place))
    assert (shown["name"], shown["member_count"]) == ("a", 0)
    assert data_of(administrator.get(GROUPS))["total"] == 2


def test_everybody_sees_their_own_groups(
    administrator: FlaskClient, client: FlaskClient, member: Member, stranger: FlaskClient
) -> None:
    body = {"name": "a", "user_ids": [member.account.id]}
    group = data_of(administrator.post(GROUPS, json=body))
    theirs = f"{API}/users/{member.account.id}/groups"
    for asked in (client.get(f"{API}/users/me/groups"), administrator.get(theirs)):
        assert [one["id"] for one in data_of(asked)["groups"]] == [group["id"]]
    assert data_of(stranger.get(f"{API}/users/me/groups"))["total"] == 0
    assert refused(stranger.get(theirs), 403, 103)


def test_a_directory_says_in_which_groups_somebody_is(
    services: Services, member: Member, administrator: FlaskClient
) -> None:
    groups, user_id = services.groups.groups, member.account.id
    data_of(administrator.post(GROUPS, json={"name": "Old", "user_ids": [user_id]}))
    data_of(administrator.post(GROUPS, json={"name": "Known"}))
    groups.put_into(user_id, ["known", "unknown"])
    assert [group.name for group in groups.groups_of(user_id)] == ["Known"]
    groups.put_into(user_id, ["unknown", "KNOWN"], makes=True)
    assert [group.name for group in groups.groups_of(user_id)] == ["Known", "unknown"]
    groups.put_into(user_id, [])
    assert groups.groups_of(user_id) == []
    assert data_of(administrator.get(GROUPS))["total"] == 3

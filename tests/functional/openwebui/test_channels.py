"""Channels: who makes, reads and changes them, and who is in them."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member, join
from tests.functional.openwebui.conftest import signed_in
from tests.functional.openwebui.library import detail, ok
from tests.functional.openwebui.speaking import CHANNELS, WRITE, channel, channels_on, said, say

READ = WRITE | {"permission": "read"}


@pytest.fixture(autouse=True)
def on(services: Services) -> None:
    """Switch channels on."""
    channels_on(services)


def id_of(web: FlaskClient) -> str:
    """Return the id of who asks."""
    return str(ok(web.get("/api/v1/auths/"))["id"])


def group(web: FlaskClient, *people: str, **more: object) -> Any:
    """Make a group of some people."""
    body = {"name": "keepers", "type": "group", "user_ids": list(people), **more}
    return ok(web.post(f"{CHANNELS}/create", json=body))


def names(web: FlaskClient) -> list[str]:
    """Return what the channels of somebody are called."""
    return [one["name"] for one in ok(web.get(f"{CHANNELS}/"))]


def statuses(web: FlaskClient, path: str, **bodies: Mapping[str, object]) -> list[int]:
    """Return with what pages below an address answer to a body."""
    return [
        web.post(f"{path}/{name.replace('__', '/')}", json=body).status_code
        for name, body in bodies.items()
    ]


def test_a_channel_of_the_server_is_read_and_written_by_grants(
    admin: FlaskClient, web: FlaskClient, other: FlaskClient, member: Member, services: Services
) -> None:
    made = channel(admin, description="How they are lit.")
    path = f"{CHANNELS}/{made['id']}"
    shown = ok(admin.get(path))
    told = shown["name"], shown["type"], shown["description"]
    assert told == ("lamps", "", "How they are lit.")
    assert (shown["is_manager"], shown["write_access"], shown["user_count"]) == (True, True, 1)
    assert names(web) == []
    assert web.get(path).status_code == 404
    one = {"principal_type": "user", "principal_id": member.account.id, "permission": "read"}
    ok(admin.post(f"{path}/access/update", json={"access_grants": [one]}))
    assert (names(web), names(other)) == (["lamps"], [])
    shown = ok(web.get(path))
    assert (shown["is_manager"], shown["write_access"], shown["user_count"]) == (False, False, 2)
    assert statuses(web, path, messages__post={"content": "x"}, update={"name": "x"}) == [403, 403]
    ok(admin.post(f"{path}/access/update", json={"access_grants": [WRITE]}))
    assert say(other, made["id"], "Good evening.")["content"] == "Good evening."
    assert [one["principal_id"] for one in ok(admin.get(path))["access_grants"]] == ["*", "*"]
    assert [one["permission"] for one in ok(web.get(path))["access_grants"]] == ["read", "write"]
    found = ok(web.get(f"{path}/members"))
    assert (len(found["users"]), found["total"]) == (3, 3)
    assert {one["email"] for one in found["users"]} == {""}, "nobody learns of addresses"
    assert ok(web.get(f"{path}/members?query=nobody"))["total"] == 0
    assert [one["is_active"] for one in found["users"]] == [False] * 3
    services.webui.presence.see(id_of(admin))
    there = [one for one in ok(web.get(f"{path}/members"))["users"] if one["is_active"]]
    assert [one["id"] for one in there] == [id_of(admin)]
    assert there[0]["last_active_at"] > 0


def test_administrators_make_channels_of_the_server_and_nobody_else(
    web: FlaskClient, admin: FlaskClient
) -> None:
    assert web.post(f"{CHANNELS}/create", json={"name": "lamps"}).status_code == 403
    first = channel(admin)
    body = {"name": "fires", "description": "All.", "data": {"a": 1}}
    changed = ok(admin.post(f"{CHANNELS}/{first['id']}/update", json=body))
    assert {key: changed[key] for key in body} == body
    assert changed["created_at"] == first["created_at"] > 10**18, "times are in ns"
    say(admin, first["id"], "x")
    assert ok(admin.delete(f"{CHANNELS}/{first['id']}/delete")) is True
    assert names(admin) == []
    assert admin.get(f"{CHANNELS}/{first['id']}/messages").status_code == 404


def test_a_group_is_that_of_its_members_whoever_administers(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient
) -> None:
    made = group(web, id_of(other), description="")
    path = f"{CHANNELS}/{made['id']}"
    assert [one["id"] for one in made["users"]] == [id_of(web), id_of(other)]
    assert (names(web), names(other), names(admin)) == (["keepers"], ["keepers"], [])
    assert admin.get(path).status_code == 404
    assert say(other, made["id"], "Here.")["user"]["id"] == id_of(other)
    assert statuses(other, path, update__members__add={"user_ids": [id_of(admin)]}) == [403]
    added = ok(web.post(f"{path}/update/members/add", json={"user_ids": [id_of(admin)]}))
    assert added["user_ids"] == [id_of(web), id_of(other), id_of(admin)]
    assert names(admin) == ["keepers"]
    leave = {"user_ids": [id_of(admin)]}
    assert ok(admin.post(f"{path}/update/members/remove", json=leave)) is True
    assert names(admin) == []
    assert statuses(web, path, update__members__remove={"user_ids": [id_of(web)]}) == [400]
    assert other.delete(f"{path}/delete").status_code == 403
    assert ok(web.delete(f"{path}/delete")) is True
    assert names(other) == []


def test_a_group_that_is_open_is_read_by_all_who_may_join(
    web: FlaskClient, other: FlaskClient
) -> None:
    made = group(web, is_private=False)
    assert names(other) == ["keepers"]
    path = f"{CHANNELS}/{made['id']}"
    assert statuses(other, path, messages__post={"content": "x"}) == [403]
    ok(web.post(f"{path}/access/update", json={"access_grants": [WRITE]}))
    assert say(other, made["id"], "x")["content"] == "x"
    ok(web.post(f"{path}/access/update", json={"access_grants": []}))
    me = {"user_ids": [id_of(other)]}
    assert ok(other.post(f"{path}/update/members/add", json=me))["user_count"] == 2
    assert say(other, made["id"], "y")["content"] == "y"
    assert ok(other.post(f"{path}/update/members/remove", json=me)) is True
    ok(web.post(f"{CHANNELS}/{made['id']}/update", json={"is_private": True}))
    assert names(other) == []
    told = detail(web.post(f"{CHANNELS}/{made['id']}/update", json={"access_grants": [READ]}), 400)
    assert "access_grants" in told


def test_the_people_of_groups_are_let_in(
    admin: FlaskClient, web: FlaskClient, other: FlaskClient
) -> None:
    team = ok(admin.post("/api/v1/groups/create", json={"name": "team"}))["id"]
    people = {"user_ids": [id_of(web), id_of(other)]}
    ok(admin.post(f"/api/v1/groups/id/{team}/users/add", json=people))
    made = group(web, group_ids=[team])
    assert made["user_ids"] == [id_of(web), id_of(other)]
    foreign = ok(admin.post("/api/v1/groups/create", json={"name": "others"}))["id"]
    body = {"name": "x", "type": "group", "group_ids": [foreign]}
    assert web.post(f"{CHANNELS}/create", json=body).status_code == 404


def test_there_is_one_talk_of_the_same_people(web: FlaskClient, other: FlaskClient) -> None:
    first = ok(web.get(f"{CHANNELS}/users/{id_of(other)}"))
    again = ok(other.get(f"{CHANNELS}/users/{id_of(web)}"))
    body = {"name": "", "type": "dm", "user_ids": [id_of(web)]}
    third = ok(other.post(f"{CHANNELS}/create", json=body))
    assert first["id"] == again["id"] == third["id"]
    assert (first["type"], first["is_manager"]) == ("dm", False)
    assert {one["id"] for one in first["users"]} == {id_of(web), id_of(other)}
    assert "talk" in detail(web.get(f"{CHANNELS}/users/{id_of(web)}"), 400)
    assert web.get(f"{CHANNELS}/users/{'0' * 32}").status_code == 404


def test_a_talk_that_was_put_away_comes_back_with_a_message(
    web: FlaskClient, other: FlaskClient
) -> None:
    talk = ok(web.get(f"{CHANNELS}/users/{id_of(other)}"))["id"]
    away = f"{CHANNELS}/{talk}/members/active"
    assert ok(web.post(away, json={"is_active": False})) is True
    assert ok(web.get(f"{CHANNELS}/")) == []
    say(other, talk, "Are you there?")
    assert [one["id"] for one in ok(web.get(f"{CHANNELS}/"))] == [talk]
    muted = ok(web.post(f"{CHANNELS}/{talk}/members/mute", json={"is_muted": True}))
    assert muted["is_channel_muted"] is True
    assert ok(other.get(f"{CHANNELS}/{talk}"))["is_channel_muted"] is False


def test_what_is_unread_is_counted_until_it_is_read(
    services: Services, web: FlaskClient, other: FlaskClient, member: Member
) -> None:
    talk = ok(web.get(f"{CHANNELS}/users/{id_of(other)}"))["id"]
    for text in ("One.", "Two."):
        say(other, talk, text)
    (shown,) = ok(web.get(f"{CHANNELS}/"))
    assert (shown["unread_count"], shown["last_read_at"]) == (2, None)
    assert ok(other.get(f"{CHANNELS}/"))[0]["unread_count"] == 0
    services.channels.channels.mark_read(member.account.principal, talk.replace("-", ""))
    (shown,) = ok(web.get(f"{CHANNELS}/"))
    assert shown["unread_count"] == 0
    assert shown["last_read_at"] > shown["last_message_at"]


@pytest.mark.databases("sqlite")
def test_who_lacks_the_permission_or_finds_them_off_has_no_channels(
    services: Services, admin: FlaskClient, web: FlaskClient, other: FlaskClient
) -> None:
    made = channel(admin, access_grants=[WRITE])
    team = {"name": "team", "permissions": {"features": {"channels": True}}}
    team_id = ok(admin.post("/api/v1/groups/create", json=team))["id"]
    ok(admin.post(f"/api/v1/groups/id/{team_id}/users/add", json={"user_ids": [id_of(other)]}))
    auth = services.live.current.auth.model_copy(update={"denied": "channels"})
    services.live.take(services.live.current.model_copy(update={"auth": auth}))
    told = detail(web.get(f"{CHANNELS}/"), 403)
    assert "channels" in told
    assert ok(web.get("/api/v1/users/permissions"))["features"]["channels"] is False
    assert [len(ok(one.get(f"{CHANNELS}/"))) for one in (other, admin)] == [1, 1]
    assert ok(web.get("/api/config"))["features"]["enable_channels"] is True
    channels_on(services, "off")
    told = detail(admin.get(f"{CHANNELS}/{made['id']}"), 403)
    assert "frontend.channels" in told
    assert ok(admin.get(f"{CHANNELS}/")) == []
    assert ok(web.get("/api/config"))["features"]["enable_channels"] is False


def test_people_find_each_other_by_name_where_there_are_channels(
    services: Services, web: FlaskClient, other: FlaskClient, member: Member
) -> None:
    search = "/api/v1/users/search"
    found = ok(other.get(f"{search}?query={member.account.nickname}"))
    assert id_of(web) in [one["id"] for one in found["users"]]
    assert {one["email"] for one in found["users"]} == {""}
    assert ok(other.get(f"{search}?query={member.account.email}"))["total"] == 0
    picture = f"/api/v1/users/{id_of(web)}/profile/image"
    assert other.get(picture).status_code == 404, "no front end is served that has one"
    channels_on(services, "off")
    assert [one["id"] for one in ok(other.get(search))["users"]] == [id_of(other)]


def test_what_was_said_stays_when_its_author_is_gone(
    app: Flask, services: Services, other: FlaskClient, admin: FlaskClient
) -> None:
    third = join(services, "third@example.org")
    gone = signed_in(app, third.account.email)
    kept = group(gone, id_of(other))
    alone = group(gone)
    said_before = say(gone, kept["id"], "Farewell.")
    reactions = f"{CHANNELS}/{kept['id']}/messages/{said_before['id']}/reactions"
    ok(gone.post(f"{reactions}/add", json={"name": "wave"}))
    ok(admin.delete(f"/api/v1/users/{third.account.id}"))
    (left,) = said(other, kept["id"])
    assert (left["content"], left["user"], left["user_id"]) == ("Farewell.", None, None)
    assert left["reactions"] == []
    assert services.channels.channels.readers(alone["id"].replace("-", ""), {id_of(other)}) == set()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 7}, "name"),
        ({"type": "party"}, "type"),
        ({"user_ids": "x"}, "user_ids"),
        ({"access_grants": [{"principal_id": ""}]}, "access_grants"),
    ],
)
def test_what_a_channel_cannot_be_is_refused_by_name(
    admin: FlaskClient, body: dict[str, object], field: str
) -> None:
    answer = admin.post(f"{CHANNELS}/create", json={"name": "x"} | body)
    assert answer.status_code == 422
    assert field in str(answer.json["detail"])
    refused = [
        {"type": "group", "access_grants": [WRITE]},
        {"user_ids": [id_of(admin)]},
        {"type": "dm"},
    ]
    assert [
        admin.post(f"{CHANNELS}/create", json={"name": "x"} | one).status_code for one in refused
    ] == [400] * 3
    assert ok(admin.get(f"{CHANNELS}/")) == []

"""Prompts: kept with their versions, shared by grants, found by command."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.openwebui.library import ok

PROMPTS = "/api/v1/prompts"
READ = {"principal_type": "user", "principal_id": "*", "permission": "read"}
LAMPS = {"command": "/lamps", "name": "Lamps", "content": "Tell of {{lamp}}.", "tags": ["work"]}


def made(web: FlaskClient, **more: object) -> dict[str, Any]:
    """Make a prompt."""
    found: dict[str, Any] = ok(web.post(f"{PROMPTS}/create", json=LAMPS | more))
    return found


def test_a_prompt_is_kept_as_it_is_sent(web: FlaskClient, member: Member) -> None:
    prompt = made(web, data={"a": 1}, meta={"b": None})
    shown = {key: prompt[key] for key in (*LAMPS, "data", "meta", "is_active", "access_grants")}
    more = {"data": {"a": 1}, "meta": {"b": None}, "is_active": True, "access_grants": []}
    assert shown == LAMPS | more
    assert (prompt["user"]["email"], prompt["write_access"]) == (member.account.email, True)
    assert ok(web.get(f"{PROMPTS}/id/{prompt['id']}")) == prompt
    assert ok(web.get(f"{PROMPTS}/command/LAMPS")) == prompt
    assert ok(web.get(f"{PROMPTS}/")) == [prompt]
    assert ok(web.get(f"{PROMPTS}/tags")) == ["work"]
    assert ok(web.post(f"{PROMPTS}/id/{prompt['id']}/toggle"))["is_active"] is False
    assert ok(web.delete(f"{PROMPTS}/id/{prompt['id']}/delete")) is True
    assert web.get(f"{PROMPTS}/id/{prompt['id']}").status_code == 404


def test_a_command_is_there_once_whatever_its_case(web: FlaskClient, other: FlaskClient) -> None:
    first, second = made(web), made(web, command="/keeper")
    path = f"{PROMPTS}/id/{second['id']}"
    taken = [
        web.post(f"{PROMPTS}/create", json=LAMPS | {"command": "/LAMPS"}),
        web.post(f"{path}/update", json=LAMPS),
        web.post(f"{path}/update/meta", json={"name": "x", "command": " Lamps "}),
    ]
    assert [answer.status_code for answer in taken] == [409] * 3
    assert "/LAMPS" in taken[0].json["detail"]
    assert len(ok(web.get(f"{path}/history"))) == 1, "what was refused left no version"
    assert made(other)["command"] == first["command"], "of somebody else"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": "two words"}, "command"),
        ({"command": " / "}, "command"),
        ({"name": ""}, "name"),
        ({"content": 7}, "content"),
        ({"tags": [""]}, "tags"),
        ({"access_grants": [{"principal_id": ""}]}, "access_grants"),
    ],
)
def test_what_a_prompt_cannot_be_is_refused_by_name(
    web: FlaskClient, body: dict[str, object], field: str
) -> None:
    answer = web.post(f"{PROMPTS}/create", json=LAMPS | body)
    assert answer.status_code == 422
    assert field in answer.json["detail"]
    assert ok(web.get(f"{PROMPTS}/")) == []


def test_each_change_is_a_version_and_any_can_be_shown_again(web: FlaskClient) -> None:
    prompt = made(web, commit_message="the first")
    path, first = f"{PROMPTS}/id/{prompt['id']}", prompt["version_id"]
    later = LAMPS | {"content": "Tell of all lamps.", "commit_message": "all"}
    changed = ok(web.post(f"{path}/update", json=later))
    assert (changed["content"], changed["version_id"] == first) == ("Tell of all lamps.", False)
    draft = LAMPS | {"content": "A draft.", "is_production": False}
    assert ok(web.post(f"{path}/update", json=draft))["content"] == "Tell of all lamps."
    same = ok(web.post(f"{path}/update", json=later | {"commit_message": ""}))
    assert same["version_id"] == changed["version_id"], "what says the same is not kept again"

    history = ok(web.get(f"{path}/history"))
    said = [(one["snapshot"]["content"], one["commit_message"]) for one in history]
    assert said == [
        ("A draft.", ""),
        ("Tell of all lamps.", "all"),
        ("Tell of {{lamp}}.", "the first"),
    ]
    assert [one["parent_id"] for one in history] == [changed["version_id"], first, None]
    assert ok(web.get(f"{path}/history?page=1")) == []
    assert ok(web.get(f"{path}/history/{first}")) == history[2]
    ids = {"from_id": first, "to_id": changed["version_id"]}
    diff = ok(web.get(f"{path}/history/diff", query_string=ids))
    assert diff["content_diff"][-2:] == ["-Tell of {{lamp}}.", "+Tell of all lamps."]
    assert "to_id" in web.get(f"{path}/history/diff?from_id={first}").json["detail"]

    back = ok(web.post(f"{path}/update/version", json={"version_id": first}))
    assert (back["content"], back["version_id"]) == ("Tell of {{lamp}}.", first)
    assert web.delete(f"{path}/history/{first}").status_code in {400, 409}
    assert ok(web.delete(f"{path}/history/{history[0]['id']}")) is True
    assert web.get(f"{path}/history/{history[0]['id']}").status_code == 404
    renamed = ok(web.post(f"{path}/update/meta", json={"name": "Light", "command": "light"}))
    assert (renamed["name"], renamed["command"], renamed["tags"]) == ("Light", "light", ["work"])
    assert len(ok(web.get(f"{path}/history"))) == 2


def test_a_prompt_is_used_and_changed_by_whom_that_is_granted(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member
) -> None:
    prompt = made(web, access_grants=[READ])
    path = f"{PROMPTS}/id/{prompt['id']}"
    (seen,) = ok(other.get(f"{PROMPTS}/"))
    assert (seen["content"], seen["write_access"], seen["access_grants"]) == (
        *("Tell of {{lamp}}.", False),
        [],
    )
    assert other.post(f"{path}/update", json=LAMPS).status_code == 403
    assert other.post(f"{path}/access/update", json={"access_grants": []}).status_code == 403
    grants = {"access_grants": [READ | {"permission": "write"}]}
    shown = ok(web.post(f"{path}/access/update", json=grants))["access_grants"]
    assert [one["permission"] for one in shown] == ["read", "write"]
    changed = ok(other.post(f"{path}/update", json=LAMPS | {"content": "Mine."}))
    assert (changed["content"], changed["user_id"]) == ("Mine.", member.account.id)
    assert other.delete(f"{path}/delete").status_code == 403
    ok(web.post(f"{path}/update", json=LAMPS | {"access_grants": []}))
    assert other.get(path).status_code == 404
    assert other.get(f"{PROMPTS}/command/lamps").status_code == 404

    ok(web.post(f"{path}/access/update", json=grants))
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    assert ok(other.get(f"{PROMPTS}/")) == []
    left = (
        "SELECT (SELECT COUNT(*) FROM webui_prompt), (SELECT COUNT(*) FROM webui_prompt_version),"
        " (SELECT COUNT(*) FROM access_grant)"
    )
    with services.reading():
        assert services.database.execute_sql(left).fetchone() == (0, 0, 0)


def test_prompts_are_listed_by_words_tags_and_whose_they_are(
    web: FlaskClient, other: FlaskClient
) -> None:
    made(other, command="/theirs", name="Theirs", access_grants=[READ])
    for number in range(31):
        made(web, command=f"/p{number:02}", name=f"P{number:02}", tags=["Even"] * (number % 2 < 1))

    def listed(**query: object) -> tuple[list[str], int]:
        found = ok(web.get(f"{PROMPTS}/list", query_string=query))
        return [one["name"] for one in found["items"]], found["total"]

    names = [f"P{number:02}" for number in range(31)]
    assert listed(order_by="name", direction="asc") == (names[:30], 32)
    assert listed(order_by="name", direction="asc", page=2) == (["P30", "Theirs"], 32)
    assert listed(view_option="shared") == (["Theirs"], 1)
    assert listed(view_option="created", query="P1", order_by="name", direction="asc") == (
        *(names[10:20], 10),
    )
    assert listed(tag="even", query="p3", order_by="name") == (["P30"], 1)
    assert listed(tag="eve") == ([], 0)
    assert listed(query="tell of {{", page=2)[1] == 32
    assert ok(web.get(f"{PROMPTS}/tags")) == ["Even", "work"]

"""Which tenants somebody belongs to, and who else does."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.schemas.times import http_date
from tests.functional.conftest import Member, client_with, credentials_of, join
from tests.functional.library import data_of, refused

LIST = "/v1/tenant/list"


@pytest.fixture
def colleague(services: Services, member: Member) -> Member:
    """Make another account a member of the tenant of `member`."""
    joined = join(services, "colleague@example.org")
    services.accounts.members.add(member.account.principal, joined.account.email)
    return joined


def members_of(client: FlaskClient, owner: Member) -> list[tuple[str, str]]:
    """Return the addresses and roles that a client is shown of a tenant."""
    found = data_of(client.get(f"/v1/tenant/{owner.account.id}/user/list"))
    return [(shown["email"], shown["role"]) for shown in found]


def test_an_owner_is_listed_with_the_role(console: FlaskClient, member: Member) -> None:
    changes = {"nickname": "Mo", "avatar": "data:image/png;base64,AA=="}
    assert data_of(console.post("/v1/user/setting", json=changes)) is True

    [tenant] = data_of(console.get(LIST))
    assert tenant.pop("update_date") == http_date(tenant.pop("update_time"))
    assert tenant == {
        "tenant_id": member.account.id,
        "role": "owner",
        "email": "member@example.org",
        **changes,
    }


@pytest.mark.databases("sqlite")
def test_a_member_is_shown_the_tenant_of_another_as_that_of_its_owner(
    app: Flask, client: FlaskClient, member: Member, colleague: Member
) -> None:
    found = data_of(client_with(app, colleague.api_key).get(LIST))
    assert [(each["tenant_id"], each["role"], each["email"]) for each in found] == [
        (colleague.account.id, "owner", "colleague@example.org"),
        (member.account.id, "normal", "member@example.org"),
    ]
    assert [each["tenant_id"] for each in data_of(client.get(LIST))] == [member.account.id]


def test_members_are_shown_each_other(
    app: Flask, client: FlaskClient, member: Member, colleague: Member
) -> None:
    expected = [("member@example.org", "owner"), ("colleague@example.org", "normal")]
    assert members_of(client, member) == expected
    assert members_of(client_with(app, colleague.api_key), member) == expected


@pytest.mark.databases("sqlite")
def test_a_member_is_shown_with_what_they_say_of_themselves(
    console: FlaskClient, member: Member
) -> None:
    [shown] = data_of(console.get(f"/v1/tenant/{member.account.id}/user/list"))
    assert shown.pop("update_date").endswith(" GMT")
    assert shown == {
        "user_id": member.account.id,
        "nickname": member.account.nickname,
        "email": "member@example.org",
        "avatar": "",
        "role": "owner",
    }


@pytest.mark.databases("sqlite")
def test_a_tenant_of_others_is_not_there(
    client: FlaskClient, stranger: FlaskClient, member: Member, colleague: Member
) -> None:
    for asker, tenant_id in (
        (stranger, member.account.id),
        (client, colleague.account.id),
        (client, "0" * 32),
    ):
        message = refused(asker.get(f"/v1/tenant/{tenant_id}/user/list"), 200, 102)
        assert message == "Tenant not found!"


@pytest.mark.databases("sqlite")
def test_who_is_removed_is_shown_the_tenant_no_more(
    app: Flask, services: Services, member: Member, colleague: Member
) -> None:
    services.accounts.members.remove(member.account.principal, colleague.account.email)
    left = client_with(app, colleague.api_key)
    assert [each["role"] for each in data_of(left.get(LIST))] == ["owner"]
    refused(left.get(f"/v1/tenant/{member.account.id}/user/list"), 200, 102)


@pytest.fixture
def invited(services: Services, client: FlaskClient, member: Member) -> Member:
    """Invite another account into the tenant of `member`."""
    joined = join(services, "invited@example.org")
    body = {"email": "Invited@example.org"}
    shown = data_of(client.post(f"/v1/tenant/{member.account.id}/user", json=body))
    assert (shown["id"], shown["role"]) == (joined.account.id, "invite")
    return joined


def roles(client: FlaskClient) -> dict[str, str]:
    return {each["email"]: each["role"] for each in data_of(client.get(LIST))}


@pytest.mark.databases("sqlite")
def test_an_invitation_opens_nothing_until_it_is_accepted(
    app: Flask, client: FlaskClient, member: Member, invited: Member
) -> None:
    asker, home = client_with(app, invited.api_key), f"/v1/tenant/{member.account.id}/user/list"
    made = client.post("/api/v1/datasets", json={"name": "d", "permission": "team"})
    dataset = f"/api/v1/datasets/{data_of(made)['id']}"
    assert roles(asker) == {"invited@example.org": "owner", "member@example.org": "invite"}
    assert members_of(client, member)[1] == ("invited@example.org", "invite")
    for path in (home, dataset):
        assert asker.get(path).json["code"] in {102, 108}

    assert data_of(asker.put(f"/v1/tenant/agree/{member.account.id}")) is True

    assert roles(asker)["member@example.org"] == "normal"
    for path in (home, dataset):
        assert asker.get(path).json["code"] == 0
    assert asker.put(f"/v1/tenant/agree/{member.account.id}").json["code"] == 102


@pytest.mark.databases("sqlite")
def test_a_session_of_somebody_invited_opens_nothing_either(
    app: Flask, services: Services, member: Member, invited: Member
) -> None:
    token = services.sign_in.passwords.sign_in(credentials_of(invited)).token
    found = client_with(app, token).get(f"/v1/tenant/{member.account.id}/user/list")
    assert found.json["code"] == 102


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.databases("sqlite")
def test_who_is_invited_declines_and_who_is_a_member_leaves(
    app: Flask, client: FlaskClient, member: Member, invited: Member, *, accepted: bool
) -> None:
    asker = client_with(app, invited.api_key)
    if accepted:
        asker.put(f"/v1/tenant/agree/{member.account.id}")
    path = f"/v1/tenant/{member.account.id}/user/{invited.account.id}"
    assert data_of(asker.delete(path)) is True
    assert members_of(client, member) == [("member@example.org", "owner")]
    assert asker.delete(path).json["code"] == 102


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.databases("sqlite")
def test_the_owner_removes_whom_they_invited(
    app: Flask, client: FlaskClient, member: Member, invited: Member, *, accepted: bool
) -> None:
    asker = client_with(app, invited.api_key)
    if accepted:
        asker.put(f"/v1/tenant/agree/{member.account.id}")
    path = f"/v1/tenant/{member.account.id}/user/{invited.account.id}"
    assert data_of(client.delete(path)) is True
    assert roles(asker) == {"invited@example.org": "owner"}
    assert client.delete(path).json["code"] == 102


@pytest.mark.databases("sqlite")
def test_only_the_owner_chooses_members(
    app: Flask, client: FlaskClient, member: Member, colleague: Member, invited: Member
) -> None:
    home = f"/v1/tenant/{member.account.id}/user"
    asker = client_with(app, colleague.api_key)
    assert asker.post(home, json={"email": "invited@example.org"}).json["code"] == 103
    assert asker.delete(f"{home}/{invited.account.id}").json["code"] == 103
    assert asker.delete(f"{home}/{member.account.id}").json["code"] == 103
    assert client.delete(f"{home}/{member.account.id}").json["code"] == 102
    assert len(members_of(client, member)) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "nobody@example.org"}, 102),
        ({"email": "member@example.org"}, 102),
        ({"email": "invited@example.org"}, 102),
        ({"email": "a\0"}, 101),
        ({"email": None}, 101),
        ({}, 101),
    ],
)
@pytest.mark.databases("sqlite")
def test_who_cannot_be_invited_is_refused(
    client: FlaskClient, member: Member, invited: Member, body: dict[str, object], code: int
) -> None:
    del invited
    answer = client.post(f"/v1/tenant/{member.account.id}/user", json=body)
    assert answer.json["code"] == code
    assert len(members_of(client, member)) == 2


@pytest.mark.databases("sqlite")
def test_the_command_line_makes_members_of_those_who_are_invited(
    client: FlaskClient, services: Services, member: Member, invited: Member
) -> None:
    services.accounts.members.add(member.account.principal, invited.account.email)
    assert members_of(client, member)[1] == ("invited@example.org", "normal")


@pytest.mark.databases("sqlite")
def test_teams_are_made_under_the_rest_prefix_too(
    app: Flask, client: FlaskClient, services: Services, member: Member
) -> None:
    other = client_with(app, join(services, "other@example.org").api_key)
    home = f"/api/v1/tenants/{member.account.id}"
    assert data_of(client.post(f"{home}/users", json={"email": "other@example.org"}))["id"]
    assert refused(other.get(f"{home}/users"), 404, 102)
    listed = data_of(other.get("/api/v1/tenants"))
    assert [each["role"] for each in listed] == ["owner", "invite"]
    assert data_of(other.patch(home)) is True
    assert [each["role"] for each in data_of(other.get(f"{home}/users"))] == ["owner", "normal"]

"""Which tenants somebody belongs to, and who else does."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.schemas.times import http_date
from tests.functional.conftest import Member, client_with, join
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


def test_a_tenant_of_others_is_not_there(
    client: FlaskClient, stranger: FlaskClient, member: Member, colleague: Member
) -> None:
    for asker, tenant_id in (
        (stranger, member.account.id),
        (client, colleague.account.id),
        (client, "0" * 32),
    ):
        message = refused(asker.get(f"/v1/tenant/{tenant_id}/user/list"), 404, 102)
        assert message == "Tenant not found!"


def test_who_is_removed_is_shown_the_tenant_no_more(
    app: Flask, services: Services, member: Member, colleague: Member
) -> None:
    services.accounts.members.remove(member.account.principal, colleague.account.email)
    left = client_with(app, colleague.api_key)
    assert [each["role"] for each in data_of(left.get(LIST))] == ["owner"]
    refused(left.get(f"/v1/tenant/{member.account.id}/user/list"), 404, 102)

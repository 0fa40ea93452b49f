"""Members of tenants: added, listed and removed by the owner."""

import pytest

from api.container import Services
from api.errors import ConflictError, NotFoundError
from api.services.accounts.records import MemberRecord
from tests.functional.conftest import Member, join


@pytest.fixture
def colleague(services: Services) -> Member:
    """Make an account that is no member of anybody's tenant."""
    return join(services, "colleague@example.org")


def members_of(services: Services, owner: Member) -> list[MemberRecord]:
    """Return the members of somebody's tenant."""
    return services.accounts.members.list_members(owner.account.principal, owner.account.id)


def teams_of(services: Services, member: Member) -> tuple[str, ...]:
    """Return the other tenants that a key of somebody's speaks for."""
    asker = services.accounts.keys.authenticate(member.api_key)
    assert asker is not None
    assert asker.tenant_id == member.account.id
    return asker.teams


@pytest.mark.databases("sqlite")
def test_a_new_account_is_the_owner_and_only_member_of_its_tenant(
    services: Services, member: Member
) -> None:
    [owner] = members_of(services, member)
    assert (owner.user_id, owner.email, owner.role) == (
        member.account.id,
        "member@example.org",
        "owner",
    )
    assert teams_of(services, member) == ()


def test_members_are_added_once_and_removed_once(
    services: Services, member: Member, colleague: Member
) -> None:
    team, owner = services.accounts.members, member.account.principal
    team.add(owner, " Colleague@example.org")
    with pytest.raises(ConflictError, match="is a member already"):
        team.add(owner, "colleague@example.org")
    assert [(one.email, one.role) for one in members_of(services, member)] == [
        ("member@example.org", "owner"),
        ("colleague@example.org", "member"),
    ]
    assert teams_of(services, colleague) == (member.account.id,)
    assert [one.email for one in members_of(services, colleague)] == ["colleague@example.org"]

    team.remove(owner, "colleague@example.org")

    assert teams_of(services, colleague) == ()
    with pytest.raises(NotFoundError, match=r"no member colleague@example\.org"):
        team.remove(owner, "colleague@example.org")


def test_an_owner_stays_and_who_is_not_there_is_named(services: Services, member: Member) -> None:
    team, owner = services.accounts.members, member.account.principal
    with pytest.raises(ConflictError, match="is the owner"):
        team.remove(owner, "member@example.org")
    for action in (team.add, team.remove):
        with pytest.raises(NotFoundError, match=r"nobody@example\.org"):
            action(owner, "nobody@example.org")
    assert len(members_of(services, member)) == 1


def test_who_is_in_several_teams_speaks_for_all_by_key_and_by_session(
    services: Services, member: Member, colleague: Member
) -> None:
    owners = [member, join(services, "second@example.org"), join(services, "third@example.org")]
    for owner in owners:
        services.accounts.members.add(owner.account.principal, colleague.account.email)
    wanted = {owner.account.id for owner in owners}
    assert set(teams_of(services, colleague)) == wanted
    token = services.accounts.sessions.begin(colleague.account.id, "")
    asker = services.accounts.sessions.authenticate(token)
    assert asker is not None
    assert set(asker.teams) == wanted
    assert (asker.tenant_id, asker.key_id) == (colleague.account.id, "")

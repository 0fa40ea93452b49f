"""Who was let in lately is not looked up again, unless somebody may have been shut out since."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.versions import read_versions
from api.services.accounts.grant_records import Level, Subject
from api.services.accounts.records import AccountRole
from api.services.accounts.remembered import LIFE_SECONDS, TRUST_SECONDS, Remembered
from api.services.groups.records import NewGroup, WantedGrant
from api.services.sign_in.records import Tokens
from api.things import Kind
from tests.functional.conftest import Member, client_with, credentials_of, join
from tests.functional.library import API, data_of, make_dataset, upload
from tests.functional.test_list_plans import listened

pytestmark = pytest.mark.databases("sqlite")

WHO = ("FROM api_key", "FROM account")
"""How statements begin that look up who asks."""


class Watch:
    """Looks for revocations by a clock of the test, in the place of the thread of a worker."""

    def __init__(self, services: Services, remembered: Remembered) -> None:
        """Begin at some time, with a first look."""
        self.services = services
        self.remembered = remembered
        self.now = 1000.0
        remembered.clock = lambda: self.now
        self.look()

    def look(self) -> None:
        """Look as a worker does twice a second."""
        with connection(self.services.database):
            self.remembered.see(read_versions(self.services.database).revocations, self.now)

    def wait(self, seconds: float) -> None:
        """Let time go on, with looks."""
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.look()


@pytest.fixture
def watch(services: Services) -> Watch:
    return Watch(services, services.accounts.remembered)


def lookups(services: Services, client: FlaskClient) -> int:
    """Return by how many statements a request looks up who asks."""
    with listened(services) as heard:
        data_of(client.get(f"{API}/datasets"))
    return sum(any(f" {word}" in statement for word in WHO) for statement, _ in heard)


@pytest.fixture
def tokens(services: Services, member: Member) -> Tokens:
    return services.sign_in.tokens.sign_in(credentials_of(member))


@pytest.fixture
def askers(
    app: Flask, client: FlaskClient, console: FlaskClient, tokens: Tokens
) -> list[FlaskClient]:
    """Return clients with a key, a session, and an access token."""
    return [client, console, client_with(app, tokens.access)]


def test_the_check_is_one_query_and_none_within_five_seconds(
    services: Services, askers: list[FlaskClient], watch: Watch
) -> None:
    for asker in askers:
        assert lookups(services, asker) == 1
        assert lookups(services, asker) == 0
        watch.wait(LIFE_SECONDS - 0.5)
        assert lookups(services, asker) == 0
        watch.wait(0.5)
        assert lookups(services, asker) == 1
        watch.now += TRUST_SECONDS  # without a look
        assert lookups(services, asker) == 1
        watch.look()


def test_nobody_is_remembered_while_nobody_looks(services: Services, client: FlaskClient) -> None:
    assert lookups(services, client) == 1
    assert lookups(services, client) == 1


def deactivated(services: Services, member: Member) -> None:
    services.people.people.set_active(member.account.id, active=False)


def deleted(services: Services, member: Member) -> None:
    services.people.people.erase(member.account.id)


def demoted(services: Services, member: Member) -> None:
    services.people.people.set_role(member.account.id, AccountRole.USER)


def without_key(services: Services, member: Member) -> None:
    services.accounts.keys.revoke(member.account.principal, member.api_key)


def without_password(services: Services, member: Member) -> None:
    services.accounts.accounts.set_password(member.account.email, "another long one")


def without_session(services: Services, member: Member) -> None:
    [session] = services.accounts.sessions.list_sessions(member.account.id)
    services.accounts.sessions.end_one(member.account.id, session.id)


def of_another_team(services: Services, member: Member) -> None:
    owner = services.accounts.accounts.first_account()
    services.accounts.members.add(owner.principal, member.account.email)


def without_team(services: Services, member: Member) -> None:
    of_another_team(services, member)
    services.accounts.members.remove(
        services.accounts.accounts.first_account().principal, member.account.email
    )


SHUT_OUT_BY = {
    deactivated: (False, False),
    deleted: (False, False),
    demoted: (True, False),
    without_key: (False, True),
    without_password: (True, False),
    without_session: (True, False),
    of_another_team: (True, True),
    without_team: (True, True),
}
"""Whether a key and a session are let in after each."""


def test_each_revocation_elsewhere_counts_with_the_next_look(services: Services) -> None:
    """Another process does it: this one hears of it by the database alone."""
    first = join(services, "first@example.org")
    services.people.people.set_role(first.account.id, AccountRole.ADMINISTRATOR)
    for number, (ends, lets_in) in enumerate(SHUT_OUT_BY.items()):
        is_let_in_after(services, f"other{number}@example.org", ends, lets_in)


def is_let_in_after(
    services: Services,
    email: str,
    ends: Callable[[Services, Member], None],
    lets_in: tuple[bool, bool],
) -> None:
    """See that somebody is let in until the look after a revocation, and by what after that."""
    member = join(services, email)
    services.people.people.set_role(member.account.id, AccountRole.ADMINISTRATOR)
    session = services.sign_in.passwords.sign_in(credentials_of(member)).token
    keys, sessions = services.accounts.keys, services.accounts.sessions
    here = Remembered()
    watch = Watch(services, here)

    def askers() -> list[object]:
        other, keys.remembered, sessions.remembered = keys.remembered, here, here
        try:
            return [keys.authenticate(member.api_key), sessions.authenticate(session)]
        finally:
            keys.remembered = sessions.remembered = other

    before = askers()
    assert all(before)
    ends(services, member)
    assert list(map(id, askers())) == list(map(id, before)), ends
    watch.look()
    after = askers()
    assert [who is not None for who in after] == list(lets_in), ends
    assert not set(map(id, after)) & set(map(id, before)), ends


def test_changes_of_documents_and_chunks_forget_nobody(
    services: Services, client: FlaskClient, watch: Watch
) -> None:
    assert watch.now
    dataset = make_dataset(client)["id"]
    [document] = upload(client, dataset, ("a.txt", b"a"))
    place = f"{API}/datasets/{dataset}/documents/{document['id']}"
    data_of(client.post(f"{place}/chunks", json={"content": "a"}))
    data_of(client.put(place, json={"name": "b.txt"}))
    assert lookups(services, client) == 0
    assert client.put(f"{API}/datasets/{dataset}", json={"name": "b"}).status_code == 200
    assert lookups(services, client) == 1


def test_what_is_changed_here_counts_here_at_once(
    services: Services, client: FlaskClient, tokens: Tokens, watch: Watch
) -> None:
    session = f"{API}/auth/session"
    assert watch.now
    asker = client_with(client.application, tokens.access)
    assert (lookups(services, asker), lookups(services, asker)) == (1, 0)
    assert asker.delete(session).status_code == 200
    assert asker.get(f"{API}/datasets").status_code == 401


def test_what_is_granted_is_looked_up_once_until_it_changes_anywhere(
    app: Flask, services: Services, client: FlaskClient, watch: Watch
) -> None:
    dataset = make_dataset(client, "shared")["id"]
    owner = services.accounts.accounts.first_account().principal
    other = join(services, "other@example.org")
    asker = client_with(app, other.api_key)
    grants, groups = services.groups.grants, services.groups.groups

    def listed() -> tuple[dict[str, str], int]:
        """Return the levels of the datasets of the list, and how many statements seek grants."""
        with listened(services) as heard:
            found = data_of(asker.get(f"{API}/datasets"))
        looks = sum("access_grant" in statement for statement, _ in heard)
        return {one["name"]: one["level"] for one in found}, looks

    def grant(*wanted: WantedGrant) -> None:
        grants.set_grants(owner, Kind.DATASET, dataset, wanted)

    services.people.people.set_role(owner.user_id, AccountRole.ADMINISTRATOR)
    crew = groups.create(owner, NewGroup("crew")).id
    watch.look()
    assert (listed(), listed()) == (({}, 1), ({}, 0))
    for change, after in (
        (lambda: grant(WantedGrant(Subject.EVERYBODY, Level.READ)), {"shared": "read"}),
        (lambda: grant(WantedGrant(Subject.GROUP, Level.WRITE, "crew")), {}),
        (lambda: groups.add_members(owner, crew, [other.account.id]), {"shared": "write"}),
        (lambda: groups.remove_members(owner, crew, [other.account.id]), {}),
        (lambda: groups.put_into(other.account.id, ["crew"]), {"shared": "write"}),
        (
            lambda: grant(
                WantedGrant(Subject.EVERYBODY, Level.READ),
                WantedGrant(Subject.GROUP, Level.MANAGE, "crew"),
            ),
            {"shared": "manage"},
        ),
        (lambda: groups.delete(owner, crew), {"shared": "read"}),
    ):
        change()  # as another process does: no request of this one
        watch.look()
        assert (listed(), listed()) == ((after, 1), (after, 0))

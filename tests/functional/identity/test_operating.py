"""What who operates a server hears of those who say who people are: by doctor and audit log."""

import pytest
from flask import Flask

from api.cli.access import Access
from api.cli.checks import PartError, check_providers, check_scim
from api.container import Services
from api.services.accounts.records import AccountRole
from api.services.accounts.scopes import Scope
from api.services.accounts.values import WantedKey
from tests.functional.conftest import Member, client_with, join
from tests.functional.identity.conftest import Browser
from tests.functional.identity.test_providers import change
from tests.functional.scim.conftest import person
from tests.functional.test_audit import entries
from tests.running import free_port
from tests.support.providers import CLIENT, Provider

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def administrator(services: Services) -> Member:
    made = join(services, "root@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return made


@pytest.fixture
def access(services: Services) -> Access:
    """Return what the doctor looks at a server by."""
    made = Access()
    vars(made).update(settings=services.settings, unchecked_services=services, services=services)
    return made


def test_the_doctor_asks_each_provider_and_names_those_that_are_wrong(
    access: Access, services: Services, both: list[Provider]
) -> None:
    client = {"client_id": CLIENT, "client_secret": services.live.current.oidc.client_secret}
    one, other = (provider.issuer for provider in both[:2])
    proxy = {"addresses": "192.0.2.1", "email_header": "X-Email"}
    change(
        services,
        google={**client, "issuer": other},
        microsoft={**client, "issuer": other},
        github={**client, "address": other},
        proxy=proxy,
    )
    assert check_providers(access).split("; ") == [
        f"oidc: {one} has 1 keys",
        f"google: {other} has 1 keys",
        f"microsoft: {other} has 1 keys",
        f"github: {other}/api/v3 answers",
        "proxy: 192.0.2.1 name people in X-Email",
    ]
    nowhere = f"http://127.0.0.1:{free_port()}"
    change(services, google={"issuer": f"{other}/"}, github={"address": nowhere})
    with pytest.raises(PartError) as found:
        check_providers(access)
    assert [told.partition(":")[0] for told in str(found.value).split("; ")] == ["google", "github"]


def test_the_doctor_tells_of_keys_by_which_nobody_can_look_after_people(
    app: Flask, access: Access, services: Services, administrator: Member
) -> None:
    assert check_scim(access).startswith("no key")
    wanted = WantedKey("entra", scope=Scope(doors=frozenset({"scim"})))
    key = services.accounts.keys.make(administrator.account.principal, wanted).key
    assert check_scim(access) == "1 key, of which 0 have come"
    assert client_with(app, key).get("/scim/v2/Users").status_code == 200
    assert check_scim(access) == "1 key, of which 1 has come"
    second = join(services, "second@example.org").account.id
    services.people.people.set_role(second, AccountRole.ADMINISTRATOR)
    services.people.people.set_role(administrator.account.id, AccountRole.USER)
    assert client_with(app, key).get("/scim/v2/Users").status_code == 403
    with pytest.raises(PartError, match=r"^entra: its time or its owner's role is over$"):
        check_scim(access)


def test_who_comes_from_elsewhere_is_in_the_audit_log(
    app: Flask, browser: Browser, provider: Provider, administrator: Member
) -> None:
    reader = client_with(app, administrator.api_key)
    browser.sign_in()
    anna = provider.signed({"sub": "anna"})
    browser.client.post("/oauth/oidc/logout", data={"logout_token": anna})
    provider.control(people={})
    Browser(app.test_client()).sign_in()
    reader.post("/scim/v2/Users", json=person("b@example.org", password="correct horse"))
    made, refused, word, came = entries(reader)
    assert (came["kind"], came["action"]) == ("sign_in", "console_user.channel_callback")
    assert (came["user"], came["outcome"], came["detail"]) == ("anna@example.org", "done", {})
    assert (word["action"], word["outcome"]) == ("oauth_logout.end_sessions", "refused")
    assert (refused["user"], refused["outcome"], refused["status"]) == ("", "refused", 401)
    assert (made["kind"], made["user"]) == ("people", "root@example.org")
    assert "correct horse" not in str(made)
    assert anna not in str([word, came])

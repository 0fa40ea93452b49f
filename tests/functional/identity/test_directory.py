"""Signing in with passwords that a real directory knows."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from ldap3 import MODIFY_ADD, MODIFY_DELETE, NONE, Connection, Server

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services
from api.federation.registry import open_directory
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount
from tests.functional.identity.test_providers import change
from tests.running import free_port
from tests.support.directory import ADMIN, BASE, PASSWORD, SECRET, Directory, directory
from tests.support.providers import certificate_for

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture(scope="session")
def slapd() -> Iterator[Directory]:
    """Run a directory that those who are bound may search."""
    with directory() as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path, database_url: str, slapd: Directory) -> Settings:
    """Return settings of a server with a directory."""
    environment = {
        "RAGLAN_DATA_DIR": str(tmp_path / "data"),
        "RAGLAN_DATABASE__URL": database_url,
        **slapd.settings(),
    }
    (tmp_path / "data").mkdir()
    return load_settings(environment, conf_dir=tmp_path)


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD) -> dict[str, Any]:
    """Sign in as RAGFlow's pages do, and return the envelope."""
    found: dict[str, Any] = client.post(
        "/v1/user/login", json={"email": name, "password": password}
    ).json
    return found


def test_a_person_of_the_directory_gets_an_account_and_finds_it_again(
    anonymous: FlaskClient, services: Services
) -> None:
    first = sign_in(anonymous, "anna")
    assert first["code"] == 0, first
    assert (first["data"]["email"], first["data"]["nickname"]) == ("anna@example.org", "Anna Alm")
    for name in ("ANNA@example.org", " anna "):
        assert sign_in(anonymous, name)["data"]["id"] == first["data"]["id"]
    assert len(services.accounts.accounts.list_users()) == 1


def test_the_console_asks_for_a_name(anonymous: FlaskClient) -> None:
    page = anonymous.get("/console/signin").text
    assert "Name or e-mail address" in page
    sent = {"email": "anna", "password": PASSWORD}
    answer = anonymous.post("/console/signin", data=sent, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console")


@pytest.mark.parametrize("password", ["", " ", "wrong", PASSWORD.upper()])
def test_a_wrong_password_opens_nothing(anonymous: FlaskClient, password: str) -> None:
    assert sign_in(anonymous, "anna", password)["code"] in {101, 109}


@pytest.mark.parametrize(
    "name",
    ["*", "an*", "anna)(uid=*", "nobody)(|(uid=*", "\\2a", "anna\0", "uid=anna", "(", "é" * 300],
)
def test_a_name_is_no_part_of_a_filter(anonymous: FlaskClient, name: str) -> None:
    assert sign_in(anonymous, name)["code"] in {101, 109}


def test_a_name_with_signs_of_filters_is_a_name(anonymous: FlaskClient, services: Services) -> None:
    change(services, ldap={"users": "Keepers"})
    found = sign_in(anonymous, "berta (x)*")
    assert found["data"]["email"] == "berta@example.org"


def test_failures_are_counted(anonymous: FlaskClient, services: Services) -> None:
    change(services, auth={"failures": 3})
    codes = [sign_in(anonymous, "anna", "wrong")["code"] for _ in range(5)]
    assert codes == [109, 109, 109, 100, 100]
    assert sign_in(anonymous, "anna")["code"] == 100


def test_groups_decide_who_comes_in_and_who_administers(
    anonymous: FlaskClient, services: Services
) -> None:
    services.accounts.accounts.create_user(
        NewAccount("first@example.org", "a password"), AccountRole.ADMINISTRATOR
    )
    change(services, ldap={"users": "Nobody at all"})
    assert sign_in(anonymous, "anna")["code"] == 103
    change(services, ldap={"users": "", "administrators": "Keepers", "groups": "all"})
    found = sign_in(anonymous, "anna")["data"]
    assert found["is_superuser"]
    # Nor are they in a group that has theirs in it, and itself.
    assert groups_of(services, found) == ["Keepers"]


def groups_of(services: Services, person: dict[str, Any]) -> list[str]:
    """Return the names of the groups that somebody is in here."""
    return [group.name for group in services.groups.groups.groups_of(person["id"])]


def test_groups_are_those_that_an_entry_names(
    anonymous: FlaskClient, services: Services, slapd: Directory
) -> None:
    anna, keepers = f"uid=anna,ou=people,{BASE}", f"cn=Keepers,ou=groups,{BASE}"
    with Connection(Server("127.0.0.1", slapd.port, get_info=NONE), ADMIN, SECRET) as writer:
        for change_of in (MODIFY_DELETE, MODIFY_ADD):  # slapd notes groups in entries from here on
            assert writer.modify(keepers, {"member": [(change_of, [anna])]}), writer.result
    change(services, ldap={"group_base": "", "group_attribute": "", "groups": "all"})
    assert groups_of(services, sign_in(anonymous, "anna")["data"]) == []
    change(services, ldap={"group_attribute": "memberOf"})
    assert groups_of(services, sign_in(anonymous, "anna")["data"]) == ["Keepers"]


def test_who_has_no_address_there_gets_no_account(
    anonymous: FlaskClient, services: Services
) -> None:
    assert sign_in(anonymous, "nobody")["code"] == 103
    assert services.accounts.accounts.list_users() == []


def test_accounts_with_a_password_here_go_by_that(
    anonymous: FlaskClient, services: Services
) -> None:
    services.accounts.accounts.create_user(NewAccount("anna@example.org", "the one here"))
    assert sign_in(anonymous, "anna@example.org", "the one here")["code"] == 0
    assert sign_in(anonymous, "anna@example.org")["code"] == 109
    assert sign_in(anonymous, "anna")["code"] == 103  # the address is taken
    change(services, ldap={"link_by_email": True})
    assert sign_in(anonymous, "anna@example.org")["code"] == 0
    assert len(services.accounts.accounts.list_users()) == 1


def test_deactivated_and_pending_people_stay_out(
    anonymous: FlaskClient, services: Services
) -> None:
    change(services, ldap={"sign_up": "approval"})
    assert sign_in(anonymous, "anna")["code"] == 403
    user_id = services.accounts.accounts.user_id_of("anna@example.org")
    services.people.people.set_active(user_id, active=True)
    assert sign_in(anonymous, "anna")["code"] == 0
    services.people.people.set_active(user_id, active=False)
    assert sign_in(anonymous, "anna")["code"] == 403


def test_tokens_are_for_people_of_the_directory_too(anonymous: FlaskClient) -> None:
    sent = {"email": "anna", "password": PASSWORD}
    answer = anonymous.post("/api/v1/auth/tokens", json=sent)
    assert answer.json["code"] == 0, answer.text


# Connections.


def check(services: Services, **changes: Any) -> str:
    """Return what the directory answers with changed settings, or what is wrong."""
    change(services, ldap=changes)
    [state] = services.identity.directory.check()
    return state.error or state.found


def test_encrypted_from_the_beginning(
    anonymous: FlaskClient, services: Services, slapd: Directory
) -> None:
    change(services, ldap={"url": f"ldaps://127.0.0.1:{slapd.encrypted_port}"})
    assert sign_in(anonymous, "anna")["code"] == 0


def test_a_certificate_has_to_be_signed_by_somebody_known_and_name_the_host(
    services: Services, slapd: Directory, tmp_path: Path, anonymous: FlaskClient
) -> None:
    _, other = certificate_for(tmp_path)
    for url in (f"ldap://127.0.0.1:{slapd.port}", f"ldaps://127.0.0.1:{slapd.encrypted_port}"):
        change(services, identity={"ca_file": str(other)})
        assert "certificate verify failed" in check(services, url=url)
        change(services, identity={"ca_file": str(slapd.certificate)})
        assert "answers" in check(services, url=url)
        assert "certificate verify failed" in check(
            services, url=url.replace("127.0.0.1", "localhost")
        )
    assert sign_in(anonymous, "anna")["code"] == 105
    assert "answers" in check(services, url=f"ldap://127.0.0.1:{slapd.port}", start_tls=False)


def test_a_wrong_password_of_the_one_who_searches_is_told(services: Services) -> None:
    assert "refuses ldap.bind_dn" in check(services, bind_dn=f"cn=other,{BASE}")
    assert "cannot be seen" in check(services, bind_dn=ADMIN, base=f"ou=nowhere,{BASE}")


@contextmanager
def silent_port() -> Iterator[int]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_directory_that_is_away_or_silent(anonymous: FlaskClient, services: Services) -> None:
    services.accounts.accounts.create_user(NewAccount("own@example.org", "the one here"))
    change(services, identity={"timeout": 0.2})
    with silent_port() as silent:
        for port in (free_port(), silent):
            change(services, ldap={"url": f"ldap://127.0.0.1:{port}"})
            answer = sign_in(anonymous, "anna")
            assert answer["code"] == 105
            assert "directory does not answer" in answer["message"]
            change(services, ldap={"link_by_email": True})
            assert sign_in(anonymous, "own@example.org", "the one here")["code"] == 0


def test_referrals_are_not_followed(
    anonymous: FlaskClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    # The search meets a referral to a port where nobody listens.
    assert sign_in(anonymous, "anna")["code"] == 0
    change(services, ldap={"base": f"ou=elsewhere,ou=people,{BASE}"})
    assert sign_in(anonymous, "anna")["code"] == 105
    assert "answers referral" in caplog.text


def test_searching_without_a_name() -> None:
    with directory(readers="*") as found:
        environment = found.settings(bind_dn="", bind_password="")
        settings = load_settings(environment)
        there = open_directory(settings)
        assert there is not None
        assert there.authenticate("anna", "wrong") is None
        identity = there.authenticate("anna", PASSWORD)
        assert identity is not None
        assert (identity.email, identity.groups) == ("anna@example.org", ("Keepers",))

"""Entering a code, signing up, and one's own account: forms of the console without a script."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from tests.functional.conftest import Member
from tests.functional.library import API, code_of
from tests.functional.sdk.test_second_factor import code_at, set_up
from tests.functional.signing import MEMBER

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.usefixtures("member")]

SIGN_IN = "/console/signin"
ACCOUNT = "/console/account"
COOKIE = "raglan_session"


@pytest.fixture
def person(app: Flask) -> FlaskClient:
    """Return a browser in which nobody has signed in."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return client


def field(text: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, text
    return found[1]


def shown_secret(text: str) -> str:
    found = re.search(r"<code>([A-Z2-7]{32})</code>", text)
    assert found, text
    return found[1]


def test_a_code_is_asked_for_after_the_password(client: FlaskClient, person: FlaskClient) -> None:
    secret, _ = set_up(client)
    form = person.post(SIGN_IN, data={**MEMBER, "next": "/console/keys"})
    assert form.status_code == 200
    assert "Set-Cookie" not in form.headers
    sent = {"challenge": field(form.text, "challenge"), "next": field(form.text, "next")}
    again = person.post(f"{SIGN_IN}/code", data={**sent, "code": "000000"})
    assert (again.status_code, "Set-Cookie" in again.headers) == (401, False)
    assert field(again.text, "challenge") == sent["challenge"]
    answer = person.post(f"{SIGN_IN}/code", data={**sent, "code": code_at(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/keys")
    assert person.get("/console/keys").status_code == 200


def test_a_challenge_ends_with_the_password_and_is_of_this_server(
    client: FlaskClient, person: FlaskClient, services: Services
) -> None:
    secret, _ = set_up(client)
    form = person.post(SIGN_IN, data=MEMBER)
    challenge = field(form.text, "challenge")
    services.accounts.accounts.set_password(MEMBER["email"], "another")
    for sent in (challenge, "", "nonsense"):
        answer = person.post(f"{SIGN_IN}/code", data={"challenge": sent, "code": code_at(secret)})
        assert answer.status_code == 401
        assert "too long" in answer.text


def test_who_has_to_have_a_factor_sets_it_up_at_the_door(
    person: FlaskClient, services: Services
) -> None:
    services.live.take(Settings(auth=AuthSettings(second_factor="everybody")))
    form = person.post(SIGN_IN, data=MEMBER)
    assert "<svg" in form.text
    sent = {"challenge": field(form.text, "challenge"), "code": code_at(shown_secret(form.text))}
    answer = person.post(f"{SIGN_IN}/code", data=sent)
    assert answer.status_code == 200
    assert len(re.findall(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b", answer.text)) == 10
    assert person.get("/console/keys").status_code == 200


def test_sessions_are_seen_and_ended(app: Flask, person: FlaskClient) -> None:
    other = app.test_client()
    for client, agent in ((person, "Firefox"), (other, "<Opera>")):
        assert client.post(SIGN_IN, data=MEMBER, headers={"User-Agent": agent}).status_code == 303
    page = person.get(ACCOUNT).text
    assert "Firefox" in page
    assert "&lt;Opera&gt;" in page
    session = field(page, "session")
    assert person.post(f"{ACCOUNT}/sessions", data={"session": session}).status_code == 303
    assert other.get(f"{API}/datasets").status_code == 401
    assert other.post(SIGN_IN, data=MEMBER).status_code == 303
    assert person.post(f"{ACCOUNT}/sessions").status_code == 303
    assert other.get(f"{API}/datasets").status_code == 401
    assert person.get(f"{API}/datasets").status_code == 200


def test_a_factor_is_set_up_and_removed_on_the_page(person: FlaskClient) -> None:
    person.post(SIGN_IN, data=MEMBER)
    wrong = person.post(f"{ACCOUNT}/factor", data={"password": "wrong"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (401, True)
    form = person.post(f"{ACCOUNT}/factor", data={"password": MEMBER["password"]})
    secret = shown_secret(form.text)
    mistyped = person.post(f"{ACCOUNT}/factor/confirm", data={"code": "000000"})
    assert mistyped.status_code == 401
    codes = person.post(f"{ACCOUNT}/factor/confirm", data={"code": code_at(secret)})
    assert "Recovery codes" in codes.text
    assert "Recovery codes left: 10" in person.get(ACCOUNT).text
    removed = person.post(f"{ACCOUNT}/factor/remove", data={"password": MEMBER["password"]})
    assert removed.status_code == 303
    assert person.post(SIGN_IN, data=MEMBER).status_code == 303


@pytest.mark.parametrize("path", ["/sessions", "/factor", "/factor/confirm", "/factor/remove"])
def test_forms_of_another_site_change_nothing(person: FlaskClient, path: str) -> None:
    person.post(SIGN_IN, data=MEMBER)
    answer = person.post(f"{ACCOUNT}{path}", data={}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_people_sign_up_where_that_is_open(person: FlaskClient, services: Services) -> None:
    new = {"nickname": "Nia", "email": "nia@example.org", "password": "correct horse"}
    assert "/console/signup" not in person.get(SIGN_IN).text
    closed = person.post("/console/signup", data=new)
    assert (closed.status_code, 'role="alert"' in closed.text) == (403, True)
    services.live.take(Settings(auth=AuthSettings(sign_up="on")))
    assert "/console/signup" in person.get(SIGN_IN).text
    assert person.post("/console/signup", data=new).headers["Location"] == "/console"
    assert person.get(f"{API}/datasets").status_code == 200
    services.live.take(Settings(auth=AuthSettings(sign_up="approval")))
    waiting = person.post("/console/signup", data={**new, "email": "later@example.org"})
    assert (waiting.status_code, "administrator to approve" in waiting.text) == (403, True)


def test_people_sign_up_by_an_invitation(
    person: FlaskClient, services: Services, member: Member
) -> None:
    services.live.take(Settings(auth=AuthSettings(sign_up="invitation")))
    with connection(services.database):
        services.database.execute_sql("UPDATE account SET is_superuser = TRUE")
    from_chief = services.people.sign_up.invite(
        member.account.principal, "", member.account.role, days=1
    )
    form = person.get(f"/console/signup?invitation={from_chief.code}")
    assert field(form.text, "invitation") == from_chief.code
    new = {"nickname": "Nia", "email": "nia@example.org", "password": "correct horse"}
    assert person.post("/console/signup", data=new).status_code == 403
    taken = person.post("/console/signup", data={**new, "invitation": from_chief.code})
    assert taken.status_code == 303
    assert code_of(person.get("/v1/user/info", headers={"Authorization": cookie(person)})) == 0


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie(COOKIE)
    assert found
    return found.value

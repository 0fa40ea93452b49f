"""Signing in as Open WebUI's clients do: a token for weeks, a cookie, a key."""

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from tests.functional.conftest import PASSWORD, Member, client_with
from tests.functional.library import API, data_of
from tests.functional.openwebui.conftest import signed_in

pytestmark = pytest.mark.databases("sqlite")


def test_a_session_is_told_as_the_front_end_reads_it(app: Flask, member: Member) -> None:
    email = member.account.email
    answer = app.test_client().post(
        "/api/v1/auths/signin", json={"email": email.upper(), "password": PASSWORD}
    )
    session = answer.json
    assert session["id"] == member.account.id
    assert (session["email"], session["role"], session["token_type"]) == (email, "user", "Bearer")
    assert session["permissions"]["chat"]["delete"] is True
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"token={session['token']};")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_wrong_password_is_no_missing_credential(anonymous: FlaskClient, member: Member) -> None:
    for email in (member.account.email, "nobody@example.org"):
        answer = anonymous.post("/api/v1/auths/signin", json={"email": email, "password": "wrong"})
        assert answer.status_code == 400
        assert answer.json == {"detail": "The e-mail address or the password is not right."}
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_missing_field_is_named_and_no_password_is_told(anonymous: FlaskClient) -> None:
    answer = anonymous.post("/api/v1/auths/signin", json={"password": ["secret"]})
    assert answer.status_code == 422
    assert "email" in answer.json["detail"]
    assert "secret" not in answer.text


def test_a_session_is_shown_again_and_ends(web: FlaskClient, app: Flask) -> None:
    again = web.get("/api/v1/auths/").json
    assert again["token"]
    refreshed = web.post("/api/v1/auths/refresh").json
    assert (refreshed["id"], bool(refreshed["token"])) == (again["id"], True)
    assert web.post("/api/v1/auths/signout").json == {"status": True}
    for client in (web, client_with(app, again["token"])):
        ended = client.get("/api/v1/auths/")
        assert ended.status_code == 401
        assert "detail" in ended.json


def test_the_cookie_signs_in_but_not_for_changes_from_elsewhere(app: Flask, member: Member) -> None:
    browser = app.test_client()
    credentials = {"email": member.account.email, "password": PASSWORD}
    browser.post("/api/v1/auths/signin", json=credentials)
    assert browser.get("/api/v1/auths/").json["id"] == member.account.id
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert browser.delete("/api/v1/chats/", headers=elsewhere).status_code == 403
    assert browser.delete("/api/v1/chats/").json is True


def test_a_cookie_that_is_over_is_taken_back(app: Flask) -> None:
    browser = app.test_client()
    browser.set_cookie("token", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x")
    answer = browser.get("/api/v1/auths/")
    assert answer.status_code == 401
    assert "token=;" in answer.headers["Set-Cookie"]


def test_the_token_is_good_at_other_doors_and_ends_with_the_sessions(
    web: FlaskClient, services: Services, member: Member
) -> None:
    assert data_of(web.get("/api/v1/datasets")) == []
    services.accounts.sessions.end_all(member.account.id)
    assert web.get("/api/v1/auths/").status_code == 401


def test_a_changed_password_ends_other_sessions(
    app: Flask, web: FlaskClient, member: Member
) -> None:
    second = signed_in(app, member.account.email)
    wrong = {"password": "not it", "new_password": "a longer battery"}
    assert web.post("/api/v1/auths/update/password", json=wrong).status_code == 400
    right = wrong | {"password": PASSWORD}
    assert web.post("/api/v1/auths/update/password", json=right).json is True
    assert second.get("/api/v1/auths/").status_code == 401
    assert web.get("/api/v1/auths/").status_code == 200


def test_a_name_is_changed(web: FlaskClient) -> None:
    assert web.post("/api/v1/auths/update/profile", json={"name": "Ada"}).json["name"] == "Ada"
    assert web.get("/api/v1/auths/").json["name"] == "Ada"


def test_the_second_factor_of_the_console_is_shown(web: FlaskClient, client: FlaskClient) -> None:
    status = "/api/v1/auths/mfa/status"
    none = {"enabled": False, "required": False, "recovery_codes_remaining": 0}
    assert web.get(status).json == none
    factor, password = f"{API}/auth/second-factor", {"password": PASSWORD}
    secret = data_of(client.post(factor, json=password))["secret"]
    assert web.get(status).json == none, "no code has come yet"
    data_of(client.put(factor, json={"code": pyotp.TOTP(secret).now()}))
    there = {"enabled": True, "required": False, "recovery_codes_remaining": 10}
    assert web.get(status).json == there
    for step in ("enroll/start", "replace", "recovery/codes"):
        refused = web.post(f"/api/v1/auths/mfa/{step}", json={})
        assert (refused.status_code, "console" in refused.json["detail"]) == (501, True)


def test_a_key_is_made_used_renewed_and_revoked(app: Flask, web: FlaskClient) -> None:
    assert web.get("/api/v1/auths/api_key").status_code == 404
    first = web.post("/api/v1/auths/api_key").json["api_key"]
    assert first.startswith("sk-")
    program = client_with(app, first)
    assert program.get("/api/models").status_code == 200
    assert program.get("/api/v1/auths/").status_code == 403
    header = {"x-api-key": first}
    assert app.test_client().get("/api/v1/chats", headers=header).json == []
    second = web.post("/api/v1/auths/api_key").json["api_key"]
    assert program.get("/api/models").status_code == 401
    assert web.delete("/api/v1/auths/api_key").json is True
    assert client_with(app, second).get("/api/models").status_code == 401


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let anybody sign up who is not the first."""
    return settings.model_copy(update={"auth": AuthSettings(sign_up="on")})


def test_the_first_who_signs_up_administers_the_server(anonymous: FlaskClient) -> None:
    assert anonymous.get("/api/config").json["onboarding"] is True
    wanted = {"name": "Root", "email": "root@example.org", "password": PASSWORD}
    made = anonymous.post("/api/v1/auths/signup", json=wanted)
    assert (made.status_code, made.json["role"], made.json["name"]) == (200, "admin", "Root")
    assert "onboarding" not in anonymous.get("/api/config").json
    taken = anonymous.post("/api/v1/auths/signup", json=wanted)
    assert (taken.status_code, "root@example.org" in taken.json["detail"]) == (409, True)
    second = anonymous.post("/api/v1/auths/signup", json=wanted | {"email": "b@example.org"})
    assert second.json["role"] == "user"


def test_the_configuration_says_more_to_who_has_signed_in(
    anonymous: FlaskClient, web: FlaskClient
) -> None:
    short = anonymous.get("/api/config").json
    assert short["status"] is True
    assert short["features"]["enable_signup"] is True
    assert "permissions" not in short
    whole = web.get("/api/config").json
    assert whole["features"]["enable_calendar"] is False
    assert whole["permissions"]["chat"]["edit"] is True
    assert whole["version"] == anonymous.get("/api/v1/chats/x/").json.get(
        "version", short["version"]
    )


def test_preferences_are_kept_whole(web: FlaskClient, other: FlaskClient) -> None:
    seen = {"version": web.get("/api/version").json["version"]}
    assert web.get("/api/v1/users/user/settings").json == {"ui": seen}
    kept = {"ui": {"theme": "dark", "models": ["guide"], **seen}, "more": 1}
    assert web.post("/api/v1/users/user/settings/update", json=kept).json == kept
    assert web.get("/api/v1/users/user/settings").json == kept
    assert other.get("/api/v1/users/user/settings").json == {"ui": seen}

"""Signing in by tokens, over the REST API."""

import base64
import json
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import SigningKey
from tests.functional.conftest import Member, client_with
from tests.functional.library import API, code_of, data_of, refused
from tests.functional.signing import MEMBER

pytestmark = pytest.mark.usefixtures("member")

TOKENS = f"{API}/auth/tokens"


def tokens(client: FlaskClient) -> dict[str, Any]:
    """Sign in."""
    made: dict[str, Any] = data_of(client.post(TOKENS, json=MEMBER))
    return made


def refreshed(client: FlaskClient, token: str) -> dict[str, Any]:
    made: dict[str, Any] = data_of(client.post(f"{TOKENS}/refresh", json={"refresh_token": token}))
    return made


def is_in(app: Flask, token: str) -> bool:
    """Return whether a token lets in."""
    answer = client_with(app, token).get(f"{API}/datasets")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def test_an_access_token_lets_in_at_every_door(app: Flask, anonymous: FlaskClient) -> None:
    answer = anonymous.post(TOKENS, json=MEMBER)
    made = data_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (made["token_type"], made["expires_in"], made["email"]) == (
        "Bearer",
        900,
        MEMBER["email"],
    )
    client = client_with(app, made["access_token"])
    for page in (f"{API}/datasets", "/v1/models", "/v1/user/info"):
        assert client.get(page).status_code == 200
    [session] = data_of(client.get(f"{API}/users/me/sessions"))
    assert (session["current"], session["address"]) == (True, "127.0.0.1")


@pytest.mark.parametrize("change", [{"password": "no"}, {"email": "nobody@example.org"}])
@pytest.mark.databases("sqlite")
def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    anonymous: FlaskClient, services: Services, change: dict[str, str]
) -> None:
    hashed = 0

    def counted(function: Any, /, *args: Any) -> Any:
        nonlocal hashed
        hashed += 1
        return function(*args)

    passwords = services.accounts.accounts.passwords
    passwords.execution = passwords.execution.__class__(hashing=counted)
    message = refused(anonymous.post(TOKENS, json={**MEMBER, **change}), 401, 109)
    assert message == "The e-mail address or the password is not right."
    assert hashed == 1  # as much work for one as for the other


def test_a_refresh_token_makes_the_next_ones(app: Flask, anonymous: FlaskClient) -> None:
    first = tokens(anonymous)
    second = refreshed(anonymous, first["refresh_token"])
    third = refreshed(anonymous, second["refresh_token"])
    assert all(is_in(app, made["access_token"]) for made in (first, second, third))
    assert (
        len(data_of(client_with(app, third["access_token"]).get(f"{API}/users/me/sessions"))) == 1
    )


def test_a_refresh_token_that_comes_again_ends_the_family(
    app: Flask, anonymous: FlaskClient
) -> None:
    other = tokens(anonymous)
    first = tokens(anonymous)
    second = refreshed(anonymous, first["refresh_token"])
    again = anonymous.post(f"{TOKENS}/refresh", json={"refresh_token": first["refresh_token"]})
    assert "used before" in refused(again, 401, 109)
    assert not is_in(app, second["access_token"])
    after = anonymous.post(f"{TOKENS}/refresh", json={"refresh_token": second["refresh_token"]})
    assert "has ended" in refused(after, 401, 109)
    assert is_in(app, other["access_token"])


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("kind", ["", "nonsense", "access", "key", "session"])
def test_what_is_no_refresh_token_is_refused(
    anonymous: FlaskClient, services: Services, member: Member, kind: str
) -> None:
    given = {
        "access": tokens(anonymous)["access_token"],
        "key": member.api_key,
        "session": services.accounts.sessions.begin(member.account.id, ""),
    }.get(kind, kind)
    answer = anonymous.post(f"{TOKENS}/refresh", json={"refresh_token": given})
    assert "no refresh token" in refused(answer, 401, 109)


@pytest.mark.databases("sqlite")
def test_a_refresh_token_opens_no_page(app: Flask, anonymous: FlaskClient) -> None:
    assert not is_in(app, tokens(anonymous)["refresh_token"])


def test_who_signs_out_or_is_shut_out_is_out_at_once(
    app: Flask, anonymous: FlaskClient, services: Services, member: Member
) -> None:
    made = tokens(anonymous)
    data_of(client_with(app, made["access_token"]).delete(f"{API}/auth/session"))
    assert not is_in(app, made["access_token"])
    made = tokens(anonymous)
    services.accounts.accounts.set_password(MEMBER["email"], MEMBER["password"])
    assert not is_in(app, made["access_token"])
    made = tokens(anonymous)
    services.people.people.set_active(member.account.id, active=False)
    assert not is_in(app, made["access_token"])


@pytest.mark.databases("sqlite")
def test_an_access_token_ends_before_its_session_does(
    app: Flask, anonymous: FlaskClient, services: Services
) -> None:
    made = tokens(anonymous)
    header, claims = parts(made["access_token"])
    key = OctKey.import_key(services.sign_in.signing.current().secret)
    over = {**claims, "exp": int(time.time()) - 1}
    assert is_in(app, jwt.encode(header, claims, key))
    assert not is_in(app, jwt.encode(header, over, key))
    assert is_in(app, refreshed(anonymous, made["refresh_token"])["access_token"])


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a token, unchecked."""
    header, claims, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    return tuple(json.loads(base64.urlsafe_b64decode(each)) for each in (header, claims))  # type: ignore[return-value]  # two


@pytest.mark.databases("sqlite")
def test_forged_and_changed_access_tokens_are_refused(
    app: Flask, anonymous: FlaskClient, services: Services
) -> None:
    token = tokens(anonymous)["access_token"]
    header, claims = parts(token)
    key = OctKey.import_key(services.sign_in.signing.current().secret)
    other = OctKey.import_key("another key, of which nobody knows anything at all")
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({**header, "alg": "none"}, claims)
    )
    forged = {
        "without a signature": f"{unsigned}.",
        "by another key": jwt.encode(header, claims, other),
        "of another kind": jwt.encode({**header, "typ": "logout+jwt"}, claims, key),
        "by a key that is not there": jwt.encode({**header, "kid": "x"}, claims, key),
        "of somebody else": jwt.encode(header, {**claims, "sub": "x"}, key),
        "of no session": jwt.encode(header, {**claims, "sid": "x"}, key),
        "of another issuer": jwt.encode(header, {**claims, "iss": "x"}, key),
        "without an end": jwt.encode(
            header, {name: value for name, value in claims.items() if name != "exp"}, key
        ),
        "cut": token[:-2],
        "nonsense": "eyJ.x.y",
    }
    assert {what: is_in(app, each) for what, each in forged.items()} == dict.fromkeys(forged, False)


def test_the_key_that_signs_is_kept_encrypted_and_can_be_rotated(
    app: Flask, anonymous: FlaskClient, services: Services
) -> None:
    first = tokens(anonymous)
    with connection(services.database):
        [kept] = list(SigningKey.select().dicts())
    secret = services.sign_in.signing.current().secret.encode()
    assert secret.decode() not in repr(kept)
    services.sign_in.signing.rotate()
    second = tokens(anonymous)
    assert parts(first["access_token"])[0]["kid"] != parts(second["access_token"])[0]["kid"]
    assert is_in(app, first["access_token"])
    assert is_in(app, second["access_token"])
    services.sign_in.signing.rotate(at_once=True)
    services.sign_in.signing.read()  # a process looks by itself after some seconds
    assert not is_in(app, second["access_token"])
    assert is_in(app, refreshed(anonymous, second["refresh_token"])["access_token"])


@pytest.mark.databases("sqlite")
def test_another_secret_makes_another_key(
    anonymous: FlaskClient, services: Services, app: Flask
) -> None:
    tokens(anonymous)
    with connection(services.database):
        SigningKey.update(secret_encrypted="of another secret").execute()
    assert is_in(app, tokens(anonymous)["access_token"])


@pytest.mark.databases("sqlite")
def test_how_long_an_access_token_is_good_is_a_setting(
    anonymous: FlaskClient, services: Services
) -> None:
    services.live.take(Settings(auth=AuthSettings(access_minutes=1)))
    assert tokens(anonymous)["expires_in"] == 60
    assert code_of(anonymous.post(TOKENS, json=MEMBER)) == 0

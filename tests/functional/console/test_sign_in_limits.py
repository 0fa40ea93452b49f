"""Guessing passwords: who is kept from it for how long, and who is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from api.config.settings import AuthSettings, ClientSettings, RedisSettings, Settings
from api.container import Services, build
from api.http.application import attach, create_app
from tests.components import Component
from tests.functional.conftest import PASSWORD, join
from tests.functional.library import code_of
from tests.running import free_port, wait_until

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.usefixtures("member")]

EMAIL = "member@example.org"
OWNER, ATTACKER, THIRD = "192.0.2.1", "198.51.100.7", "203.0.113.9"
MOST = 3


def limited(services: Services, **auth: Any) -> None:
    """Apply limits; those that are not named are none."""
    none = dict.fromkeys(
        ("failures", "failures_of_account", "failures_of_address", "sign_ups_of_address"), 0
    )
    auth_settings = AuthSettings(**(none | {"sign_up": "on"} | auth))
    clients = ClientSettings(proxies="127.0.0.1, 10.0.0.0/8")
    services.live.take(Settings(auth=auth_settings, clients=clients))


def sign_in(
    client: FlaskClient, password: str = PASSWORD, address: str = OWNER, **more: Any
) -> TestResponse:
    body = {"email": more.pop("email", EMAIL), "password": password}
    return client.post(
        "/v1/user/login", json=body, environ_overrides={"REMOTE_ADDR": address}, **more
    )


def fail(client: FlaskClient, address: str = ATTACKER, times: int = MOST, **more: Any) -> None:
    for _ in range(times):
        assert code_of(sign_in(client, "wrong", address, **more)) == 109


def is_refused(answer: TestResponse, window: float = 300) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json == {"code": 100, "message": "Too many attempts: try again later."}
    assert 1 <= int(answer.headers["Retry-After"]) <= window
    return True


def test_who_guesses_is_kept_out_and_the_owner_is_not(
    anonymous: FlaskClient, client: FlaskClient, console: FlaskClient, services: Services
) -> None:
    limited(services, failures=MOST)
    fail(anonymous)
    assert is_refused(sign_in(anonymous, "wrong", ATTACKER))
    assert is_refused(sign_in(anonymous, PASSWORD, ATTACKER))
    assert code_of(console.get("/v1/user/info")) == 0
    assert code_of(sign_in(anonymous)) == 0
    assert client.get("/api/v1/datasets").status_code == 200
    fail(anonymous, email="other@example.org")


def test_it_is_not_told_whether_there_is_such_an_account(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services, failures=MOST)
    fail(anonymous, email="nobody@example.org")
    assert is_refused(sign_in(anonymous, "wrong", ATTACKER, email=" Nobody@example.org "))


def test_only_failures_count_and_a_sign_in_forgets_them(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services, failures=MOST, failures_of_address=3 * MOST)
    for _ in range(3):
        fail(anonymous, OWNER, MOST - 1)
        for _ in range(MOST):
            assert code_of(sign_in(anonymous)) == 0


def test_a_limit_ends_with_its_window(anonymous: FlaskClient, services: Services) -> None:
    limited(services, failures=MOST, failures_window=1)
    fail(anonymous)
    if is_refused(sign_in(anonymous, PASSWORD, ATTACKER), window=1):  # a busy machine may be late
        wait_until(
            lambda: sign_in(anonymous, PASSWORD, ATTACKER).json["code"] == 0, "the window's end"
        )


def test_guesses_from_everywhere_do_not_keep_out_who_has_signed_in_before(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services, failures_of_account=MOST)
    assert code_of(sign_in(anonymous)) == 0
    for n in range(MOST):
        fail(anonymous, f"198.51.100.{n}", times=1)
    assert is_refused(sign_in(anonymous, PASSWORD, THIRD))
    assert code_of(sign_in(anonymous)) == 0
    fail(anonymous, THIRD, email="other@example.org")


def test_an_address_may_not_try_account_after_account(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services, failures_of_address=MOST)
    for n in range(MOST):
        fail(anonymous, times=1, email=f"somebody-{n}@example.org")
    assert is_refused(sign_in(anonymous, "wrong", ATTACKER, email="another@example.org"))
    assert code_of(sign_in(anonymous)) == 0


def test_clients_behind_a_proxy_are_told_apart_and_others_cannot_make_themselves_up(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services, failures=MOST)

    def via(*hops: str) -> dict[str, Any]:
        return {"headers": {"X-Forwarded-For": ", ".join(hops)}}

    fail(anonymous, "127.0.0.1", **via(THIRD, ATTACKER, "10.0.0.5"))
    assert is_refused(sign_in(anonymous, PASSWORD, "127.0.0.1", **via(ATTACKER)))
    assert is_refused(sign_in(anonymous, PASSWORD, ATTACKER))
    assert code_of(sign_in(anonymous, PASSWORD, "127.0.0.1", **via(OWNER))) == 0
    for n in range(MOST):
        fail(anonymous, THIRD, times=1, **via(f"192.0.2.{n}"))
    assert is_refused(sign_in(anonymous, PASSWORD, THIRD, **via(OWNER)))


def test_an_ipv6_client_cannot_change_its_address(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services, failures=MOST)
    for n in range(MOST):
        fail(anonymous, f"2001:db8:1:2:{n}::1", times=1)
    assert is_refused(sign_in(anonymous, PASSWORD, "2001:db8:1:2:9::9"))
    assert code_of(sign_in(anonymous, PASSWORD, "2001:db8:1:3::1")) == 0


def test_an_address_may_not_sign_up_without_end(anonymous: FlaskClient, services: Services) -> None:
    limited(services, sign_ups_of_address=MOST)

    def sign_up(n: int, address: str = ATTACKER) -> TestResponse:
        body = {"nickname": "n", "email": f"new-{n}@example.org", "password": "p"}
        overrides = {"REMOTE_ADDR": address}
        return anonymous.post("/v1/user/register", json=body, environ_overrides=overrides)

    assert [code_of(sign_up(n)) for n in range(MOST)] == [0] * MOST
    assert is_refused(sign_up(MOST))
    assert code_of(sign_up(MOST, OWNER)) == 0


def test_who_holds_a_session_may_not_guess_its_password(
    console: FlaskClient, services: Services
) -> None:
    limited(services, failures=MOST)

    def change(old: str) -> TestResponse:
        return console.post("/v1/user/setting", json={"password": old, "new_password": "other"})

    assert [code_of(change("wrong")) for _ in range(MOST)] == [109] * MOST
    assert is_refused(change(PASSWORD))


def test_nothing_is_limited_where_the_settings_say_so(
    anonymous: FlaskClient, services: Services
) -> None:
    limited(services)
    fail(anonymous, times=12)


@contextmanager
def server_with(settings: Settings, redis: str) -> Iterator[Flask]:
    """Run another process's part of a server that counts in Redis."""
    redis_settings = RedisSettings(url=SecretStr(redis), timeout=2)
    services = build(settings.model_copy(update={"redis": redis_settings}))
    try:
        limited(services, failures=MOST)
        app = create_app()
        attach(app, services)
        yield app
    finally:
        services.chunk_store.close()
        services.database.close_all()


def test_workers_with_redis_count_together(
    settings: Settings, services: Services, redis_standalone: Component
) -> None:
    email = "shared@example.org"
    join(services, email)
    url = f"redis://{redis_standalone.address}/0"
    # One after the other: models speak to the database that was opened last in a process.
    with server_with(settings, url) as app:
        fail(app.test_client(), times=MOST - 1, email=email)
    with server_with(settings, url) as app:
        fail(app.test_client(), times=1, email=email)
        assert is_refused(sign_in(app.test_client(), PASSWORD, ATTACKER, email=email))
        assert code_of(sign_in(app.test_client(), email=email)) == 0


def test_without_its_redis_a_worker_signs_in_and_counts_for_itself(settings: Settings) -> None:
    with server_with(settings, f"redis://127.0.0.1:{free_port()}/0") as app:
        client = app.test_client()
        assert code_of(sign_in(client)) == 0
        fail(client)
        assert is_refused(sign_in(client, PASSWORD, ATTACKER))
        assert code_of(sign_in(client)) == 0

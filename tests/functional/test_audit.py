"""The audit log: what is in it at each level, who reads it, and what is never in it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from api.errors import UnavailableError
from api.http.application import follow
from api.http.events import kind_of
from api.services.accounts.records import AccountRole
from tests.functional.access_table import ADMINISTRATORS
from tests.functional.conftest import PASSWORD, Member, client_with, join
from tests.functional.library import API, data_of

AUDIT = f"{API}/system/audit"
SECRET = "Zq9-open-sesame-Zq9"

on_sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def administrator(app: Flask, services: Services) -> FlaskClient:
    """Return a client of an administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return client_with(app, made.api_key)


def audited(app: Flask, services: Services, settings: Settings, **audit: Any) -> None:
    """Have requests noted by some settings."""
    changed = settings.audit.model_copy(update=audit)
    new = settings.model_copy(update={"audit": changed})
    services.live.renew(lambda: new)
    follow(app, new)


def entries(client: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    """Return the entries that an administrator reads, the newest first."""
    services: Services = client.application.extensions["raglan"].services
    services.auditing.trail.flush()
    found: list[dict[str, Any]] = data_of(client.get(AUDIT, query_string=query))["entries"]
    return found


def test_who_signs_in_and_who_fails_to_is_in_the_log(
    administrator: FlaskClient, anonymous: FlaskClient, member: Member
) -> None:
    given = {"email": member.account.email, "password": PASSWORD}
    came_from = {"User-Agent": "a browser", "X-Forwarded-For": "192.0.2.9"}
    anonymous.post("/v1/user/login", json=given, headers=came_from)
    anonymous.post("/v1/user/login", json={**given, "password": SECRET})
    anonymous.post("/console/signin", data={"email": SECRET, "password": SECRET})
    deep = '{"email": ' + "[" * 60 + "]" * 60 + ', "password": "x"}'
    anonymous.post("/v1/user/login", data=deep, content_type="application/json")
    no_text, typed, failed, done = entries(administrator, kind="sign_in")
    assert (no_text["user"], no_text["outcome"]) == ("", "refused")
    assert (done["user"], done["outcome"], done["status"]) == (given["email"], "done", 200)
    assert (done["address"], done["agent"]) == ("192.0.2.9", "a browser")
    assert (failed["user"], failed["outcome"]) == (given["email"], "refused")
    assert failed["action"] == "console_user.login"
    assert (typed["user"], typed["action"]) == ("", "web_entrance.sign_in")
    assert SECRET not in json.dumps([typed, failed, done])


def test_changes_of_people_keys_settings_and_permissions_are_in_the_log(
    administrator: FlaskClient, member: Member
) -> None:
    administrator.patch(f"{API}/users/{member.account.id}", json={"role": "administrator"})
    made = data_of(administrator.post(f"{API}/system/tokens", json={"name": "a key"}))
    administrator.patch(
        f"{API}/system/settings",
        json={"version": 0, "settings": {"log.access": False, "models.chat_api_key": SECRET}},
    )
    administrator.post(f"{API}/groups", json={"name": "a group"})
    group, settings, key, person = entries(administrator)
    assert (person["kind"], person["user"]) == ("people", "admin@example.org")
    assert person["path"] == f"{API}/users/{member.account.id}"
    assert person["detail"] == {"request": {"role": "administrator"}}
    assert person["credential"].startswith("key:")
    assert (key["kind"], key["detail"]) == ("keys", {"request": {"name": "a key"}})
    assert (settings["kind"], group["kind"]) == ("settings", "permissions")
    kept = settings["detail"]["request"]["settings"]
    assert kept == {"log.access": False, "models.chat_api_key": "****"}
    assert made["token"] not in json.dumps([group, settings, key, person])


@on_sqlite
def test_who_may_not_change_people_is_in_the_log_and_strangers_fill_it_with_nothing(
    administrator: FlaskClient, client: FlaskClient, anonymous: FlaskClient, member: Member
) -> None:
    client.post(f"{API}/users", json={"email": "x@example.org", "password": SECRET})
    anonymous.post(f"{API}/users", json={"email": "y@example.org", "password": SECRET})
    [refused] = entries(administrator)
    assert (refused["user"], refused["status"]) == (member.account.email, 403)
    assert refused["detail"]["request"] == {}  # nobody has read what they sent


@on_sqlite
def test_no_change_that_only_administrators_make_is_forgotten(app: Flask) -> None:
    changes = {"POST", "PUT", "PATCH", "DELETE"}
    forgotten = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint in ADMINISTRATORS and not rule.endpoint.endswith(".search")
        for method in (rule.methods or set()) & changes
        if kind_of(rule.endpoint, method) is None
    ]
    assert forgotten == []


@on_sqlite
def test_by_default_no_other_request_is_noted(
    administrator: FlaskClient, client: FlaskClient
) -> None:
    client.get(f"{API}/datasets")
    client.post(f"{API}/datasets", json={"name": "a dataset"})
    assert entries(administrator) == []


def test_each_level_keeps_more_of_a_request(
    app: Flask, services: Services, settings: Settings, administrator: FlaskClient
) -> None:
    body = {"name": "a dataset", "description": SECRET}
    audited(app, services, settings, level="metadata")
    administrator.post(f"{API}/datasets?x=1", json=body).close()
    audited(app, services, settings, level="request")
    administrator.post(f"{API}/datasets?x=1&token={SECRET}", json={**body, "name": "b"}).close()
    audited(app, services, settings, level="request_response")
    administrator.post(f"{API}/datasets", json={**body, "name": "c"}).close()
    answered, asked, plain = entries(administrator, kind="request")
    assert (plain["path"], plain["detail"]) == (f"{API}/datasets", {})
    assert plain["user"] == "admin@example.org"
    assert plain["milliseconds"] >= 0
    assert asked["detail"]["query"] == {"x": "1", "token": "****"}
    assert asked["detail"]["request"]["name"] == "b"
    assert answered["detail"]["response"]["data"]["name"] == "c"


@on_sqlite
def test_long_bodies_streams_and_files_are_told_by_their_length(
    app: Flask, services: Services, settings: Settings, administrator: FlaskClient
) -> None:
    audited(app, services, settings, level="request_response", body_bytes=300)
    made = data_of(administrator.post(f"{API}/datasets", json={"name": "a"}))
    file = {"file": (io.BytesIO(SECRET.encode()), "a.txt")}
    administrator.post(f"{API}/datasets/{made['id']}/documents", data=file).close()
    administrator.post(f"{API}/datasets", json={"name": "b", "description": "x" * 300}).close()
    long, upload = entries(administrator, kind="request")[:2]
    assert long["detail"]["request"].endswith(" bytes, not kept")
    assert upload["detail"]["request"].endswith(" bytes, not kept")
    assert SECRET not in json.dumps([long, upload])


@on_sqlite
def test_paths_are_chosen(
    app: Flask, services: Services, settings: Settings, administrator: FlaskClient
) -> None:
    audited(app, services, settings, level="metadata", include=f"{API}/**", exclude=f"{API}/tasks")
    for path in (f"{API}/datasets", f"{API}/tasks", "/v1/user/info", "/ready"):
        administrator.get(path).close()
    assert [entry["path"] for entry in entries(administrator)] == [f"{API}/datasets"]


def test_the_list_is_filtered_and_read_on_by_its_ids(
    app: Flask,
    services: Services,
    settings: Settings,
    administrator: FlaskClient,
    client: FlaskClient,
) -> None:
    audited(app, services, settings, level="metadata", exclude=AUDIT)
    for number in range(5):
        client.get(f"{API}/datasets/{number}/documents").close()
        administrator.get(f"{API}/tasks").close()
    services.auditing.trail.flush()
    first = administrator.get(AUDIT, query_string={"page_size": 4})
    found = data_of(first)["entries"]
    assert f"after={found[-1]['id']}" in first.headers["Link"]
    rest = entries(administrator, page_size=200, after=found[-1]["id"])
    ids = [entry["id"] for entry in (*found, *rest)]
    assert len(ids) == 10
    assert ids == sorted(ids, reverse=True)
    assert len(entries(administrator, user="MEMBER@example.org")) == 5
    assert len(entries(administrator, outcome="refused", action="documents")) == 5
    assert entries(administrator, begin=found[0]["time"] + 1) == []
    assert len(entries(administrator, end=found[0]["time"] + 1, kind="request")) == 10
    assert entries(administrator, address="192.0.2.1") == []
    assert administrator.get(AUDIT, query_string={"kind": "nonsense"}).status_code == 400


@on_sqlite
def test_only_administrators_read_it(client: FlaskClient, anonymous: FlaskClient) -> None:
    assert client.get(AUDIT).status_code == 403
    assert anonymous.get(AUDIT).status_code == 401


@on_sqlite
def test_entries_go_into_a_file_of_the_day(
    app: Flask, services: Services, settings: Settings, administrator: FlaskClient
) -> None:
    audited(app, services, settings, level="metadata", stream="file", table="off")
    administrator.get(f"{API}/tasks").close()
    administrator.post(f"{API}/system/tokens", json={"name": "a key"}).close()
    services.auditing.trail.flush()
    [path] = (settings.data_path / "audit").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    request, event = map(json.loads, path.read_text().splitlines())
    assert (request["kind"], request["action"]) == ("request", "rest_tasks.list_page")
    assert event["detail"] == {"request": {"name": "a key"}}
    assert [entry["kind"] for entry in entries(administrator)] == ["keys"]


@on_sqlite
def test_entries_go_into_the_log(
    app: Flask,
    services: Services,
    settings: Settings,
    administrator: FlaskClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    audited(app, services, settings, level="metadata", stream="log")
    with caplog.at_level("INFO", logger="raglan.audit"):
        administrator.get(f"{API}/tasks").close()
        services.auditing.trail.flush()
    [line] = [one for one in caplog.records if one.name == "raglan.audit"]
    assert json.loads(line.getMessage())["action"] == "rest_tasks.list_page"


@on_sqlite
def test_a_full_queue_loses_requests_and_nothing_else(
    app: Flask, services: Services, settings: Settings, administrator: FlaskClient
) -> None:
    audited(app, services, settings, level="metadata", queue=100)
    for _ in range(110):
        administrator.get(f"{API}/system/version").close()
    administrator.post(f"{API}/system/tokens", json={"name": "a key"}).close()
    found = entries(administrator, page_size=200)
    assert [entry["kind"] for entry in found].count("request") == 100
    assert [entry["kind"] for entry in found].count("keys") == 1


@on_sqlite
def test_what_is_older_than_it_is_kept_goes(
    app: Flask,
    services: Services,
    settings: Settings,
    administrator: FlaskClient,
) -> None:
    audited(app, services, settings, level="metadata", stream="file", days=1)
    administrator.get(f"{API}/tasks").close()
    old = settings.data_path / "audit" / "audit-2020-01-01.jsonl"
    services.auditing.trail.flush()
    old.write_text("{}\n")
    with connection(services.database):
        rows(services.database, "UPDATE audit_entry SET time = 1 RETURNING id")
    administrator.get(f"{API}/tasks").close()
    services.auditing.trail.flush()
    assert services.auditing.audit.expire() == 2
    assert not old.exists()
    assert len(entries(administrator)) == 1


@on_sqlite
def test_an_event_that_the_table_does_not_take_is_in_the_log(
    services: Services,
    administrator: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(*_: object) -> None:
        raise UnavailableError("The database is away.")

    monkeypatch.setattr("api.services.auditing.queries.insert", away)
    answer = administrator.post(f"{API}/system/tokens", json={"name": "a key"})
    assert answer.status_code == 200
    assert "rest_system.create_token" in caplog.text
    assert "The audit log cannot be written" in caplog.text
    del services


NAMED = (
    "password",
    "new_password",
    "old_password",
    "api_key",
    "llm_api_key",
    "token",
    "access_token",
    "refresh_token",
    "client_secret",
    "authorization",
    "cookie",
    "key",
    "code",
    "otp",
    "recovery_codes",
    "private_key",
    "auth.secret_key",
    "redis.url",
)
BODY = {
    **dict.fromkeys(NAMED, SECRET),
    "settings": {"auth.secret_key": SECRET, "storage.url": SECRET, "models.chat_api_key": SECRET},
    "config": [{"deep": {"password": SECRET}}],
    "base_url": f"https://user:{SECRET}@models.example.org/v1?key={SECRET}",
    "text": f"Authorization: Bearer {SECRET} and ragflow-{SECRET}",
    "email": "who@example.org",
    "name": "a name",
}


@on_sqlite
@pytest.mark.long
def test_no_page_has_its_secrets_in_the_log(
    app: Flask, services: Services, settings: Settings, administrator: FlaskClient
) -> None:
    audited(app, services, settings, level="request_response", exclude="", stream="file")
    headers = {"X-Api-Key": SECRET, "Cookie": f"raglan_session={SECRET}", "X-Other": SECRET}
    wrong = {**headers, "Authorization": f"Bearer {SECRET}"}
    query = dict.fromkeys(NAMED, SECRET)
    walked = 0
    for rule in app.url_map.iter_rules():
        secret = {"token", "key", "code"} & rule.arguments
        path = rule.rule
        for name in rule.arguments:
            for form in (f"<{name}>", f"<path:{name}>", f"<int:{name}>"):
                path = path.replace(form, SECRET if name in secret else "1")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            asked: dict[str, Any] = {"method": method, "query_string": query}
            administrator.open(path, json=BODY, headers=headers, **asked).close()
            if method == "POST":
                file = {"file": (io.BytesIO(SECRET.encode()), "a.txt"), "password": SECRET}
                administrator.open(path, data=file, headers=headers, **asked).close()
            walked += 1
        app.test_client().open(path, json=BODY, headers=wrong, **asked).close()
        services.auditing.trail.flush()
    assert walked > 300
    with connection(services.database):
        found = rows(services.database, "SELECT * FROM audit_entry")
    kept = "\n".join(map(str, found))
    leaks = [line.partition(SECRET) for line in kept.splitlines()]
    assert [f"{before[:120]} ... {before[-80:]}{it}" for before, it, _ in leaks if it] == []
    assert len(found) > walked
    assert kept.count("a name") > 100  # bodies are kept, and were looked at
    assert SECRET not in kept
    for path in Path(settings.data_path / "audit").iterdir():
        assert SECRET not in path.read_text()

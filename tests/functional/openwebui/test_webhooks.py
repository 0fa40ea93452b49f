"""Addresses at which people are told of answers, and other servers of what happens."""

import base64
import hashlib
import hmac
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playhouse.shortcuts import model_to_dict

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.webhook import Webhook, WebhookDelivery
from api.services.webhooks.deliveries import MOST_WAITING, PAUSES
from api.services.webui.records import Said, TaskRecord
from tests.functional.conftest import PASSWORD, Member
from tests.functional.library import API, data_of
from tests.functional.openwebui.library import base, detail, ok, send
from tests.functional.openwebui.test_chats import kept
from tests.model_endpoint import ModelEndpoint, Reply, serve

pytestmark = pytest.mark.databases("sqlite")

SETTINGS = "/api/v1/users/user/settings/update"
TARGETS = "/api/v1/notifications/targets"
HOOKS = "/api/events/webhooks"
FINISHED = ["chat.finished"]


def switched(services: Services, *, webhooks: str = "on", internal: bool = True) -> None:
    """Let people be told at addresses, or not."""
    now = services.live.current
    frontend = now.frontend.model_copy(update={"webhooks": webhooks})
    fetching = now.fetching.model_copy(update={"internal": internal})
    services.live.take(now.model_copy(update={"frontend": frontend, "fetching": fetching}))


@pytest.fixture
def hook() -> Iterator[ModelEndpoint]:
    """Return what is told."""
    with serve() as found:
        yield found


def address(hook: ModelEndpoint) -> str:
    """Return where it is told."""
    return f"{hook.url}/chat/completions"


def answered(member: Member, chat: str) -> TaskRecord:
    """Return an answer of a chat."""
    told = chat.replace("-", "")
    return TaskRecord("t" * 32, member.account.id, told, "a", is_stopped=False)


def sent(services: Services, hook: ModelEndpoint) -> list[str]:
    """Tell what is due, and return of which events it was told since."""
    before = len(hook.received)
    while services.webui.hooks.deliveries.send_due():
        pass
    return [str(one.body["event"]) for one in hook.received[before:]]


def due_now(services: Services) -> None:
    """Let all pauses be over."""
    with connection(services.database):
        WebhookDelivery.update(not_before=0).execute()


def waiting(services: Services) -> int:
    """Return how much is still to be told."""
    with connection(services.database):
        return int(WebhookDelivery.select().count())


def test_who_is_away_is_told_of_an_answer_at_the_address_of_their_settings(
    web: FlaskClient, services: Services, member: Member, hook: ModelEndpoint
) -> None:
    chat = kept(web, "Lamps")["id"]
    task, tell = answered(member, chat), services.webui.webhooks.tell
    hook.script += [Reply()]
    ok(web.post(SETTINGS, json={"ui": {"notifications": {"webhook_url": address(hook)}}}))
    switched(services, webhooks="off")
    assert tell(task, Said("At dusk.")) == 0
    switched(services)
    assert tell(task, Said("At dusk.")) == 1
    assert sent(services, hook) == FINISHED
    told = hook.received[0].body
    assert (told["title"], told["message"], told["chat_id"]) == ("Lamps", "At dusk.", chat)
    assert told["url"].endswith(f"/c/{chat}")
    assert tell(task, Said(error="No.")) == 0
    assert tell(task._replace(chat_id="local:x"), Said("At dusk.")) == 0, "nothing is kept of it"
    services.webui.presence.see(member.account.id)
    assert tell(task, Said("At dusk.")) == 0, "they see it themselves"
    assert sent(services, hook) == []


def test_people_keep_addresses_that_are_told(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member, hook: ModelEndpoint
) -> None:
    switched(services)
    hook.script += [Reply() for _ in range(3)]
    events = ok(web.get("/api/v1/notifications/events"))["events"]
    assert [one["event"] for one in events] == ["chat.finished", "chat.failed"]
    assert ok(web.get(TARGETS)) == {"targets": []}
    assert ok(web.get("/api/config"))["features"]["enable_user_webhooks"] is True
    assert ok(web.get("/api/v1/users/permissions"))["features"]["webhooks"] is True
    given = {"type": "webhook", "config": {"url": address(hook), "name": "Mine"}}
    made = ok(web.post(TARGETS, json={**given, "events": FINISHED, "delivery": "always"}))
    shown = (made["id"], made["is_default"], made["config"]["name"])
    assert shown == ("127-0-0-1", True, "Mine")
    assert made["config"]["url_masked"] == "http://127.0.0.1/...ions"
    assert hook.url not in str(made)
    second = ok(web.post(TARGETS, json={"id": "my second", **given}))
    assert (second["id"], second["events"], second["delivery"]) == ("my-second", [], "away")
    place = f"{TARGETS}/{second['id']}"
    assert ok(web.put(f"{place}/default"))["is_default"] is True
    assert [one["is_default"] for one in ok(web.get(TARGETS))["targets"]] == [False, True]
    changed = ok(web.put(place, json={"events": ["chat.failed"], "config": {}, "enabled": False}))
    assert (changed["events"], changed["enabled"]) == (["chat.failed"], False)
    assert changed["config"] == second["config"]
    assert ok(web.post(f"{place}/test")) == {"ok": True}
    assert [one.body["action"] for one in hook.received] == ["test"]
    for way in (other.get, other.delete, other.post):
        assert way(f"{place}/test" if way == other.post else place).status_code in {404, 405}
    assert ok(other.get(TARGETS)) == {"targets": []}
    services.webui.presence.see(member.account.id)
    task = answered(member, kept(web, "Lamps")["id"])
    assert services.webui.webhooks.tell(task, Said("At dusk.")) == 1, "the one that wants it always"
    ok(web.put(place, json={"enabled": True, "delivery": "always"}))
    assert services.webui.webhooks.tell(task, Said(error="No lamp.")) == 1
    assert sorted(sent(services, hook)) == ["chat.failed", "chat.finished"]
    assert "webhook-signature" not in {name.lower() for name in hook.received[-1].headers}
    assert ok(web.delete(place)) == {"ok": True}
    detail(web.delete(place), 404)
    switched(services, webhooks="off")
    assert "switched off" in detail(web.get(TARGETS), 403)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({}, 400, "config.url"),
        ({"config": {"url": 1}}, 400, "config.url"),
        ({"config": {"url": "nonsense"}}, 400, "url"),
        ({"config": {"url": "http://127.0.0.1/x"}}, 400, "own network"),
        ({"type": "email", "config": {"url": "http://1.1.1.1/x"}}, 501, "type"),
        ({"events": ["channel.message"], "config": {"url": "http://1.1.1.1/x"}}, 422, "events"),
        ({"delivery": "x", "config": {"url": "http://1.1.1.1/x"}}, 422, "delivery"),
        ({"config": {"url": "http://1.1.1.1/x", "y": "z" * 5000}}, 400, "config"),
        ({"id": "!", "config": {"url": "http://1.1.1.1/x"}}, 400, "id"),
    ],
)
def test_what_cannot_be_told_is_refused_by_its_name(
    web: FlaskClient, services: Services, body: object, status: int, word: str
) -> None:
    switched(services, internal=False)
    assert word in detail(web.post(TARGETS, json=body), status)


def test_other_servers_are_told_of_what_happens(
    admin: FlaskClient,
    web: FlaskClient,
    app: Flask,
    client: FlaskClient,
    services: Services,
    member: Member,
    hook: ModelEndpoint,
) -> None:
    switched(services)
    hook.script += [Reply() for _ in range(30)]
    listed = ok(admin.get("/api/events"))["events"]
    assert {"event", "description", "message"} == listed[0].keys()
    made = ok(admin.post(HOOKS, json={"url": address(hook), "name": "Watch"}))
    assert (made["events"], made["targets"], made["enabled"]) == (["*"], None, True)
    assert ok(admin.get(HOOKS)) == [{**made, "secret": "********"}]
    detail(web.get(HOOKS), 403)
    detail(web.post(HOOKS, json={"url": address(hook)}), 403)
    credentials = {"email": member.account.email, "password": PASSWORD}
    ok(app.test_client().post("/api/v1/auths/signin", json=credentials))
    data_of(app.test_client().post(f"{API}/auth/tokens", json=credentials))
    detail(
        app.test_client().post("/api/v1/auths/signin", json={**credentials, "password": "x"}), 400
    )
    chat = kept(web, "Lamps")["id"]
    ok(web.post(f"/api/v1/chats/{chat}/pin"))
    ok(web.post(f"/api/v1/chats/{chat}/pin"))
    knowledge = base(web, "Tower")["id"].replace("-", "")
    file = send(web, "lamp.txt")["id"]
    data_of(client.post(f"{API}/datasets", json={"name": "Harbour"}))
    form = {"file": (io.BytesIO(b"The tower."), "tower.txt")}
    data_of(client.post(f"{API}/datasets/{knowledge}/documents", data=form))
    added = {"name": "Bea", "email": "bea@example.org", "password": PASSWORD, "role": "user"}
    person = ok(admin.post("/api/v1/auths/add", json=added))["id"]
    ok(admin.delete(f"/api/v1/users/{person}"))
    told = [
        *("config.webhook.updated", "auth.login", "auth.login", "chat.created"),
        *("chat.pinned", "chat.unpinned"),
        *("knowledge.created", "file.uploaded", "knowledge.created", "knowledge.file.added"),
        *("user.created", "user.deleted"),
    ]
    assert sorted(sent(services, hook)) == sorted(told)
    bodies = {str(one.body["event"]): one.body for one in hook.received}
    login, made_chat = bodies["auth.login"], bodies["chat.created"]
    assert login["actor"]["email"] == login["text"].partition("(")[2][:-1] == member.account.email
    assert login["subject"]["type"] == "user"
    assert (made_chat["subject"], made_chat["data"]) == (
        {"type": "chat", "id": chat},
        {"title": "Lamps"},
    )
    assert (made_chat["resource"], made_chat["operation"]) == ("chat", "created")
    assert bodies["file.uploaded"]["subject"]["id"] == file
    assert bodies["user.deleted"]["subject"]["id"] == person
    assert bodies["knowledge.file.added"]["source"] == "rest"
    assert PASSWORD not in str(bodies)
    received = {name.lower(): value for name, value in hook.received[-1].headers.items()}
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    assert received["webhook-signature"].startswith("v1,")
    assert (len(key), received["webhook-timestamp"].isdigit()) == (32, True)


def test_what_is_told_is_signed(
    admin: FlaskClient, services: Services, hook: ModelEndpoint
) -> None:
    switched(services)
    hook.script += [Reply()]
    secret = f"whsec_{base64.b64encode(b'x' * 24).decode()}"
    given = {"url": address(hook), "events": ["folder.*"], "secret": secret}
    made = ok(admin.post(HOOKS, json=given))
    assert made["secret"] == secret
    ok(admin.put(f"{HOOKS}/{made['id']}", json={"secret": "********", "name": "Folders"}))
    ok(admin.post("/api/v1/folders/", json={"name": "Ships"}))
    with connection(services.database):
        row = WebhookDelivery.get()
    assert sent(services, hook) == ["folder.created"]
    headers = {name.lower(): value for name, value in hook.received[0].headers.items()}
    signed = f"{row.id}.{headers['webhook-timestamp']}.{row.body}".encode()
    wanted = base64.b64encode(hmac.digest(b"x" * 24, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-id"] == row.id
    with connection(services.database):
        kept_rows = list(Webhook.select().tuples())
    assert secret not in str(kept_rows)
    assert hook.url not in str(kept_rows)


def test_an_address_wants_some_events_of_some_people(
    admin: FlaskClient,
    web: FlaskClient,
    services: Services,
    member: Member,
    hook: ModelEndpoint,
) -> None:
    switched(services)
    hook.script += [Reply() for _ in range(9)]
    mine = [{"type": "user", "id": member.account.id}]
    given = {"url": address(hook), "events": ["folder.created", "chat.*"]}
    one = ok(admin.post(HOOKS, json={**given, "targets": mine}))
    assert one["targets"] == mine
    ok(admin.post("/api/v1/folders/", json={"name": "Ships"}))
    ok(web.post("/api/v1/memories/add", json={"content": "Ada sails."}))
    assert sent(services, hook) == []
    ok(web.post("/api/v1/folders/", json={"name": "Ships"}))
    assert sent(services, hook) == ["folder.created"]
    group = ok(admin.post("/api/v1/groups/create", json={"name": "G", "description": ""}))["id"]
    place = f"{HOOKS}/{one['id']}"
    ok(admin.put(place, json={"targets": [{"type": "group", "id": group}]}))
    ok(web.post("/api/v1/folders/", json={"name": "Boats"}))
    assert sent(services, hook) == []
    ids = {"user_ids": [member.account.id]}
    ok(admin.post(f"/api/v1/groups/id/{group}/users/add", json=ids))
    ok(web.post("/api/v1/folders/", json={"name": "Rafts"}))
    assert sent(services, hook) == ["folder.created"]
    assert ok(admin.put(place, json={"targets": None, "enabled": False}))["targets"] is None
    ok(web.post("/api/v1/folders/", json={"name": "Canoes"}))
    assert sent(services, hook) == []
    assert ok(admin.delete(place)) == {"status": True}
    detail(admin.delete(place), 404)
    detail(admin.put(place, json={}), 404)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": "http://1.1.1.1/", "events": ["calendar.alert"]}, "events"),
        ({"url": "http://1.1.1.1/", "targets": [{"type": "role", "id": "x"}]}, "targets"),
        ({"url": "http://1.1.1.1/", "secret": "open sesame"}, "secret"),
    ],
)
def test_what_the_server_cannot_tell_is_refused_by_its_name(
    admin: FlaskClient, services: Services, body: object, word: str
) -> None:
    switched(services, internal=False)
    assert word in detail(admin.post(HOOKS, json=body), 422)
    inside = detail(admin.post(HOOKS, json={"url": "http://127.0.0.1/"}), 400)
    assert "own network" in inside


def test_an_address_that_is_away_is_told_later(
    admin: FlaskClient, services: Services, hook: ModelEndpoint
) -> None:
    switched(services)
    hook.script += [Reply(status=500), Reply(status=302), Reply()]
    ok(admin.post(HOOKS, json={"url": address(hook), "events": ["folder.created"]}))
    ok(admin.post("/api/v1/folders/", json={"name": "Ships"}))
    assert sent(services, hook) == ["folder.created"], "told once, and not at once again"
    ok(admin.post("/api/v1/folders/", json={"name": "Boats"}))
    due_now(services)
    with connection(services.database):
        WebhookDelivery.delete().where(WebhookDelivery.attempts == 0).execute()
    assert sent(services, hook) == ["folder.created"]
    assert waiting(services) == 1
    due_now(services)
    assert sent(services, hook) == ["folder.created"]
    assert waiting(services) == 0
    ids = {one.headers.get("webhook-id") or one.headers.get("Webhook-Id") for one in hook.received}
    assert len(ids) == 1, "each try is known as the same"


def test_an_address_that_stays_away_is_given_up(
    admin: FlaskClient, services: Services, hook: ModelEndpoint
) -> None:
    switched(services)
    hook.script += [Reply(status=500) for _ in range(9)]
    ok(admin.post(HOOKS, json={"url": address(hook), "events": ["folder.created"]}))
    ok(admin.post("/api/v1/folders/", json={"name": "Ships"}))
    for _ in range(len(PAUSES)):
        assert (len(sent(services, hook)), waiting(services)) == (1, 1)
        due_now(services)
    assert (len(sent(services, hook)), waiting(services)) == (1, 0)
    ok(admin.post("/api/v1/folders/", json={"name": "Boats"}))
    with connection(services.database):
        WebhookDelivery.update(create_time=now_ms() - 25 * 3600 * 1000).execute()
    assert (len(sent(services, hook)), waiting(services)) == (1, 0)


def test_no_more_waits_for_an_address_than_is_kept(
    admin: FlaskClient, services: Services, hook: ModelEndpoint
) -> None:
    switched(services)
    one = ok(admin.post(HOOKS, json={"url": address(hook), "events": ["folder.created"]}))
    ok(admin.post("/api/v1/folders/", json={"name": "Ships"}))
    with connection(services.database):
        first = model_to_dict(WebhookDelivery.get())
        rest = [{**first, "id": f"{number:032}"} for number in range(MOST_WAITING - 1)]
        WebhookDelivery.insert_many(rest).execute()
    ok(admin.post("/api/v1/folders/", json={"name": "Boats"}))
    assert waiting(services) == MOST_WAITING
    ok(admin.delete(f"{HOOKS}/{one['id']}"))
    assert waiting(services) == 0


def test_with_an_account_go_its_addresses(
    web: FlaskClient, services: Services, member: Member, hook: ModelEndpoint
) -> None:
    switched(services)
    ok(web.post(TARGETS, json={"events": FINISHED, "config": {"url": address(hook)}}))
    task = answered(member, kept(web, "Lamps")["id"])
    assert services.webui.webhooks.tell(task, Said("At dusk.")) == 1
    people = services.people.people
    people.set_active(member.account.id, active=False)
    people.erase(member.account.id)
    assert waiting(services) == 0
    with connection(services.database):
        assert Webhook.select().count() == 0

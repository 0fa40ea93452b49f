"""Messages in channels: paged, answered in threads and by emojis, changed, pinned, with files."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from api.schemas.openwebui.channel_message import MOST_SAID
from api.services.accounts.records import Principal
from api.services.channels.records import NewMessage
from tests.functional.conftest import Member
from tests.functional.openwebui.library import LAMP, detail, ok, send
from tests.functional.openwebui.speaking import CHANNELS, WRITE, channel, channels_on, said, say

MANY = 120


@pytest.fixture(autouse=True)
def on(services: Services) -> None:
    """Switch channels on."""
    channels_on(services)


@pytest.fixture
def place(admin: FlaskClient) -> str:
    """Return a channel of the server, in which everybody may write."""
    return str(channel(admin, access_grants=[WRITE])["id"])


def contents(messages: list[Any]) -> list[str]:
    """Return what messages say."""
    return [one["content"] for one in messages]


def test_messages_are_listed_newest_first_by_offset_and_by_key(
    web: FlaskClient, place: str
) -> None:
    made = [say(web, place, str(number)) for number in range(MANY)]
    expected = [str(number) for number in reversed(range(MANY))]
    assert contents(said(web, place)) == expected[:50]
    assert contents(said(web, place, "?skip=100&limit=50")) == expected[100:]
    found: list[str] = []
    before = ""
    while page := said(web, place, f"?limit=50&before={before}"):
        found += contents(page)
        before = page[-1]["id"]
    assert found == expected
    assert made[0]["created_at"] > 10**18, "times are in ns"
    refused = web.get(f"{CHANNELS}/{place}/messages?limit=1000")
    assert (refused.status_code, "limit" in str(refused.json)) == (422, True)


@pytest.mark.databases("sqlite")
def test_a_page_of_ten_thousand_messages_is_sought_in_an_index(services: Services) -> None:
    """Neither a page, nor what is unread, sorts or reads all messages of a channel."""
    page = (
        "SELECT id, content FROM channel_message WHERE channel_id = ? AND parent_id = ''"
        " AND (created_ns, id) < (?, ?) ORDER BY created_ns DESC, id DESC LIMIT 50"
    )
    with connection(services.database):
        plans = rows(services.database, f"EXPLAIN QUERY PLAN {page}", "x", 1, "y")
    told = str(plans)
    assert "channel_message_channel_id_parent_id_created_ns" in told
    assert "B-TREE" not in told


def test_a_thread_has_replies_and_what_began_it_last(
    web: FlaskClient, other: FlaskClient, place: str
) -> None:
    first = say(web, place, "Who lit the lamp?")
    say(other, place, "Not here.")
    replies = [say(other, place, str(number), parent_id=first["id"]) for number in range(5)]
    nested = say(web, place, "5", parent_id=replies[0]["id"])
    assert nested["parent_id"] == first["id"], "a thread has no threads"
    thread = f"{CHANNELS}/{place}/messages/{first['id']}/thread"
    whole = ["5", "4", "3", "2", "1", "0", "Who lit the lamp?"]
    assert contents(ok(web.get(thread))) == whole
    pages = [contents(ok(web.get(f"{thread}?skip={skip}&limit=3"))) for skip in (0, 3, 6, 9)]
    assert pages == [whole[:3], whole[3:6], whole[6:], []]
    around = ok(web.get(f"{thread}?limit=3&around={replies[2]['id']}"))
    assert contents(around) == ["3", "2", "1"]
    assert contents(said(web, place)) == ["Not here.", "Who lit the lamp?"]
    shown = said(web, place)[1]
    assert (shown["reply_count"], shown["latest_reply_at"]) == (6, nested["created_at"])
    ok(other.delete(f"{CHANNELS}/{place}/messages/{replies[4]['id']}/delete"))
    assert said(web, place)[1]["reply_count"] == 5
    ok(web.delete(f"{CHANNELS}/{place}/messages/{first['id']}/delete"))
    assert web.get(f"{CHANNELS}/{place}/messages/{replies[0]['id']}").status_code == 404


def test_a_message_quotes_what_it_answers(web: FlaskClient, other: FlaskClient, place: str) -> None:
    first = say(web, place, "Who?")
    second = say(other, place, "I.", reply_to_id=first["id"])
    quoted = second["reply_to_message"]
    assert (quoted["content"], quoted["user"]["id"]) == ("Who?", first["user"]["id"])
    ok(web.delete(f"{CHANNELS}/{place}/messages/{first['id']}/delete"))
    assert said(web, place)[0]["reply_to_message"] is None
    body = {"content": "x", "reply_to_id": first["id"]}
    assert web.post(f"{CHANNELS}/{place}/messages/post", json=body).status_code == 404


def test_emojis_count_once_a_person(web: FlaskClient, other: FlaskClient, place: str) -> None:
    path = f"{CHANNELS}/{place}/messages/{say(web, place, 'Light!')['id']}"
    for one in (web, web, other):
        assert ok(one.post(f"{path}/reactions/add", json={"name": "bulb"})) is True
    ok(other.post(f"{path}/reactions/add", json={"name": "wave"}))
    bulb, wave = ok(web.get(path))["reactions"]
    assert (bulb["name"], bulb["count"], len(bulb["users"])) == ("bulb", 2, 2)
    assert (wave["name"], wave["count"]) == ("wave", 1)
    ok(web.post(f"{path}/reactions/remove", json={"name": "bulb"}))
    assert [one["count"] for one in said(web, place)[0]["reactions"]] == [1, 1]
    assert web.post(f"{path}/reactions/add", json={"name": " "}).status_code == 422


def test_who_wrote_a_message_or_manages_the_channel_changes_it(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient, place: str
) -> None:
    made = say(web, place, "Lamp.", data={"a": 1})
    path = f"{CHANNELS}/{place}/messages/{made['id']}"
    for what, body in (("update", {"content": "x"}), ("pin", {"is_pinned": True})):
        assert other.post(f"{path}/{what}", json=body).status_code == 403
    assert other.delete(f"{path}/delete").status_code == 403
    changed = ok(web.post(f"{path}/update", json={"content": "Lamps.", "data": {"b": 2}}))
    assert (changed["content"], changed["data"]) == ("Lamps.", {"a": 1, "b": 2})
    assert changed["updated_at"] > changed["created_at"]
    assert changed["etag"] != made["etag"]
    assert said(web, place)[0]["data"] is True, "a list says only that there is some"
    assert ok(web.get(f"{path}/data")) == {"a": 1, "b": 2}
    pinned = ok(admin.post(f"{path}/pin", json={"is_pinned": True}))
    assert (pinned["is_pinned"], pinned["pinned_at"] > 10**18) == (True, True)
    assert contents(ok(web.get(f"{CHANNELS}/{place}/messages/pinned"))) == ["Lamps."]
    ok(admin.post(f"{path}/pin", json={"is_pinned": False}))
    assert ok(web.get(f"{CHANNELS}/{place}/messages/pinned")) == []
    assert ok(admin.delete(f"{path}/delete")) is True
    assert said(web, place) == []


def test_a_file_of_a_message_is_read_by_who_reads_the_channel(
    admin: FlaskClient, web: FlaskClient, other: FlaskClient, place: str
) -> None:
    file = send(web, "lamp.txt", query="?process=false")["id"]
    content = f"/api/v1/files/{file}/content"
    assert other.get(content).status_code == 404
    files = {"files": [{"type": "file", "id": file, "name": "lamp.txt"}]}
    posted = say(web, place, "", data=files)
    assert posted["data"] == files
    assert other.get(content).data == LAMP
    assert ok(other.get(f"/api/v1/files/{file}"))["filename"] == "lamp.txt"
    assert other.delete(f"/api/v1/files/{file}").status_code == 404
    body = {"content": "mine", "data": files}
    ok(admin.post(f"{CHANNELS}/{place}/access/update", json={"access_grants": []}))
    assert other.get(content).status_code == 404
    ok(admin.post(f"{CHANNELS}/{place}/access/update", json={"access_grants": [WRITE]}))
    assert other.post(f"{CHANNELS}/{place}/messages/post", json=body).status_code == 404
    ok(web.delete(f"{CHANNELS}/{place}/messages/{posted['id']}/delete"))
    assert other.get(content).status_code == 404


def test_programs_write_by_a_webhook_that_has_its_token(
    admin: FlaskClient, web: FlaskClient, anonymous: FlaskClient, place: str
) -> None:
    path = f"{CHANNELS}/{place}/webhooks"
    assert web.get(path).status_code == 403
    assert web.post(f"{path}/create", json={"name": "x"}).status_code == 403
    made = ok(admin.post(f"{path}/create", json={"name": "Builds"}))
    address = f"{CHANNELS}/webhooks/{made['id']}/{made['token']}"
    assert ok(anonymous.post(address, json={"content": "Green."})) is True
    (posted,) = said(web, place)
    assert posted["user"] == {"id": made["id"], "name": "Builds", "role": "webhook"}
    assert anonymous.post(f"{address}x", json={"content": "No."}).status_code == 404
    assert anonymous.post(address, json={"content": ""}).status_code == 422
    picture = "data:image/png;base64,iVBORw0KGgo="
    body = {"name": "CI", "profile_image_url": picture}
    changed = ok(admin.post(f"{path}/{made['id']}/update", json=body))
    assert (changed["name"], changed["token"]) == ("CI", made["token"])
    shown = web.get(f"{CHANNELS}/webhooks/{made['id']}/profile/image")
    assert (shown.mimetype, shown.data) == ("image/png", b"\x89PNG\r\n\x1a\n")
    (listed,) = ok(admin.get(path))
    assert listed["last_used_at"] == posted["created_at"]
    assert ok(admin.delete(f"{path}/{made['id']}/delete")) is True
    assert anonymous.post(address, json={"content": "x"}).status_code == 404
    assert said(web, place)[0]["user"]["name"] == "Builds", "what it has written stays"


@pytest.mark.databases("sqlite")
def test_the_tokens_of_webhooks_are_encrypted(
    services: Services, admin: FlaskClient, place: str
) -> None:
    token = ok(admin.post(f"{CHANNELS}/{place}/webhooks/create", json={"name": "x"}))["token"]
    with connection(services.database):
        kept = str(rows(services.database, "SELECT token FROM channel_webhook"))
    assert token not in kept


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x" * (MOST_SAID + 1)}, "content"),
        ({"content": " "}, "content"),
        ({}, "content"),
        ({"content": "x", "data": {"files": "x"}}, "data"),
        ({"content": "x", "data": {"files": ["x"]}}, "data"),
        ({"content": "x", "meta": {"a": "y" * 100_000}}, "data"),
    ],
)
def test_what_a_message_cannot_be_is_refused_by_name(
    web: FlaskClient, place: str, body: dict[str, object], field: str
) -> None:
    answer = web.post(f"{CHANNELS}/{place}/messages/post", json=body)
    assert answer.status_code in {400, 422}
    assert field in str(answer.json["detail"])
    assert said(web, place) == []


@pytest.mark.databases("sqlite")
def test_a_model_is_called_where_a_front_end_is_served(web: FlaskClient, place: str) -> None:
    body = {"content": "<@M:talker@Endpoint|talker> When?"}
    told = detail(web.post(f"{CHANNELS}/{place}/messages/post", json=body), 501)
    assert "frontend.dir" in told
    many = "".join(f"<@M:m{number}>" for number in range(5))
    told = detail(web.post(f"{CHANNELS}/{place}/messages/post", json={"content": many}), 400)
    assert "models" in told
    assert said(web, place) == []


def test_an_answer_is_stopped_by_who_has_called_the_model(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member, place: str
) -> None:
    asker = Principal(member.account.id, member.account.id)
    new = NewMessage("<@M:guide> When?")
    kept = services.channels
    posted = kept.messages.post(asker, place.replace("-", ""), new)
    [(answer, _)] = kept.answers.begin(asker, posted)
    task, tasks = answer.message.row.id, f"/api/tasks/chat/channel:{place}"
    assert (
        ok(web.get(tasks))
        == {"task_ids": [task]}
        == {"task_ids": ok(web.get("/api/tasks"))["tasks"]}
    )
    assert ok(other.get(tasks)) == {"task_ids": []}
    assert other.post(f"/api/tasks/stop/{task}").status_code == 404
    assert web.get(f"/api/tasks/chat/channel:{UUID(int=7)}").status_code == 404
    assert kept.answers.beat(task)
    for path in (f"/api/tasks/stop/{UUID(task)}", f"{tasks}/stop"):
        assert ok(web.post(path))["status"] is True
    assert not kept.answers.beat(task)
    kept.answers.keep(task, "At", done=True)
    assert (ok(web.get(tasks))["task_ids"], contents(said(web, place))) == ([], ["At", new.content])
    assert "0" in ok(web.post(f"{tasks}/stop"))["message"]

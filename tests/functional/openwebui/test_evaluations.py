"""What people say of answers, and how models do by it."""

import json
from typing import Any

from flask.testing import FlaskClient

from api.container import Services
from api.services.configuration.records import Author
from tests.functional.conftest import Member
from tests.functional.openwebui.front import Front
from tests.functional.openwebui.library import detail, ok
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Reply

BASE = "/api/v1/evaluations"
CHAT = {"id": "1", "title": "Lamps"}


def rate(web: FlaskClient, model: str, rating: int, *others: str, **said: object) -> Any:
    """Rate an answer of a model beside others and return what is kept."""
    data = {"rating": rating, "model_id": model, "sibling_model_ids": [*others], **said}
    body = {"type": "rating", "data": data, "meta": {"chat_id": "1"}, "snapshot": {"chat": CHAT}}
    return ok(web.post(f"{BASE}/feedback", json=body))


def test_a_rating_is_its_owners(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient, services: Services, member: Member
) -> None:
    made = rate(web, "guide", 1, comment="Good.")
    assert (made["data"]["comment"], made["snapshot"]) == ("Good.", {"chat": CHAT})
    address = f"{BASE}/feedback/{made['id']}"
    detail(other.get(address), 404)
    detail(other.delete(address), 404)
    changed = {"type": "rating", "data": {"rating": -1, "model_id": "guide", "tags": ["sea"]}}
    detail(other.post(address, json=changed), 404)
    assert ok(web.post(address, json=changed))["data"] == changed["data"]
    assert ok(admin.get(address))["user_id"] == member.account.id
    assert ok(web.get(f"{BASE}/feedbacks/user"))["total"] == 1
    assert ok(other.get(f"{BASE}/feedbacks/user"))["items"] == []
    for wrong in ({"rating": "x"}, {"model_id": 7}, {"model_id": "x" * 256}):
        detail(web.post(f"{BASE}/feedback", json={"type": "rating", "data": wrong}), 400)
    assert ok(web.delete(address)) is True
    detail(web.get(address), 404)
    assert ok(web.delete(f"{BASE}/feedbacks")) is False
    rate(web, "guide", 1)
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    assert ok(admin.get(f"{BASE}/feedbacks/list"))["total"] == 0


def test_administrators_see_all_and_how_models_do(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient
) -> None:
    rate(web, "guide", 1, "keeper", tags=["Sea", "Light"])
    rate(other, "guide", -1, "pilot")
    rate(other, "keeper", -1, "guide", "pilot", tags=["sea"])
    rate(web, "lonely", 1)
    reserved = ("list", "models", "all/export", "all/ids")
    closed = [f"{BASE}/feedbacks/{what}" for what in reserved]
    for address in (*closed, f"{BASE}/leaderboard", f"{BASE}/config"):
        detail(web.get(address), 403)
    detail(web.delete(f"{BASE}/feedbacks/all"), 403)
    listed = ok(admin.get(f"{BASE}/feedbacks/list?order_by=rating&direction=asc"))
    assert [one["data"]["rating"] for one in listed["items"]] == [-1, -1, 1, 1]
    assert (listed["total"], "snapshot" in listed["items"][0]) == (4, False)
    assert listed["items"][0]["user"]["email"] == "other@example.org"
    assert ok(admin.get(f"{BASE}/feedbacks/list?model_id=guide"))["total"] == 2
    assert ok(admin.get(f"{BASE}/feedbacks/models")) == ["guide", "keeper", "lonely"]
    exported = ok(admin.get(f"{BASE}/feedbacks/all/export"))
    assert [one["data"]["model_id"] for one in exported] == ["guide", "guide", "keeper", "lonely"]
    assert exported[0]["snapshot"] == {"chat": CHAT}
    ids = ok(admin.get(f"{BASE}/feedbacks/all/ids"))
    assert [one["id"] for one in ids] == [one["id"] for one in exported]
    board = ok(admin.get(f"{BASE}/leaderboard"))["entries"]
    places = [(one["model_id"], one["won"], one["lost"], one["count"]) for one in board]
    assert places == [("pilot", 2, 0, 2), ("guide", 2, 1, 3), ("keeper", 0, 3, 3)]
    assert board[0]["rating"] > board[1]["rating"] > board[2]["rating"]
    assert sum(one["rating"] for one in board) in range(2999, 3002)
    light = ok(admin.get(f"{BASE}/leaderboard?query=light"))["entries"]
    assert [(one["model_id"], one["rating"]) for one in light] == [("guide", 1016), ("keeper", 984)]
    assert light[0]["top_tags"] == [{"tag": "Sea", "count": 1}, {"tag": "Light", "count": 1}]
    assert ok(admin.delete(f"{BASE}/feedbacks/all")) is True
    assert ok(admin.get(f"{BASE}/leaderboard")) == {"entries": []}


def talk(services: Services, endpoint: ModelEndpoint) -> None:
    """Let everybody use the model of an endpoint, as the database says: settings were read anew."""
    said = {"models.chat_model": "talker@Endpoint", "models.chat_base_url": endpoint.url}
    services.configuration.choices.say(Author("test"), said)


def test_a_model_answers_under_a_cover_name(
    web: FlaskClient, admin: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    nothing = {"ENABLE_EVALUATION_ARENA_MODELS": False, "EVALUATION_ARENA_MODELS": []}
    assert ok(admin.get(f"{BASE}/config")) == nothing
    ids = [one["id"] for one in ok(web.get("/api/models"))["data"]]
    assert ids == ["talker@Endpoint"]
    on = {"ENABLE_EVALUATION_ARENA_MODELS": True}
    assert ok(admin.post(f"{BASE}/config", json=on)) == {**nothing, **on}
    talk(services, endpoint)
    usual = ok(web.get("/api/models"))["data"][-1]
    assert (usual["id"], usual["arena"], usual["owned_by"]) == ("arena-model", True, "arena")
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "At dusk."}}]}
    endpoint.script.append(Reply(pieces=[json.dumps(whole).encode()]))
    asked = {"model": "arena-model", "messages": [{"role": "user", "content": "When?"}]}
    answer = ok(web.post("/api/chat/completions", json=asked))
    assert answer["choices"][0]["message"]["content"] == "At dusk."
    assert endpoint.received[-1].body["model"] == "talker"
    closed = {"id": "blind", "name": "Blind", "meta": {"model_ids": ["talker@Endpoint"]}}
    others = {**closed, "id": "others", "meta": {"filter_mode": "exclude", **closed["meta"]}}
    shut = {**closed, "id": "shut", "meta": {"access_grants": []}}
    covers = {"EVALUATION_ARENA_MODELS": [closed, others, shut]}
    detail(web.post(f"{BASE}/config", json=covers), 403)
    kept = ok(admin.post(f"{BASE}/config", json=covers))["EVALUATION_ARENA_MODELS"]
    assert [one["id"] for one in kept] == ["blind", "others", "shut"]
    seen = [one["id"] for one in ok(web.get("/api/models"))["data"]]
    assert seen == ["talker@Endpoint", "blind", "others"]
    assert ok(admin.get("/api/models"))["data"][-1]["id"] == "shut"
    none = web.post("/api/chat/completions", json={**asked, "model": "others"})
    assert "No model" in detail(none, 400)
    detail(web.post("/api/chat/completions", json={**asked, "model": "shut"}), 400)
    wrong = {"EVALUATION_ARENA_MODELS": [{"name": "x"}]}
    assert "EVALUATION_ARENA_MODELS" in detail(admin.post(f"{BASE}/config", json=wrong), 422)


def test_an_answer_in_a_chat_says_which_model_it_was(
    web: FlaskClient, admin: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    ok(admin.post(f"{BASE}/config", json={"ENABLE_EVALUATION_ARENA_MODELS": True}))
    talk(front.services, endpoint)
    endpoint.script.append(said("At ", "dusk."))
    chat_id = front.ask("When?", model="arena-model")
    assert front.told("chat:completion")[0] == {"selected_model_id": "talker@Endpoint"}
    assert endpoint.received[-1].body["model"] == "talker"
    kept = ok(web.get(f"/api/v1/chats/{chat_id}"))["chat"]["history"]["messages"]["a-When"]
    assert (kept["model"], kept["content"]) == ("arena-model", "At dusk.")
    assert (kept["selectedModelId"], kept["arena"]) == ("talker@Endpoint", True)

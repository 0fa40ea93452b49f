"""What people say of answers, and how models do by it."""

from typing import Any

from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.openwebui.library import detail, ok

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
    arena = ok(admin.get(f"{BASE}/config"))
    assert ok(admin.post(f"{BASE}/config", json=arena)) == arena
    wanted = {**arena, "ENABLE_EVALUATION_ARENA_MODELS": True}
    assert "arena" in detail(admin.post(f"{BASE}/config", json=wanted), 501)

"""How much is asked and answered: counted for administrators, and for everybody of their own."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.services.webui.analytics_queries import AT_ONCE
from tests.functional.conftest import Member
from tests.functional.openwebui.library import detail, ok

pytestmark = pytest.mark.databases("sqlite", "postgresql", "mariadb")

BASE = "/api/v1/analytics"
DAY = 86_400


def said(web: FlaskClient, model: str, ago: int = 0, tokens: int = 0) -> Any:
    """Keep a chat of a question and an answer, so many seconds ago, and return it."""
    now = int(time.time()) - ago
    usage = {"prompt_tokens": tokens, "completion_tokens": 2 * tokens} if tokens else {}
    messages = {
        "q": {"id": "q", "role": "user", "content": "When is it?", "timestamp": now - 7},
        "a": {
            "id": "a",
            "parentId": "q",
            "role": "assistant",
            "content": "Now.",
            "model": model,
            "timestamp": now - 2,
            "usage": usage,
        },
    }
    history = {"currentId": "a", "messages": messages}
    return ok(web.post("/api/v1/chats/new", json={"chat": {"title": "T", "history": history}}))


def test_answers_are_counted_by_models_people_and_days(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient, member: Member
) -> None:
    said(web, "guide", tokens=10)
    said(web, "guide", ago=3 * DAY)
    said(other, "keeper", tokens=1)
    for page in ("summary", "models", "users", "tokens", "daily"):
        detail(web.get(f"{BASE}/{page}"), 403)
    assert ok(admin.get(f"{BASE}/summary")) == {
        "total_messages": 3,
        "total_chats": 3,
        "total_models": 2,
        "total_users": 2,
    }
    models = ok(admin.get(f"{BASE}/models"))["models"]
    assert models[0] == {"model_id": "guide", "count": 2, "unique_users": 1, "unique_chats": 2}
    people = ok(admin.get(f"{BASE}/users?metric=tokens&limit=1"))["users"]
    assert [(one["email"], one["total_tokens"]) for one in people] == [(member.account.email, 30)]
    tokens = ok(admin.get(f"{BASE}/tokens"))
    assert (tokens["total_input_tokens"], tokens["total_tokens"]) == (11, 33)
    since = int(time.time()) - DAY
    recent = ok(admin.get(f"{BASE}/models?start_date={since}"))["models"]
    assert [(one["model_id"], one["count"]) for one in recent] == [("guide", 1), ("keeper", 1)]
    days = ok(admin.get(f"{BASE}/daily"))["data"]
    assert len(days) == 4
    assert (days[0]["models"], days[1]["models"]) == ({"guide": 1}, {})
    assert sum(map(len, (one["models"] for one in days))) in {3, 4}
    hours = ok(admin.get(f"{BASE}/daily?granularity=hourly&start_date={since}"))["data"]
    assert len(hours) in {24, 25}
    group = ok(admin.post("/api/v1/groups/create", json={"name": "Crew", "description": ""}))
    ids = {"user_ids": [member.account.id]}
    ok(admin.post(f"/api/v1/groups/id/{group['id']}/users/add", json=ids))
    of_crew = ok(admin.get(f"{BASE}/summary?group_id={group['id']}"))
    assert (of_crew["total_messages"], of_crew["total_users"]) == (2, 1)
    detail(admin.get(f"{BASE}/summary?group_id={'0' * 32}"), 404)
    detail(admin.get(f"{BASE}/daily?granularity=yearly"), 422)
    assert "others" in detail(admin.get(f"{BASE}/messages"), 501)


def test_more_messages_than_are_read_at_once_are_counted(
    web: FlaskClient, admin: FlaskClient
) -> None:
    assert ok(admin.get(f"{BASE}/daily"))["data"] == []
    now = int(time.time())
    many = {
        f"a{number}": {
            "id": f"a{number}",
            "role": "assistant",
            "content": "Now.",
            "model": "guide",
            "timestamp": now,
        }
        for number in range(AT_ONCE + 3)
    }
    history = {"currentId": "a0", "messages": many}
    ok(web.post("/api/v1/chats/new", json={"chat": {"title": "T", "history": history}}))
    assert ok(admin.get(f"{BASE}/summary"))["total_messages"] == AT_ONCE + 3
    assert ok(web.get("/api/v1/users/usage"))["totals"]["messages"] == AT_ONCE + 3


@pytest.mark.databases("sqlite")
def test_people_see_how_much_they_have_asked(web: FlaskClient, other: FlaskClient) -> None:
    said(other, "keeper")
    made = said(web, "guide", tokens=5)
    said(web, "guide", ago=DAY)
    used = ok(web.get("/api/v1/users/usage?days=7"))
    totals = used["totals"]
    assert (totals["messages"], totals["lifetime_tokens"], totals["total_chats"]) == (4, 15, 2)
    assert (totals["current_streak"], totals["longest_streak"]) == (2, 2)
    assert len(used["heatmap"]) == used["period"]["days"] == 8
    assert used["heatmap"][-1]["tokens"] == 15
    assert used["cumulative_heatmap"][-1]["messages"] == 4
    assert sum(one["messages"] for one in used["weekly_heatmap"]) == 4
    assert used["top_models"][0]["model_id"] == used["insights"]["most_used_model"] == "guide"
    shares = [used["insights"][f"{whose}_message_share"] for whose in ("user", "assistant")]
    assert shares == [50, 50], "in percent"
    detail(web.get("/api/v1/users/usage?days=3"), 422)
    counted = ok(web.get("/api/v1/chats/stats/usage?items_per_page=1"))
    assert (counted["total"], len(counted["items"])) == (2, 1)
    one = ok(web.get(f"/api/v1/chats/stats/export/{made['id']}"))
    assert one["stats"]["average_response_time"] == 5.0
    assert (one["stats"]["message_count"], one["stats"]["models"]) == (2, {"guide": 1})
    shape = one["chat"]["history"]["messages"]["a"]
    assert (shape["content_length"], "content" in shape) == (4, False)
    page = ok(web.get("/api/v1/chats/stats/export"))
    assert (page["total"], page["items"][-1]["id"]) == (2, made["id"])
    later = int(time.time()) + 10
    assert ok(web.get(f"/api/v1/chats/stats/export?updated_at={later}"))["total"] == 0
    detail(other.get(f"/api/v1/chats/stats/export/{made['id']}"), 404)

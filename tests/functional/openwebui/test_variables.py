"""Variables of chats, which stand for `{{name}}` in what models are told of their part."""

import pytest
from flask.testing import FlaskClient

from tests.functional.library import data_of
from tests.functional.openwebui.front import MODEL, Front
from tests.functional.openwebui.library import ok
from tests.functional.openwebui.test_chats import kept
from tests.functional.openwebui.test_folders import CHATS
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

SYSTEM = {"system": "You keep the light of {{place}}, and serve {{USER_NAME}}."}


def told(endpoint: ModelEndpoint) -> str:
    """Return what the model was told first in its last call."""
    return str(endpoint.received[-1].body["messages"][0]["content"])


def test_variables_of_a_question_stay_with_its_chat(
    web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("Yes."), said("Yes."), said("Yes.")]
    given = {"params": SYSTEM, "variables": {"{{USER_NAME}}": "Ada"}}
    chat = front.ask("Who?", chat_variables={"place": "Tarn", "height": 30}, **given)
    assert told(endpoint) == "You keep the light of Tarn, and serve Ada."
    shown = ok(web.get(f"{CHATS}/{chat}"))
    assert shown["variables"] == {"place": "Tarn", "height": 30}
    front.ask("And now?", chat, **given)
    assert told(endpoint) == "You keep the light of Tarn, and serve Ada."
    changed = ok(web.post(f"{CHATS}/{chat}", json={"chat": {}, "variables": {"place": "Faro"}}))
    assert changed["variables"] == {"place": "Faro"}
    front.ask("And then?", chat, **given)
    assert told(endpoint).startswith("You keep the light of Faro")
    copy = ok(web.post(f"{CHATS}/{chat}/clone", json={}))
    assert copy["variables"] == {"place": "Faro"}
    assert ok(web.post(f"{CHATS}/{chat}", json={"chat": {}, "variables": {}}))["variables"] == {}


def test_a_chat_is_kept_with_variables(web: FlaskClient) -> None:
    assert kept(web)["variables"] == {}
    chat = {"chat": {"title": "Lamps"}, "variables": {"place": "Tarn"}}
    assert ok(web.post(f"{CHATS}/new", json=chat))["variables"] == {"place": "Tarn"}
    [imported] = ok(web.post(f"{CHATS}/import", json={"chats": [chat]}))
    assert imported["variables"] == {"place": "Tarn"}
    for wrong in ({"place": []}, {"": "x"}, {"x": "y" * 10_001}, {str(n): "" for n in range(65)}):
        answer = web.post(f"{CHATS}/new", json={**chat, "variables": wrong})
        assert (answer.status_code, "variables" in answer.json["detail"]) == (422, True)


def test_variables_of_a_person_are_filled_in(
    web: FlaskClient, client: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    own = {"variables": {"city": "Faro"}}
    ok(web.post("/api/v1/users/user/variables/update", json=own))
    system = {"system": "In {{user.variables.city}}, at {{chat.variables.place}}."}
    given = {"params": system, "chat_variables": {"place": "Tarn"}}
    spoken = [{"role": "user", "content": "Who?"}]
    for model in (MODEL, "guide"):
        endpoint.script += [said("Yes."), said("Yes."), said("Yes.")]
        front.ask("Who?", model=model, **given)
        assert "In Faro, at Tarn." in told(endpoint)
        front.ask("Who?", "local:s", model=model, messages=spoken, **given)
        assert "In Faro, at Tarn." in told(endpoint)
        body = {"model": model, "messages": spoken, "stream": True, **given}
        answer = web.post("/api/chat/completions", json=body)
        assert answer.text.endswith("[DONE]\n\n")
        assert "In Faro, at Tarn." in told(endpoint)


def test_a_completion_without_a_chat_has_variables(
    web: FlaskClient, client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    body = {"messages": [{"role": "user", "content": "Who?"}], "params": SYSTEM, "stream": True}
    body |= {"chat_variables": {"place": "Tarn"}, "variables": {"{{USER_NAME}}": "Ada"}}
    for model in (MODEL, "guide"):
        endpoint.script.append(said("Yes."))
        answer = web.post("/api/chat/completions", json={**body, "model": model})
        assert answer.text.endswith("[DONE]\n\n")
        assert "You keep the light of Tarn, and serve Ada." in told(endpoint)
    wrong = {**body, "model": MODEL, "chat_variables": {"place": {}}}
    refused = web.post("/api/chat/completions", json=wrong)
    assert (refused.status_code, "chat_variables" in refused.json["detail"]) == (422, True)

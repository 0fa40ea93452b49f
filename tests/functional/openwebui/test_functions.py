"""Functions in Python: filters, pipes and actions, kept by administrators and used by answers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.services.plugins.opening import NOWHERE, Place
from api.services.webui.records import Wanted
from tests.functional.library import data_of
from tests.functional.openwebui.front import MODEL, Front
from tests.functional.openwebui.library import detail, ok
from tests.functional.openwebui.plugins import switched_on
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Reply

FUNCTIONS = "/api/v1/functions"
ASKED = {"model": MODEL, "messages": [{"role": "user", "content": "When?"}]}

FILTER = """
from pydantic import BaseModel


class Filter:
    class Valves(BaseModel):
        priority: int = 5
        word: str = "please"

    class UserValves(BaseModel):
        loud: bool = False

    def __init__(self):
        self.valves = self.Valves()
        self.seen = []

    async def inlet(self, body: dict, __user__: dict, __event_emitter__) -> dict:
        await __event_emitter__({"type": "status", "data": {"description": "In", "done": True}})
        last = body["messages"][-1]
        last["content"] += " " + self.valves.word
        if __user__["valves"].loud:
            last["content"] = last["content"].upper()
        self.seen.append(last["content"])
        return {**body, "temperature": 0.5}

    def stream(self, event: dict) -> dict:
        for choice in event.get("choices", []):
            delta = choice.get("delta", {})
            if delta.get("content"):
                delta["content"] = delta["content"].replace("dusk", "dawn")
        return event

    def outlet(self, body: dict, __chat_id__: str = "") -> dict:
        body["messages"][-1]["content"] += f" ({self.seen[-1] if self.seen else __chat_id__})"
        return body
"""

SECOND = """
class Filter:
    toggle = True
    icon = "data:image/png;base64,aa"

    def inlet(self, body):
        body["messages"][-1]["content"] += "!"
        return body
"""

PIPE = """
from typing import AsyncIterator


class Pipe:
    def pipes(self):
        return [{"id": "slow", "name": " slow"}, {"id": "echo", "name": " echo"}]

    async def pipe(self, body: dict, __user__: dict, __event_emitter__=None):
        if body["model"].endswith("slow"):
            await __event_emitter__({"type": "message", "data": {"content": "First. "}})
            return "It was " + body["messages"][-1]["content"]
        return self.spoken(body)

    async def spoken(self, body) -> AsyncIterator:
        tools = [one for one in body["messages"] if one["role"] == "tool"]
        if body.get("tools") and not tools:
            call = {"index": 0, "id": "c", "function": {"name": "names", "arguments": "{}"}}
            yield {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
            return
        yield "You said "
        yield 'data: {"choices": [{"index": 0, "delta": {"content": "\\\\"when\\\\""}}]}'
        yield "data: [DONE]"
        yield {"choices": [{"index": 0, "delta": {"content": "."}, "finish_reason": "stop"}]}
"""

ACTION = """
class Action:
    actions = [{"id": "count", "name": "Count"}, {"id": "fail", "name": "Fail"}]

    async def action(self, body, __user__=None, __event_emitter__=None, __id__=None):
        if __id__ == "fail":
            raise RuntimeError("no")
        await __event_emitter__({"type": "replace", "data": {"content": "Counted"}})
        return {"content": f"{len(body['messages'])} {body['note']} {__user__['name']}"}
"""

TOOL = "class Tools:\n    def names(self):\n        return 'red'\n"


def function(called: str, content: str, **more: Any) -> dict[str, Any]:
    """Return a function as it is sent."""
    return {"id": called, "name": called.title(), "content": content, "meta": {}, **more}


def kept(admin: FlaskClient, called: str, content: str, *switches: str) -> Mapping[str, Any]:
    """Keep a function and switch it on; return it."""
    ok(admin.post(f"{FUNCTIONS}/create", json=function(called, content)))
    for one in ("toggle", *switches):
        found: Mapping[str, Any] = ok(admin.post(f"{FUNCTIONS}/id/{called}/{one}"))
    return found


@pytest.fixture
def on(services: Services) -> None:
    """Let code of administrators run."""
    switched_on(services)


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_a_function_is_kept_switched_exported_and_synced(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    made = ok(admin.post(f"{FUNCTIONS}/create", json=function("polite", FILTER)))
    assert (made["type"], made["is_active"], made["is_global"]) == ("filter", False, False)
    assert ok(web.get(f"{FUNCTIONS}/")) == []
    assert web.get(f"{FUNCTIONS}/id/polite").status_code == 404
    assert ok(admin.post(f"{FUNCTIONS}/id/polite/toggle"))["is_active"] is True
    assert ok(admin.post(f"{FUNCTIONS}/id/polite/toggle/global"))["is_global"] is True
    (seen,) = ok(web.get(f"{FUNCTIONS}/"))
    assert (seen["id"], seen["content"], seen["has_user_valves"]) == ("polite", None, True)
    assert web.post(f"{FUNCTIONS}/id/polite/toggle").status_code == 403
    assert web.get(f"{FUNCTIONS}/list").status_code == 403
    assert "another page" in detail(
        admin.post(f"{FUNCTIONS}/create", json=function("a", TOOL)), 400
    )
    event = "class Event:\n    pass\n"
    assert "Event" in detail(admin.post(f"{FUNCTIONS}/create", json=function("a", event)), 400)

    ok(admin.post(f"{FUNCTIONS}/create", json=function("echo", PIPE)))
    refused = admin.post(f"{FUNCTIONS}/id/echo/toggle/global")
    assert "A pipe is a model" in detail(refused, 400)
    exported = ok(admin.get(f"{FUNCTIONS}/export"))
    assert {one["id"]: one["content"] for one in exported} == {"echo": PIPE, "polite": FILTER}
    broken = [*exported, function("bad", "x = (")]
    assert admin.post(f"{FUNCTIONS}/sync", json={"functions": broken}).status_code == 400
    assert len(ok(admin.get(f"{FUNCTIONS}/list"))) == 2, "all or none"
    wanted = [one for one in exported if one["id"] == "polite"]
    synced = ok(
        admin.post(f"{FUNCTIONS}/sync", json={"functions": [*wanted, function("go", ACTION)]})
    )
    assert [(one["id"], one["type"], one["is_active"]) for one in synced] == [
        ("go", "action", False),
        ("polite", "filter", True),
    ]
    assert ok(admin.delete(f"{FUNCTIONS}/id/go/delete")) is True
    same = ok(admin.post("/api/v1/utils/code/format", json={"code": "x  =1"}))
    assert same == {"code": "x  =1"}
    switched_on(services, python=False)
    assert ok(admin.get(f"{FUNCTIONS}/")) == []
    assert "tools.python" in detail(admin.post(f"{FUNCTIONS}/id/polite/toggle"), 501)


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_filters_change_what_is_asked_what_comes_and_the_whole_answer(
    admin: FlaskClient, web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    kept(admin, "polite", FILTER, "toggle/global")
    kept(admin, "loud", SECOND, "toggle/global")
    ok(web.post(f"{FUNCTIONS}/id/polite/valves/user/update", json={"loud": True}))
    ok(admin.post(f"{FUNCTIONS}/id/polite/valves/update", json={"word": "now"}))
    endpoint.script += [said("At ", "dusk."), said("At ", "dusk.")]
    answer = front.answer(front.ask("When?"))
    asked = endpoint.received[0].body
    assert asked["messages"][-1]["content"] == "WHEN? NOW"
    assert asked["temperature"] == 0.5
    assert answer["content"] == "At dawn. (WHEN? NOW)"
    assert front.told("replace") == [{"content": "At dawn. (WHEN? NOW)"}]
    assert front.descriptions() == ["In"]
    assert answer["statusHistory"] == [{"description": "In", "done": True}]
    front.ask("Again?", filter_ids=["loud"])
    assert endpoint.received[1].body["messages"][-1]["content"] == "AGAIN?! NOW"
    (model,) = [one for one in ok(web.get("/api/models"))["data"] if one["id"] == MODEL]
    assert [one["id"] for one in model["filters"]] == ["loud"]


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_an_assistant_names_its_filters(
    admin: FlaskClient, web: FlaskClient, client: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    kept(admin, "polite", FILTER)
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    endpoint.script += [said("At ", "dusk."), said("At ", "dusk."), said("At ", "dusk.")]
    plain = front.answer(front.ask("When?", model="guide"))
    assert plain["content"] == "At dusk."
    model = {"id": "helper", "name": "Helper", "meta": {"filterIds": ["polite"]}}
    ok(web.post("/api/v1/models/create", json={**model, "base_model_id": MODEL, "params": {}}))
    answer = front.answer(front.ask("Where?", model="helper"))
    assert endpoint.received[-1].body["messages"][-1]["content"].endswith("Where? please")
    assert answer["content"] == "At dawn. (Where? please)"
    whole = ok(web.post("/api/chat/completions", json={**ASKED, "model": "helper"}))
    assert endpoint.received[-1].body["messages"][-1]["content"].endswith("When? please")
    assert whole["choices"][0]["message"]["content"] == "At dusk."


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_a_filter_that_fails_ends_the_answer_with_a_word(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    content = "class Filter:\n    def inlet(self, body):\n        raise ValueError('no')\n"
    kept(admin, "bad", content, "toggle/global")
    answer = front.answer(front.ask("When?"))
    assert answer["error"]["content"] == "Bad: ValueError: no (line 3)"
    assert answer["done"] is True
    ok(
        admin.post(
            f"{FUNCTIONS}/id/bad/update",
            json=function("bad", content.replace("raise ValueError('no')", "return 3")),
        )
    )
    answer = front.answer(front.ask("Again?"))
    assert "has to return a body with messages" in answer["error"]["content"]
    assert endpoint.received == []


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_without_a_chat_filters_and_pipes_count_too(
    admin: FlaskClient, web: FlaskClient, endpoint: ModelEndpoint
) -> None:
    kept(admin, "polite", FILTER, "toggle/global")
    kept(admin, "talk", PIPE)
    endpoint.script += [said("At ", "dusk."), whole("At dusk.")]
    streamed = web.post("/api/chat/completions", json={**ASKED, "stream": True})
    assert deltas(streamed.text) == "At dawn."
    assert endpoint.received[0].body["messages"][-1]["content"] == "When? please"
    answer = ok(web.post("/api/chat/completions", json=ASKED))
    assert answer["choices"][0]["message"]["content"] == "At dusk."
    echo = {**ASKED, "model": "talk.echo"}
    assert deltas(web.post("/api/chat/completions", json={**echo, "stream": True}).text) == (
        'You said "when".'
    )
    answer = ok(web.post("/api/chat/completions", json=echo))
    assert answer["choices"][0]["message"]["content"] == 'You said "when".'
    assert answer["object"] == "chat.completion"
    left = {"model": MODEL, "messages": [{"role": "assistant", "content": "Dusk"}], "chat_id": "c"}
    out = ok(web.post("/api/chat/completed", json=left))
    assert out["messages"][-1]["content"] == "Dusk (c)"


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_a_pipe_is_several_models(
    admin: FlaskClient, web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    kept(admin, "talk", PIPE)
    tool = {"id": "words", "name": "Words", "content": TOOL}
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(admin.post("/api/v1/tools/create", json=tool | {"access_grants": [everybody]}))
    listed = {one["id"]: one for one in ok(web.get("/api/models"))["data"]}
    assert listed["talk.slow"]["name"] == "Talk slow"
    assert listed["talk.echo"]["pipe"] == {"type": "pipe"}
    slow = front.answer(front.ask("When?", model="talk.slow"))
    assert slow["content"] == "First. It was When?"
    echo = front.answer(front.ask("Where?", model="talk.echo", tool_ids=["words"]))
    assert echo["content"] == 'You said "when".'
    output = [one for one in echo["output"] if one["type"] == "function_call_output"]
    assert output[0]["output"][0]["text"] == "red"
    assert endpoint.received == []
    ok(admin.post(f"{FUNCTIONS}/id/talk/toggle"))
    assert "talk.slow" not in {one["id"] for one in ok(web.get("/api/models"))["data"]}
    gone = front.answer(front.ask("Again?", model="talk.slow"))
    assert "talk.slow" in gone["error"]["content"]


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_an_action_is_started_below_an_answer(
    admin: FlaskClient, web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    kept(admin, "act", ACTION, "toggle/global")
    endpoint.script.append(said("At ", "dusk."))
    chat = front.ask("When?")
    models = {one["id"]: one for one in ok(web.get("/api/models"))["data"]}
    assert [(one["id"], one["name"]) for one in models[MODEL]["actions"]] == [
        ("act.count", "Count"),
        ("act.fail", "Fail"),
    ]
    body = {**ASKED, "chat_id": chat, "id": "a-When", "session_id": "s", "note": "x"}
    found = ok(web.post("/api/chat/actions/act.count", json=body))
    assert found["content"].startswith("1 x ")
    assert front.answer(chat)["content"] == "Counted"
    assert "RuntimeError: no" in detail(web.post("/api/chat/actions/act.fail", json=body), 400)
    assert web.post("/api/chat/actions/nobody", json=body).status_code == 404
    ok(admin.post(f"{FUNCTIONS}/id/act/toggle"))
    assert web.post("/api/chat/actions/act.count", json=body).status_code == 404
    assert ok(admin.get("/api/v1/pipelines/list")) == {"data": []}


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_an_answer_that_is_closed_ends_its_code(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint, services: Services
) -> None:
    content = "class Pipe:\n    def pipe(self, body):\n        while True:\n            yield 'x'\n"
    kept(admin, "endless", content)
    streamed = services.webui.making.pieces(front.asker, *endless())
    assert next(streamed).content == "x"  # type: ignore[union-attr]  # the first piece of text
    processes = services.webui.tools.plugins.plugins.processes
    assert processes.running == 1
    streamed.close()
    assert processes.running == 0
    assert endpoint.received == []


def endless() -> tuple[Wanted, Place]:
    """Return a question to a pipe, and where it is asked."""
    return Wanted("endless", "a", ({"role": "user", "content": "Go"},)), NOWHERE


def whole(text: str) -> Reply:
    """Return a whole answer of a model."""
    message = {"role": "assistant", "content": text}
    return Reply(pieces=[json.dumps({"choices": [{"index": 0, "message": message}]}).encode()])


def deltas(text: str) -> str:
    """Return what is said in a stream."""
    lines = [one.removeprefix("data:").strip() for one in text.split("\n\n")]
    events = [json.loads(one) for one in lines if one.startswith("{")]
    choices = [choice for one in events for choice in one.get("choices") or []]
    return "".join(one["delta"].get("content") or "" for one in choices)

"""Servers of tools: connected by administrators, granted, and called by models in chats."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from tests.functional.conftest import Member
from tests.functional.library import data_of
from tests.functional.openwebui.front import MODEL, Front
from tests.functional.openwebui.library import detail, ok
from tests.functional.talking import DONE, said
from tests.model_endpoint import ModelEndpoint, Reply, event, stream
from tests.tool_server import ToolServer, serve_tools

CONFIGS = "/api/v1/configs/tool_servers"
HIDDEN = "********"
EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}
TOOLS = ["server:lamps"]
ASKED = {"model": MODEL, "messages": [{"role": "user", "content": "When?"}], "tool_ids": TOOLS}


@pytest.fixture
def lamps(services: Services) -> Iterator[ToolServer]:
    """Run a server of tools that the settings let be called, for a second at most."""
    settings = services.live.current
    changed = {
        "fetching": settings.fetching.model_copy(update={"internal": True}),
        "tools": settings.tools.model_copy(update={"rounds": 3}),
    }
    services.live.take(settings.model_copy(update=changed))
    with serve_tools() as running:
        yield running


def limited(services: Services, **values: object) -> None:
    """Let tools have other limits."""
    settings = services.live.current
    services.live.take(
        settings.model_copy(update={"tools": settings.tools.model_copy(update=values)})
    )


def connected(admin: FlaskClient, url: str, **more: Any) -> list[dict[str, Any]]:
    """Connect a server of tools for everybody; return all that are connected."""
    info = {"id": "lamps", "name": "Lamps", "description": "About lamps"}
    server = {"url": url, "key": "s3cret", "info": info, "config": {"access_grants": [EVERYBODY]}}
    body = {"TOOL_SERVER_CONNECTIONS": [server | more]}
    found: list[dict[str, Any]] = ok(admin.post(CONFIGS, json=body))["TOOL_SERVER_CONNECTIONS"]
    return found


def calling(*calls: tuple[str, object], text: str = "") -> Reply:
    """Return a reply in which a model calls tools, after a text; arguments come in two pieces."""
    pieces = [event(content=text)] if text else []
    for place, (name, arguments) in enumerate(calls):
        told = arguments if isinstance(arguments, str) else json.dumps(arguments)
        head = {"name": name, "arguments": told[:3]}
        first = {"index": place, "id": f"call_{place}", "type": "function", "function": head}
        rest = {"index": place, "function": {"arguments": told[3:]}}
        pieces += [event(tool_calls=[first]), event(tool_calls=[rest])]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    return stream(*pieces, b"data: " + json.dumps(end).encode() + b"\n\n", DONE)


def told_to_model(endpoint: ModelEndpoint) -> list[str]:
    """Return what the model was told last of what came of tools."""
    messages = endpoint.received[-1].body["messages"]
    return [one["content"] for one in messages if one["role"] == "tool"]


def items(answer: Any) -> list[str]:
    """Return the kinds of the items of an answer."""
    return [one["type"] for one in answer["output"]]


def test_a_server_is_kept_with_its_secrets_hidden(
    admin: FlaskClient, lamps: ToolServer, services: Services
) -> None:
    (made,) = connected(admin, lamps.url, headers={"X-Team": "t3am"})
    shown = {key: made[key] for key in ("url", "type", "auth_type", "key", "headers")}
    assert shown == {
        "url": lamps.url,
        "type": "openapi",
        "auth_type": "bearer",
        "key": HIDDEN,
        "headers": {"X-Team": HIDDEN},
    }
    with connection(services.database):
        [(secrets,)] = rows(services.database, "SELECT secrets FROM tool_server")
    assert "s3cret" not in secrets
    assert "t3am" not in secrets
    changed = made | {"info": made["info"] | {"name": "Lights"}}
    (kept,) = ok(admin.post(CONFIGS, json={"TOOL_SERVER_CONNECTIONS": [changed]}))[
        "TOOL_SERVER_CONNECTIONS"
    ]
    assert (kept["info"]["name"], kept["key"]) == ("Lights", HIDDEN)
    specs = ok(admin.post(f"{CONFIGS}/verify", json=kept))["specs"]
    assert [one["name"] for one in specs] == ["find_lamp", "light"]
    _, headers, _ = lamps.received[-1]
    assert (headers["Authorization"], headers["X-Team"]) == ("Bearer s3cret", "t3am")
    assert ok(admin.get(CONFIGS))["TOOL_SERVER_CONNECTIONS"] == [kept]
    gone = ok(admin.post(CONFIGS, json={"TOOL_SERVER_CONNECTIONS": []}))
    assert gone == {"TOOL_SERVER_CONNECTIONS": []}
    with connection(services.database):
        assert rows(services.database, "SELECT COUNT(*) FROM access_grant") == [(0,)]


@pytest.mark.databases("sqlite")
def test_what_a_server_cannot_be_is_refused_by_name(admin: FlaskClient, web: FlaskClient) -> None:
    def refused(*servers: dict[str, object]) -> tuple[int, str]:
        answer = admin.post(CONFIGS, json={"TOOL_SERVER_CONNECTIONS": servers})
        return answer.status_code, answer.json["detail"]

    good: dict[str, object] = {"url": "https://tools.example.org", "info": {"id": "a"}}
    assert refused(good, good)[1].startswith("Two servers of tools have the id a")
    assert refused(good | {"url": "ftp://x"})[0] == 422
    assert refused(good | {"headers": {"Host": "x"}})[0] == 422
    assert refused(good | {"headers": {"X": "a\nb"}})[0] == 422
    assert refused(good | {"auth_type": "session"})[0] == 501
    assert refused(good | {"spec_type": "json"})[0] == 501
    assert "forward_cookies" in refused(good | {"forward_cookies": True})[1]
    direct = "/api/v1/configs/connections"
    assert not any(ok(admin.get(direct)).values())
    assert ok(admin.post(direct, json=ok(admin.get(direct)))) == ok(admin.get(direct))
    on = admin.post(direct, json={"ENABLE_DIRECT_INTEGRATIONS": True})
    assert "ENABLE_DIRECT_INTEGRATIONS" in on.json["detail"]
    assert "own network" in detail(
        admin.post(f"{CONFIGS}/verify", json={"url": "http://127.0.0.1:9"}), 400
    )
    assert web.get(CONFIGS).status_code == 403
    assert web.post(CONFIGS, json={"TOOL_SERVER_CONNECTIONS": []}).status_code == 403
    assert web.post(f"{CONFIGS}/verify", json=good).status_code == 403
    assert "Python" in detail(web.get("/api/v1/tools/id/a/history"), 501)


def test_tools_are_offered_to_whom_they_are_granted(
    admin: FlaskClient, web: FlaskClient, other: FlaskClient, member: Member, lamps: ToolServer
) -> None:
    grant = {"principal_type": "user", "principal_id": member.account.id}
    connected(admin, lamps.url, config={"access_grants": [grant]})
    assert ok(web.get("/api/config"))["features"]["enable_tool_servers"] is True
    (offered,) = ok(web.get("/api/v1/tools/"))
    assert (offered["id"], offered["name"]) == ("server:lamps", "Lamps")
    assert [one["id"] for one in ok(admin.get("/api/v1/tools/"))] == TOOLS
    assert ok(other.get("/api/v1/tools/")) == []
    assert "lamps" in detail(other.post("/api/chat/completions", json=ASKED), 400)
    connected(admin, lamps.url, type="mcp")
    assert ok(other.get("/api/v1/tools/"))[0]["id"] == "server:mcp:lamps"
    connected(admin, lamps.url, config={"enable": False})
    assert ok(admin.get("/api/v1/tools/")) == []
    assert lamps.received == [], "a list asks no server"


@pytest.mark.databases("sqlite")
def test_a_model_calls_tools_and_is_told_what_comes_of_them(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint, lamps: ToolServer
) -> None:
    connected(admin, lamps.url)
    wanted = (("find_lamp", {"name": "a/b", "big": True}), ("light", {"lamp": "red", "how": 2}))
    halves = said("At ", "dusk.", "\ud83d", "\ude00")
    endpoint.script += [calling(*wanted, text="Let me look."), halves]
    chat = front.ask("When?", tool_ids=TOOLS)

    offered = {
        one["function"]["name"]: one["function"] for one in endpoint.received[0].body["tools"]
    }
    assert offered["find_lamp"]["parameters"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "big": {"type": "boolean", "description": "Is it?"},
        },
        "required": ["name"],
    }
    assert offered["light"]["parameters"]["required"] == ["lamp"]
    assert lamps.asked()[1:] == ["GET /lamps/a%2Fb?big=true", "POST /light"]
    assert json.loads(lamps.received[2][2]) == {"lamp": "red", "how": 2}
    assert lamps.received[2][1]["Authorization"] == "Bearer s3cret"
    asked = endpoint.received[1].body["messages"]
    assert [one["role"] for one in asked] == ["user", "assistant", "tool", "tool"]
    assert asked[1]["tool_calls"][1]["function"]["arguments"] == json.dumps(wanted[1][1])
    assert "/lamps/a%2Fb" in told_to_model(endpoint)[0]

    answer = front.answer(chat)
    assert items(answer) == [
        *("message", "function_call", "function_call_output"),
        *("function_call", "function_call_output", "message"),
    ]
    assert (answer["content"], answer["done"]) == ("Let me look.\nAt dusk.\U0001f600", True)
    assert {one["status"] for one in answer["output"]} == {"completed"}
    assert len({one["id"] for one in answer["output"]}) == 6
    assert front.told("chat:completion")[-1]["output"] == answer["output"]
    live = [(one["type"], one["output_index"]) for one in front.told("response:completion")]
    assert live == [
        ("response.output_text.delta", 0),
        *(("response.output_item.done", 0), ("response.output_item.added", 1)),
        *(("response.output_item.done", 1), ("response.output_item.done", 2)),
        *(("response.output_item.added", 3), ("response.output_item.done", 3)),
        ("response.output_item.done", 4),
        *[("response.output_text.delta", 5)] * 3,
    ]


@pytest.mark.databases("sqlite")
def test_an_assistant_uses_tools_too(
    admin: FlaskClient,
    client: FlaskClient,
    front: Front,
    endpoint: ModelEndpoint,
    lamps: ToolServer,
) -> None:
    connected(
        admin,
        lamps.url,
        config={"access_grants": [EVERYBODY], "function_name_filter_list": "!light"},
    )
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    endpoint.script += [calling(("find_lamp", {"name": "red"})), said("At ", "dusk.")]
    chat = front.ask("When?", model="guide", tool_ids=TOOLS)
    (tool,) = endpoint.received[0].body["tools"]
    assert tool["function"]["name"] == "find_lamp"
    answer = front.answer(chat)
    assert items(answer) == ["function_call", "function_call_output", "message"]
    assert answer["content"] == "At dusk."
    assert "/lamps/red" in told_to_model(endpoint)[0]


@pytest.mark.databases("sqlite")
def test_without_a_chat_what_comes_of_tools_is_a_source(
    admin: FlaskClient,
    web: FlaskClient,
    client: FlaskClient,
    endpoint: ModelEndpoint,
    lamps: ToolServer,
) -> None:
    connected(admin, lamps.url)
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    for model in (MODEL, "guide"):
        endpoint.script += [calling(("find_lamp", {"name": "red"})), said("At ", "dusk.")]
        streamed = web.post("/api/chat/completions", json={**ASKED, "model": model, "stream": True})
        lines = [one.removeprefix("data:").strip() for one in streamed.text.split("\n\n")]
        events = [json.loads(one) for one in lines if one.startswith("{")]
        (sources,) = [one["sources"] for one in events if "sources" in one]
        assert sources[0]["source"]["name"] == "Lamps: find_lamp"
        assert "/lamps/red" in sources[0]["document"][0]
        deltas = [one["choices"][0]["delta"] for one in events if one.get("choices")]
        assert "".join(one.get("content") or "" for one in deltas) == "At dusk."
        assert not any("tool_calls" in one for one in deltas)

    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "find_lamp", "arguments": '{"name": "red"}'},
    }
    first = {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [call]}}]}
    last = {"choices": [{"message": {"role": "assistant", "content": "At dusk."}}]}
    endpoint.script += [Reply(pieces=[json.dumps(one).encode()]) for one in (first, last)]
    whole = ok(web.post("/api/chat/completions", json=ASKED))
    assert whole["choices"][0]["message"]["content"] == "At dusk."
    assert whole["sources"][0]["metadata"][0]["arguments"] == '{"name": "red"}'
    own = web.post("/api/chat/completions", json={**ASKED, "tools": [{"type": "function"}]})
    assert "`tool_ids`" in detail(own, 400)


@pytest.mark.databases("sqlite")
def test_what_goes_wrong_with_a_tool_is_told_and_the_answer_comes_to_an_end(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint, lamps: ToolServer, services: Services
) -> None:
    connected(admin, lamps.url)
    limited(services, timeout=0.5)
    lamps.hangs.add("/lamps/slow")
    lamps.answers["/lamps/long"] = (200, b" " * (5 << 20))
    lamps.answers["/lamps/gone"] = (404, b"no such lamp")
    lamps.answers["/lamps/talkative"] = (200, b"x" * 60_000)
    names = ("slow", "long", "gone", "talkative")
    endpoint.script += [
        calling(*(("find_lamp", {"name": name}) for name in names)),
        calling(("find_lamp", "{broken"), ("nobody", {}), ("find_lamp", {})),
        calling(("find_lamp", {"name": ".."})),
        said("Sorry."),
    ]
    answer = front.answer(front.ask("When?", tool_ids=TOOLS))
    told = told_to_model(endpoint)
    assert "within 0.5 seconds" in told[0]
    assert "more than 1,048,576 bytes" in told[1]
    assert told[2] == "Error: The server answered 404: no such lamp"
    assert told[3].endswith("[10,000 characters more]")
    assert told[4:] == [
        "Error: the arguments are no object of JSON.",
        "Error: there is no tool nobody.",
        "Error: The argument name is missing, or names no thing.",
        "Error: The argument name is missing, or names no thing.",
    ]
    assert (answer["content"], "error" in answer) == ("Sorry.", False)

    endpoint.script += [calling(("find_lamp", {"name": "red"}))] * 4
    endless = front.answer(front.ask("Again?", tool_ids=TOOLS))
    assert "called tools 4 times in a row" in endless["error"]["content"]
    assert endless["done"] is True


@pytest.mark.databases("sqlite")
def test_an_answer_does_without_a_server_that_is_away(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint, lamps: ToolServer
) -> None:
    connected(admin, lamps.url)
    lamps.answers["/openapi.json"] = (200, b"<html>")
    endpoint.script.append(said("At ", "dusk."))
    answer = front.answer(front.ask("When?", tool_ids=["server:nobody", *TOOLS]))
    assert answer["content"] == "At dusk."
    nobody, away = front.descriptions()
    assert nobody.startswith("There are no tools nobody.")
    assert away.startswith("The tools of Lamps cannot be used:")
    assert "tools" not in endpoint.received[-1].body


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a loopback port for the length of a `with` block."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("corpus", "lamps")
def test_tools_of_mcp_are_those_of_a_server_that_speaks_it(
    app: Flask, admin: FlaskClient, front: Front, endpoint: ModelEndpoint, member: Member
) -> None:
    with served(app) as url:
        more = {"type": "mcp", "key": member.api_key}
        connected(admin, f"{url}/mcp", **more)
        endpoint.script += [calling(("list_datasets", {})), said("One.")]
        answer = front.answer(front.ask("Which?", tool_ids=["server:mcp:lamps"]))
        offered = [one["function"]["name"] for one in endpoint.received[0].body["tools"]]
        assert "list_datasets" in offered, offered
        assert items(answer) == ["function_call", "function_call_output", "message"]
        assert "Error" not in told_to_model(endpoint)[0]
        connected(admin, f"{url}/mcp", type="mcp", key="wrong")
        endpoint.script.append(said("None."))
        front.ask("And now?", tool_ids=TOOLS)
        assert "answered 401" in front.descriptions()[0]

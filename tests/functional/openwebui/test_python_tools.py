"""Tools in Python: kept by administrators, granted, set, and called by models in chats."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from tests.functional.conftest import Member
from tests.functional.openwebui.front import Front
from tests.functional.openwebui.library import detail, ok
from tests.functional.openwebui.plugins import switched_on
from tests.functional.openwebui.test_tools import calling, items, told_to_model
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint
from tests.tool_server import ToolServer, serve_tools

TOOLS = "/api/v1/tools"
ONE = f"{TOOLS}/id/lamps"

CODE = '''"""
title: Lamps
author: Ann
version: 0.3
requirements: pydantic, orjson>=3
"""
import asyncio
from pydantic import BaseModel, Field


class Tools:
    class Valves(BaseModel):
        key: str = Field("none", description="A key")
        volts: int = 12

    class UserValves(BaseModel):
        color: str = "white"

    def __init__(self):
        self.valves = self.Valves()
        self.calls = 0

    async def light(self, lamp: str, how: int = 2, __user__=None, __event_emitter__=None,
                    __metadata__=None) -> str:
        """
        Light a lamp.

        :param lamp: which lamp
        """
        await asyncio.sleep(0)
        status = {"description": f"Lighting {lamp}", "done": True}
        await __event_emitter__({"type": "status", "data": status})
        self.calls += 1
        chat = "chat" if __metadata__["chat_id"] else "none"
        return f"{lamp} {how} {__user__['valves'].color} {self.valves.key} {self.calls} {chat}"

    def names(self) -> list[str]:
        return ["red", "blue"]

    def broken(self):
        raise ValueError("no current")

    def endless(self):
        while True:
            pass

    def hungry(self):
        return len(bytearray(4 << 30))

    def dead(self):
        import os
        os._exit(3)

    def talkative(self):
        return "x" * (3 << 20)

    def _hidden(self):
        """Not a tool."""
'''

NOSY = '''
import os, socket, subprocess, sys


class Tools:
    def look(self) -> dict:
        """Try what it may not do."""
        tries = {
            "data": lambda: os.listdir("DATA"),
            "settings": lambda: open("CONF").read(),
            "environment": lambda: open(f"/proc/{os.getppid()}/environ", "rb").read(),
            "program": lambda: subprocess.run(["/bin/true"], check=False),
            "fork": lambda: os.fork(),
            "signal": lambda: os.kill(os.getppid(), 0),
            "socket": lambda: socket.socket(socket.AF_UNIX),
            "server": lambda: __import__("api.container"),
            "write": lambda: open("/usr/x", "w"),
        }
        found = {name: self.tried(one) for name, one in tries.items()}
        open("own", "w").write("mine")
        return found | {"own": open("own").read(), "names": sorted(os.environ)}

    def tried(self, one) -> str:
        """Return what comes of a try."""
        try:
            one()
        except (OSError, ImportError) as error:
            return type(error).__name__
        return "done"
'''


def tool(content: str = CODE, **more: Any) -> dict[str, Any]:
    """Return a tool as it is sent."""
    meta = {"description": "About lamps"}
    return {"id": "lamps", "name": "Lamps", "content": content, "meta": meta, **more}


@pytest.fixture
def on(services: Services) -> Callable[..., None]:
    """Let code of administrators run."""
    switched_on(services)
    return lambda **values: switched_on(services, **values)


@pytest.mark.databases("sqlite")
def test_where_code_is_not_run_nothing_pretends(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    for address in ("create", "id/lamps/update"):
        assert "tools.python" in detail(admin.post(f"{TOOLS}/{address}", json=tool()), 501)
    assert "tools.python" in detail(admin.get(ONE), 501)
    assert "tools.python" in detail(admin.get(f"{TOOLS}/export"), 501)
    assert ok(admin.get(f"{TOOLS}/list")) == []
    assert ok(web.get("/api/config"))["features"]["enable_plugins"] is False
    assert web.post(f"{TOOLS}/create", json=tool()).status_code == 403
    switched_on(services)
    assert ok(web.get("/api/config"))["features"]["enable_plugins"] is True
    assert web.post(f"{TOOLS}/create", json=tool()).status_code == 403
    ok(admin.post(f"{TOOLS}/create", json=tool()))
    switched_on(services, python=False)
    assert ok(admin.get(f"{TOOLS}/")) == ok(admin.get(f"{TOOLS}/list")) == []


@pytest.mark.usefixtures("on")
def test_a_tool_is_kept_with_what_its_code_has(
    admin: FlaskClient, web: FlaskClient, other: FlaskClient, member: Member, services: Services
) -> None:
    made = ok(admin.post(f"{TOOLS}/create", json=tool()))
    manifest = made["meta"]["manifest"]
    assert (manifest["title"], manifest["version"]) == ("Lamps", "0.3")
    assert [one["name"] for one in made["specs"]] == [
        *("light", "names", "broken", "endless", "hungry", "dead", "talkative")
    ]
    assert made["specs"][0] == {
        "name": "light",
        "description": "Light a lamp.",
        "parameters": {
            "type": "object",
            "properties": {
                "lamp": {"type": "string", "description": "which lamp"},
                "how": {"type": "integer", "default": 2},
            },
            "required": ["lamp"],
        },
    }
    assert (made["content"], made["has_user_valves"]) == (CODE, True)
    assert "exists" in detail(admin.post(f"{TOOLS}/create", json=tool()), 409)
    (listed,) = ok(admin.get(f"{TOOLS}/list"))
    assert (listed["content"], listed["write_access"]) == (None, True)
    assert listed["user"]["email"] == "admin@example.org"
    assert ok(admin.get(f"{TOOLS}/export"))[0]["content"] == CODE

    assert web.get(ONE).status_code == 404
    grant = {"principal_type": "user", "principal_id": member.account.id, "permission": "write"}
    shown = ok(admin.post(f"{ONE}/access/update", json={"access_grants": [grant]}))
    assert [one["permission"] for one in shown["access_grants"]] == ["read"]
    seen = ok(web.get(ONE))
    assert (seen["content"], seen["write_access"]) == (None, False)
    assert [one["id"] for one in ok(web.get(f"{TOOLS}/"))] == ["lamps"]
    assert ok(other.get(f"{TOOLS}/")) == []
    ok(web.post(f"{ONE}/valves/user/update", json={"color": "red"}))
    assert ok(web.get(f"{ONE}/valves/user")) == {"color": "red"}
    for method, address in (("post", "update"), ("delete", "delete"), ("get", "valves")):
        assert getattr(web, method)(f"{ONE}/{address}", json=tool()).status_code == 403

    changed = ok(admin.post(f"{ONE}/update", json=tool("class Tools:\n    def off(self): ...\n")))
    assert [one["name"] for one in changed["specs"]] == ["off"]
    assert len(changed["access_grants"]) == 1
    assert ok(admin.delete(f"{ONE}/delete")) is True
    assert admin.get(ONE).status_code == 404
    with connection(services.database):
        tables = ("plugin", "plugin_valves", "access_grant")
        counted = [f"(SELECT COUNT(*) FROM {table})" for table in tables]  # noqa: S608 - our own names
        assert rows(services.database, f"SELECT {', '.join(counted)}") == [(0, 0, 0)]


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_code_that_cannot_be_kept_is_refused_with_its_line(
    admin: FlaskClient, services: Services
) -> None:
    def refused(content: str, status: int = 400, **more: Any) -> str:
        return detail(admin.post(f"{TOOLS}/create", json=tool(content, **more)), status)

    assert refused("x = (") == "lamps: Line 1 is no Python: '(' was never closed."
    assert "ZeroDivisionError: division by zero (line 2)" in refused("class Tools: pass\n1 / 0")
    assert "one class of these" in refused("x = 1")
    assert "another page" in refused("class Pipe:\n    def pipe(self, body): ...\n")
    assert "no method" in refused("class Tools: pass")
    needs = '"""\nrequirements: nothing-like-this>=1, pydantic\n"""\nclass Tools: pass'
    assert "not installed: nothing-like-this>=1" in refused(needs)
    assert "its process ended" in refused("import os\nos._exit(1)")
    assert refused(CODE, 422, id="a b") != ""
    switched_on(services, timeout=0.5)
    assert "did not answer in time" in refused("while True: pass")
    with connection(services.database):
        assert rows(services.database, "SELECT COUNT(*) FROM plugin") == [(0,)]


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_a_tool_is_set_for_everybody_and_by_each(
    admin: FlaskClient, web: FlaskClient, services: Services
) -> None:
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(admin.post(f"{TOOLS}/create", json=tool(access_grants=[everybody])))
    spec = ok(admin.get(f"{ONE}/valves/spec"))
    assert spec["properties"]["key"]["description"] == "A key"
    assert ok(admin.get(f"{ONE}/valves")) == {}
    assert ok(admin.post(f"{ONE}/valves/update", json={"key": "s3cret"})) == {"key": "s3cret"}
    assert ok(admin.get(f"{ONE}/valves")) == {"key": "s3cret"}
    refused = admin.post(f"{ONE}/valves/update", json={"volts": "many"})
    assert "volts" in detail(refused, 400)
    assert ok(admin.get(f"{ONE}/valves")) == {"key": "s3cret"}
    assert ok(web.get(f"{ONE}/valves/user/spec"))["properties"]["color"]["default"] == "white"
    assert ok(web.post(f"{ONE}/valves/user/update", json={"color": "red"})) == {"color": "red"}
    assert ok(web.get(f"{ONE}/valves/user")) == {"color": "red"}
    assert ok(admin.get(f"{ONE}/valves/user")) == {}
    with connection(services.database):
        kept = rows(
            services.database, "SELECT valves FROM plugin UNION SELECT valves FROM plugin_valves"
        )
    assert len(kept) == 2
    assert not any("s3cret" in one or "red" in one for (one,) in kept)
    ok(admin.post(f"{ONE}/update", json=tool("class Tools:\n    def off(self): ...\n")))
    assert ok(admin.get(f"{ONE}/valves/spec")) is None
    assert "no class Valves" in detail(admin.post(f"{ONE}/valves/update", json={}), 400)


@pytest.mark.databases("sqlite")
def test_a_model_calls_tools_in_python(
    admin: FlaskClient,
    web: FlaskClient,
    front: Front,
    endpoint: ModelEndpoint,
    on: Callable[..., None],
) -> None:
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(admin.post(f"{TOOLS}/create", json=tool(access_grants=[everybody])))
    ok(admin.post(f"{ONE}/valves/update", json={"key": "k"}))
    ok(web.post(f"{ONE}/valves/user/update", json={"color": "red"}))
    on(timeout=5)
    light = ("light", {"lamp": "a"})
    endpoint.script += [
        calling(light, light, ("names", {})),
        calling(("broken", {}), ("talkative", {}), ("_hidden", {}), ("hungry", {})),
        calling(("light", {"lamp": "a", "__user__": {"valves": None}}), ("names", {"of": 1})),
        calling(("endless", {}), ("dead", {})),
        calling(light),
        said("Lit."),
    ]
    answer = front.answer(chat := front.ask("Light?", tool_ids=["lamps"]))
    told = told_to_model(endpoint)
    assert told[:2] == ["a 2 red k 1 chat", "a 2 red k 2 chat"]
    assert told[2] == '["red","blue"]'
    assert "ValueError: no current (line" in told[3]
    assert "more than 2,097,152 bytes" in told[4]
    assert told[5] == "Error: there is no tool _hidden."
    assert "MemoryError" in told[6]
    assert told[7] == "a 2 red k 3 chat", "a model says nothing of who asks"
    assert "unexpected keyword argument 'of'" in told[8]
    assert "did not answer in time" in told[9]
    assert "ended" in told[10]
    assert told[11] == "a 2 red k 1 chat", "a process that was ended begins anew"
    assert items(answer)[-1] == "message"
    assert answer["content"] == "Lit."
    assert front.descriptions() == ["Lighting a"] * 4
    assert [one["description"] for one in answer["statusHistory"]] == ["Lighting a"] * 4
    assert front.services.webui.tools.plugins.plugins.processes.running == 0, chat


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_code_reaches_nothing_of_the_server(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint, services: Services
) -> None:
    data = services.settings.data_path
    content = NOSY.replace("DATA", str(data)).replace("CONF", __file__)
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(admin.post(f"{TOOLS}/create", json=tool(content, access_grants=[everybody])))
    endpoint.script += [calling(("look", {})), said("Seen.")]
    front.ask("Look?", tool_ids=["lamps"])
    (told,) = told_to_model(endpoint)
    assert told.startswith("{"), told
    found = json.loads(told)
    assert found.pop("own") == "mine"
    assert not {"SECRET", "PASSWORD"} & {one.upper() for one in found.pop("names")}
    assert set(found.values()) == {"PermissionError"}, found
    assert not list((data / "tmp").glob("raglan-code-*")), "its folder is gone"


@pytest.mark.databases("sqlite")
def test_calls_of_an_answer_have_so_much_time_in_all(
    admin: FlaskClient, front: Front, endpoint: ModelEndpoint, on: Callable[..., None]
) -> None:
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(admin.post(f"{TOOLS}/create", json=tool(access_grants=[everybody])))
    on(total=1.0)
    endpoint.script += [calling(("endless", {})), calling(("names", {})), said("Enough.")]
    answer = front.answer(front.ask("When?", tool_ids=["lamps"]))
    first, second = told_to_model(endpoint)
    assert "did not answer in time" in first
    assert "the 1 seconds are used up" in second
    assert "tools.total" in second
    assert (answer["content"], "error" in answer) == ("Enough.", False)


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("on")
def test_code_is_fetched_from_an_address(admin: FlaskClient, services: Services) -> None:
    load = f"{TOOLS}/load/url"
    refused = admin.post(load, json={"url": "http://127.0.0.1:9/lamps.py"})
    assert "own network" in detail(refused, 400)
    settings = services.live.current
    internal = settings.fetching.model_copy(update={"internal": True})
    services.live.take(settings.model_copy(update={"fetching": internal}))
    with serve_tools() as running:
        served(running)
        found = ok(admin.post(load, json={"url": f"{running.url}/lamps/lamps.py"}))
        assert found == {"name": "lamps", "content": CODE}
        assert "404" in detail(admin.post(load, json={"url": f"{running.url}/lamps/no.py"}), 400)


def served(server: ToolServer) -> None:
    """Let a server have code."""
    server.answers["/lamps/lamps.py"] = (200, CODE.encode())
    server.answers["/lamps/no.py"] = (404, b"")

"""A door is a folder: its prefix, who is let in, and the forms of what goes out."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.errors import StartError
from api.http.application import attach, create_app
from api.http.discovery import NOWHERE, open_doors
from api.http.process import web_process
from tests.functional.conftest import join

pytestmark = pytest.mark.databases("sqlite")

DOOR = """
from flask import Response, request

from api.errors import (InvalidKeyError, NotFoundError)
from api.things import Kind
from api.http.authentication import bearer
from api.http.codes import CODES
from api.http.door import Door
from api.http.framing import Framing
from api.http.words import Case, Wording


def authenticate():
    if request.args.get("lamp") == "broken":
        raise InvalidKeyError("no")
    return bearer()


DOOR = Door(
    name="moon",
    prefix="/moon",
    authenticate=authenticate,
    words={
        **CODES,
        Case(InvalidKeyError): Wording("It is dark.", 9, 418),
        Case(NotFoundError, Kind.CHAT, "craters"): Wording("{asker} fell into {ids}."),
    },
    success=lambda data=None, *, message="success", **beside: Response(f"lit: {data}"),
    error=lambda told: Response(f"dark {told.code}: {told.message}", told.status),
    stream=Framing(lambda message: {"eclipse": message}, b"dawn"),
)
"""

PAGE = """
from flask import Blueprint

from api.errors import (NotFoundError)
from api.things import Kind
from api.http.streaming import event_stream
from strange.moon.door import DOOR

blueprint = Blueprint("craters", __name__)


@blueprint.get("/craters")
@DOOR.guarded
def craters():
    return DOOR.success(3)


@blueprint.get("/craters/<name>")
@DOOR.guarded
def crater(name):
    raise NotFoundError(Kind.CHAT, name)


@blueprint.get("/falls/<name>")
@DOOR.guarded
def fall(name):
    def falling():
        yield {"at": "edge"}
        raise NotFoundError(Kind.CHAT, name)

    return event_stream(falling)
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with a package of one door that has one page."""
    folder = tmp_path / "strange"
    (folder / "moon").mkdir(parents=True)
    (folder / "moon" / "door.py").write_text(DOOR)
    (folder / "moon" / "craters.py").write_text(PAGE)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "strange"]:
        del sys.modules[name]


@pytest.fixture
def moon(house: Path, services: Services) -> Flask:
    """Return an application with the usual doors and that one."""
    made = create_app()
    doors = web_process(made).doors
    for door in open_doors(made, house, "strange").by_address.values():
        doors.add(door)
    attach(made, services)
    return made


def told(client: FlaskClient, path: str, key: str = "") -> tuple[int, str]:
    answer = client.get(path, headers={"Authorization": key})
    return answer.status_code, answer.text


def test_a_door_needs_its_folder_and_nothing_else(moon: Flask, services: Services) -> None:
    member = join(services, "member@example.org")
    client, key, tenant = moon.test_client(), member.api_key, member.account.id
    assert told(client, "/moon/craters", key) == (200, "lit: 3")
    assert told(client, "/moon/craters/Tycho", key) == (404, f"dark 102: {tenant} fell into Tycho.")
    assert told(client, "/moon/falls/Tycho", key) == (
        200,
        f'data:{{"at":"edge"}}\n\ndata:{{"eclipse":"{tenant} fell into Tycho."}}\n\ndawn',
    )


def test_a_door_decides_who_is_let_in(moon: Flask) -> None:
    client = moon.test_client()
    assert told(client, "/moon/craters?lamp=broken") == (418, "dark 9: It is dark.")
    assert told(client, "/moon/craters")[0] == 401


def test_the_door_with_the_prefix_answers_where_there_is_no_page(moon: Flask) -> None:
    client = moon.test_client()
    assert told(client, "/moon/sea") == (404, "dark 404: Not Found: there is no such address.")
    assert told(client, "/moon") == (404, "dark 404: Not Found: there is no such address.")
    assert client.post("/moon/craters").text.startswith("dark 405: Method Not Allowed")
    for elsewhere in ("/", "/moonlight", "/v1/nothing", "/api/v1/nothing"):
        assert client.get(elsewhere).json["code"] == 404


def test_of_two_prefixes_that_fit_the_longer_one_answers(moon: Flask) -> None:
    doors = web_process(moon).doors
    assert doors.of("/api/v1/datasets").name == "rest"
    assert doors.of("/v1/user/info").name == "console"
    assert doors.of("/v2") is NOWHERE


def test_a_door_has_addresses_under_the_prefix_of_another(moon: Flask) -> None:
    doors = web_process(moon).doors
    shared = replace(doors.of("/moon"), name="sun", prefix="/v1", paths=("/v1/stars", "/v1/sun"))
    doors.add(shared)
    assert doors.of("/v1/stars") is doors.of("/v1/stars/a/b") is shared
    assert [doors.of(path).name for path in ("/v1/file", "/v1/starship")] == ["console", "default"]
    with pytest.raises(StartError, match="doors sun and other both claim /v1/sun"):
        doors.add(replace(shared, name="other", paths=("/v1/sun",)))


def test_each_route_is_behind_the_door_that_it_was_registered_for(app: Flask) -> None:
    doors = web_process(app).doors
    names = {door.name for door in doors.by_address.values()}
    for rule in app.url_map.iter_rules():
        owner = rule.endpoint.partition(".")[0].partition("_")[0]
        if owner in names:
            assert doors.of(rule.rule).name == owner, rule


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("door.py", r"moon/door\.py has no `DOOR`"),
        ("craters.py", r"moon/craters\.py is a page without a `blueprint`"),
    ],
)
def test_what_is_no_door_or_page_stops_the_start_by_name(
    house: Path, file: str, sentence: str
) -> None:
    (house / "moon" / file).write_text("")
    with pytest.raises(StartError, match=sentence):
        open_doors(Flask("x"), house, "strange")


def test_clients_are_told_where_asking_again_does_not_help(client: FlaskClient) -> None:
    for status in (200, 409):
        answer = client.post("/api/v1/chats", json={"name": "guide"})
        assert (answer.status_code, answer.headers.get("x-should-retry")) == (
            status,
            "false" if status == 409 else None,
        )
    missing = client.get("/api/v1/datasets/x/documents")
    assert missing.status_code == 404
    assert "x-should-retry" not in missing.headers

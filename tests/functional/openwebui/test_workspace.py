"""Models of the workspace: made, used in chats, granted; each is an assistant of the server."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site
from tests.functional.library import data_of
from tests.functional.openwebui.front import Front
from tests.functional.openwebui.library import LAMP, base, detail, ok, send
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

MODELS = "/api/v1/models"
TALKER = "talker@Endpoint"
DOT = "data:image/png;base64,iVBORw0KGgo="
READ = {"principal_type": "user", "principal_id": "*", "permission": "read"}
KEEPER: dict[str, Any] = {
    "id": "keeper",
    "name": "The keeper",
    "base_model_id": TALKER,
    "params": {"system": "You serve {{USER_NAME}}.", "temperature": 0.5, "seed": 7, "odd": [1]},
    "meta": {"description": "Of lamps", "tags": [{"name": "Sea"}], "profile_image_url": DOT},
}


def made(web: FlaskClient, **more: object) -> dict[str, Any]:
    """Make a model."""
    found: dict[str, Any] = ok(web.post(f"{MODELS}/create", json=KEEPER | more))
    return found


def ids(web: FlaskClient) -> list[str]:
    """Return what models are offered in chats."""
    return [one["id"] for one in ok(web.get("/api/models"))["data"]]


@pytest.mark.usefixtures("endpoint")
def test_a_model_is_an_assistant_with_what_the_front_end_says_of_it(
    web: FlaskClient, client: FlaskClient
) -> None:
    model = made(web)
    assert model["params"] == KEEPER["params"]
    assert (model["base_model_id"], model["is_active"]) == (TALKER, True)
    assert {**model["meta"], **KEEPER["meta"]} == model["meta"]
    (assistant,) = data_of(client.get("/api/v1/chats"))
    assert (assistant["name"], assistant["llm"]["temperature"]) == ("The keeper", 0.5)
    assert ok(web.get(f"{MODELS}/model?id=keeper")) == model
    assert ok(web.get(f"{MODELS}/model?id={assistant['id']}"))["id"] == "keeper"
    shown = ok(web.get("/api/models"))["data"][0]
    assert (shown["id"], shown["name"], shown["preset"]) == ("keeper", "The keeper", True)
    assert shown["info"]["params"] == {}
    picture = web.get(shown["info"]["meta"]["profile_image_url"])
    assert (picture.mimetype, picture.data) == ("image/png", b"\x89PNG\r\n\x1a\n")

    given = {"name": "Guard", "llm": {"temperature": 0.2}}
    data_of(client.put(f"/api/v1/chats/{assistant['id']}", json=given))
    changed = ok(web.get(f"{MODELS}/model?id=keeper"))
    assert (changed["name"], changed["params"]["temperature"]) == ("Guard", 0.2)
    kept = {"profile_image_url": shown["info"]["meta"]["profile_image_url"]}
    again = KEEPER | {"params": {}, "meta": kept, "is_active": False}
    changed = ok(web.post(f"{MODELS}/model/update", json=again))
    assert (changed["params"], changed["meta"]["profile_image_url"]) == ({}, DOT)
    assert "keeper" not in ids(web), "one that is off is not offered"
    assert ok(web.post(f"{MODELS}/model/toggle?id=keeper"))["is_active"] is True
    assert "keeper" in ids(web)
    assert ok(web.post(f"{MODELS}/model/delete", json={"id": "keeper"})) is True
    assert data_of(client.get("/api/v1/chats")) == []
    assert web.get(f"{MODELS}/model?id=keeper").status_code == 404


@pytest.mark.usefixtures("endpoint")
def test_models_are_listed_by_words_tags_and_whose_they_are(
    web: FlaskClient, other: FlaskClient, client: FlaskClient
) -> None:
    made(web)
    made(other, id="theirs", name="Theirs", access_grants=[READ], meta={"tags": [{"name": "Air"}]})
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))

    def listed(**query: object) -> list[str]:
        return [one["id"] for one in ok(web.get(f"{MODELS}/list", query_string=query))["items"]]

    assert ok(web.get(f"{MODELS}/list"))["total"] == 3
    assert listed(order_by="name", direction="asc") == ["keeper", "theirs", "guide"]
    assert listed(query="KEEP") == ["keeper"]
    assert listed(tag="sea") == ["keeper"]
    assert listed(view_option="shared") == ["theirs"]
    assert listed(view_option="created", order_by="created_at") == ["guide", "keeper"]
    assert listed(page=2) == []
    assert ok(web.get(f"{MODELS}/tags")) == ["Air", "Sea"]
    assert [ok(web.get(f"{MODELS}/{noun}")) for noun in ("base", "base/tags")] == [[], []]
    assert [one["id"] for one in ok(web.get("/api/models/base"))["data"]] == [TALKER]

    theirs = ok(web.get(f"{MODELS}/model?id=theirs"))
    assert (theirs["write_access"], theirs["params"], theirs["access_grants"]) == (False, {}, [])
    refused = [
        web.post(f"{MODELS}/model/update", json=KEEPER | {"id": "theirs"}),
        web.post(f"{MODELS}/model/toggle?id=theirs"),
        web.post(f"{MODELS}/model/delete", json={"id": "theirs"}),
        web.post(f"{MODELS}/model/access/update", json={"id": "theirs", "access_grants": []}),
    ]
    assert [one.status_code for one in refused] == [403] * 4
    closed = {"id": "theirs", "access_grants": []}
    assert ok(other.post(f"{MODELS}/model/access/update", json=closed))["access_grants"] == []
    assert listed(view_option="shared") == []
    assert web.get(f"{MODELS}/model?id=theirs").status_code == 404


@pytest.mark.usefixtures("endpoint")
def test_an_export_can_be_imported_by_somebody_else(web: FlaskClient, other: FlaskClient) -> None:
    made(web)
    told = ok(web.get(f"{MODELS}/export"))
    assert ok(other.post(f"{MODELS}/import", json={"models": told})) is True
    told[0]["name"] = "Renamed"
    assert ok(other.post(f"{MODELS}/import", json={"models": told})) is True
    (model,) = ok(other.get(f"{MODELS}/all"))
    assert (model["id"], model["name"], model["params"]) == ("keeper", "Renamed", KEEPER["params"])


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("endpoint")
def test_what_no_model_can_be_is_refused_by_name(web: FlaskClient, client: FlaskClient) -> None:
    made(web)
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))

    def answer(status: int, **more: object) -> str:
        return detail(web.post(f"{MODELS}/create", json=KEEPER | {"name": "x"} | more), status)

    assert "KEEPER" in answer(409, id="KEEPER")
    assert "guide" in answer(409, id="guide")
    assert "The keeper" in answer(409, id="y", name="The keeper")
    assert "id" in answer(422, id="i" * 256)
    assert "temperature" in answer(422, id="y", params={"temperature": "hot"})
    assert "base model" in answer(501, id="y", base_model_id=None)
    assert "chat" in answer(501, id="y", meta={"knowledge": [{"type": "chat", "id": "n"}]})
    assert "nobody" in answer(400, id="y", base_model_id="nobody@Endpoint")
    gone = {"knowledge": [{"type": "collection", "id": "0" * 32}]}
    assert "knowledge base" in answer(404, id="y", meta=gone)
    assert web.get("/api/v1/models/model?id=a%00b").status_code in {400, 404, 422}


@pytest.mark.databases("sqlite")
def test_a_model_answers_by_its_settings_from_what_it_knows(
    web: FlaskClient, other: FlaskClient, site: Site, endpoint: ModelEndpoint
) -> None:
    lamps = base(web)
    send(web, "lamp.txt", knowledge_id=lamps["id"])
    oil = send(web, "oil.txt", b"The oil of the lamp is kept in the cellar.")
    site.work()
    knowledge = [
        {"type": "collection", "id": lamps["id"], "name": "Lamps"},
        {"type": "file", "id": oil["id"], "name": "oil.txt"},
    ]
    model = made(web, meta={"knowledge": knowledge}, access_grants=[READ])
    assert [one["id"] for one in model["meta"]["knowledge"]] == [lamps["id"], oil["id"]]
    assert model["params"]["system"] == KEEPER["params"]["system"]
    endpoint.script += [said("At dusk [ID:0", "], with oil [1]."), said("At dusk [ID:0].")]
    asked = {
        "model": "keeper",
        "messages": [{"role": "user", "content": "When is the lamp lit?"}],
        "variables": {"{{USER_NAME}}": "Ada"},
        "params": {"top_p": 0.25},
    }
    answer = ok(other.post("/api/chat/completions", json=asked))
    assert answer["choices"][0]["message"]["content"] == "At dusk [2], with oil [1]."
    named = [one["source"]["name"] for one in answer["sources"]]
    assert named == ["oil.txt", "lamp.txt"], "who may use it need not read what it reads"
    sent = endpoint.received[-1].body
    told = sent["messages"][0]["content"]
    assert told.startswith("You serve Ada.")
    assert LAMP.decode() in told
    assert "kept in the cellar" in told
    assert [sent[name] for name in ("temperature", "top_p", "seed")] == [0.5, 0.25, 7]
    streamed = other.post("/api/chat/completions", json=asked | {"stream": True})
    lines = [line.removeprefix("data: ") for line in streamed.text.split("\n\n") if line]
    assert len(json.loads(lines[0])["sources"]) == 2
    ok(web.post(f"{MODELS}/model/toggle?id=keeper"))
    assert "switched off" in detail(other.post("/api/chat/completions", json=asked), 400)


@pytest.mark.databases("sqlite")
def test_an_assistant_names_its_sources_in_a_chat(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    lamps = base(web)
    send(web, "lamp.txt", knowledge_id=lamps["id"])
    site.work()
    made(web, meta={"knowledge": [{"type": "collection", "id": lamps["id"], "name": "Lamps"}]})
    endpoint.script.append(said("At dusk [ID:0][ID:0", "], says lamps[1][1]."))
    chat_id = front.ask("When is the lamp lit?", model="keeper")
    [source] = front.sources()
    assert (source["source"]["name"], source["document"]) == ("lamp.txt", [LAMP.decode()])
    kept = front.answer(chat_id)
    assert (kept["content"], kept["sources"]) == ("At dusk [1][1], says lamps[1][1].", [source])

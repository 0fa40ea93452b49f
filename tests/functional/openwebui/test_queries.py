"""Queries that a model writes, by which the files of a question are searched."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.config.settings import Settings
from tests.functional.ingesting import Site
from tests.functional.library import data_of
from tests.functional.openwebui.front import MODEL, Front
from tests.functional.openwebui.library import base, send
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Reply

pytestmark = pytest.mark.databases("sqlite")

OIL = b"The oil of the lamp comes from the mill of Tarn."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let queries be written, and wait only for a moment for them."""
    hasty = settings.retrieval.model_copy(update={"step_timeout": 0.3})
    writes = settings.frontend.model_copy(update={"queries": "on"})
    return settings.model_copy(update={"retrieval": hasty, "frontend": writes})


def asked(endpoint: ModelEndpoint) -> list[str]:
    """Return what a model was told last in each of its calls."""
    return [str(one.body["messages"][-1]["content"]) for one in endpoint.received]


def read(web: FlaskClient, site: Site) -> dict[str, Any]:
    """Return a file that has been read, as a question refers to it."""
    made = send(web, "oil.txt", OIL)
    site.work()
    return {"type": "file", "id": made["id"], "name": "oil.txt"}


def test_a_model_says_what_is_searched_for(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    file = read(web, site)
    queries = ["Which mill makes the oil?", "the mill of Tarn"]
    endpoint.script += [
        said("nothing"),
        said("From Tarn [1]."),
        said(json.dumps({"queries": queries})),
        said("From Tarn [1]."),
    ]
    chat = front.ask("Where is the oil from?", files=[file])
    front.ask("And who makes it?", chat, parent_id="a-Whereistheoilfrom")
    about = asked(endpoint)[2]
    assert about.startswith("USER: Where is the oil from?\n\nASSISTANT: From Tarn [1].")
    assert about.endswith("USER: And who makes it?")
    first, last = front.told("status")
    assert first == {"action": "queries_generated", "queries": queries, "done": False}
    assert last == {"action": "sources_retrieved", "count": 1, "done": True}
    assert front.answer(chat)["statusHistory"] == [first, last]
    [source] = front.sources()
    assert source["document"] == [OIL.decode()], "a passage is told once"


def test_a_question_stands_as_it_is_without_queries(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    file = read(web, site)
    for reply in (Reply(silent=True, hold=True), Reply(400, [b"no"]), said('{"queries": []}')):
        endpoint.script += [reply, said("From Tarn [1].")]
        front.ask("Where is the oil from?", files=[file])
        assert front.told("status")[0]["queries"] == ["Where is the oil from?"]
        assert len(front.sources()) == 1
        assert OIL.decode() in asked(endpoint)[-1]


def test_no_query_is_written_where_nothing_is_searched(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    file = read(web, site)
    text = {"type": "text", "name": "note", "content": "It is from Tarn."}
    front.ask("Where is the oil from?", files=[{**file, "context": "full"}, text])
    front.ask("And what is it?")
    assert len(endpoint.received) == 2
    assert all("queries" not in one for one in front.told("status"))


def test_completions_without_a_chat_are_searched_by_queries(
    web: FlaskClient, client: FlaskClient, site: Site, endpoint: ModelEndpoint
) -> None:
    home = base(web, "Oil")
    send(web, "oil.txt", OIL, knowledge_id=home["id"])
    site.work()
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    before = [{"role": "user", "content": "Oil?"}, {"role": "assistant", "content": "Yes."}]
    messages = [*before, {"role": "user", "content": [{"type": "text", "text": "From where?"}]}]
    files = [{"type": "collection", "id": home["id"], "name": "Oil"}]
    for model in (MODEL, "guide"):
        endpoint.received.clear()
        endpoint.script += [said('{"queries": ["oil of the lamp"]}'), said("From Tarn [1].")]
        body = {"model": model, "messages": messages, "files": files, "stream": True}
        streamed = web.post("/api/chat/completions", json=body)
        first = json.loads(streamed.text.split("\n\n")[0].removeprefix("data:"))
        assert first["sources"][0]["document"] == [OIL.decode()]
        about = "USER: Oil?\n\nASSISTANT: Yes.\n\nUSER: From where?"
        assert asked(endpoint)[0] == about

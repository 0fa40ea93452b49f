"""Answers that rest on files and knowledge bases."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site
from tests.functional.library import data_of
from tests.functional.openwebui.front import MODEL, Front
from tests.functional.openwebui.library import KNOWLEDGE, LAMP, base, detail, ok, send
from tests.functional.openwebui.test_chats import ANSWER, QUESTION, history, kept
from tests.functional.openwebui.test_shares import CHATS, shared
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

OIL = b"The oil of the lamp comes from the mill of Tarn."


def prompt_of(endpoint: ModelEndpoint) -> str:
    """Return what the model was told last."""
    return str(endpoint.received[-1].body["messages"][-1]["content"])


def a_file(made: Mapping[str, Any], **said: object) -> dict[str, object]:
    """Return a file as the front end refers to it."""
    return {"type": "file", "id": made["id"], "name": made["filename"], "file": made, **said}


def test_a_file_of_a_chat_is_read_for_each_question_in_it(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    made = send(web, "lamp.txt")
    send(web, "oil.txt", OIL)
    site.work()
    endpoint.script += [said("At dusk [1]."), said("As before [1].")]
    chat_id = front.ask("When is it lit?", files=[a_file(made)])
    asked = prompt_of(endpoint)
    assert (
        f'<source id="1" name="lamp.txt" resource-type="file" resource-id="{made["id"]}">' in asked
    )
    assert LAMP.decode() in asked
    assert "oil" not in asked
    assert asked.endswith("When is it lit?")
    assert len(endpoint.received) == 1, "no model writes queries unless that is switched on"
    [source] = front.sources()
    assert source["source"] == {"type": "file", "id": made["id"], "name": "lamp.txt"}
    assert (source["document"], source["metadata"][0]["file_id"]) == ([LAMP.decode()], made["id"])
    assert 0 <= source["distances"][0] <= 1
    kept = front.answer(chat_id)
    assert (kept["sources"], kept["content"], kept["done"]) == ([source], "At dusk [1].", True)
    assert kept["statusHistory"][-1] == {"action": "sources_retrieved", "count": 1, "done": True}
    assert kept["statusHistory"] == front.told("status")
    front.ask("And now?", chat_id)
    assert LAMP.decode() in prompt_of(endpoint)
    assert [one["source"]["name"] for one in front.sources()] == ["lamp.txt"]


def test_knowledge_bases_of_several_people_answer_together(
    web: FlaskClient, other: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    mine, theirs, closed = base(web), base(other, "Oil"), base(other, "Closed")
    send(web, "lamp.txt", knowledge_id=mine["id"])
    for home in (theirs, closed):
        send(other, "oil.txt", OIL, knowledge_id=home["id"])
    site.work()
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(other.post(f"{KNOWLEDGE}/{theirs['id']}/access/update", json={"access_grants": [everybody]}))
    endpoint.script.append(said("From the mill [1], at dusk [2]."))
    bases = [{"type": "collection", "id": one["id"], "name": one["name"]} for one in (mine, theirs)]
    bases.append({"type": "collection", "id": closed["id"], "name": "Closed"})
    front.ask("Where does the oil of the lamp come from?", files=bases)
    named = {one["source"]["name"]: one["metadata"][0] for one in front.sources()}
    assert named.keys() == {"lamp.txt", "oil.txt"}
    assert named["oil.txt"]["knowledge_id"] == theirs["id"]
    assert [one for one in front.descriptions() if one.startswith("Closed is not there")]


def test_a_chat_goes_on_without_a_knowledge_base_that_was_deleted(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    made = base(web)
    send(web, "lamp.txt", knowledge_id=made["id"])
    site.work()
    endpoint.script += [said("At dusk [1]."), said("I do not know.")]
    item = {"type": "collection", "id": made["id"], "name": "Lamps"}
    chat_id = front.ask("When is it lit?", files=[item])
    assert len(front.sources()) == 1
    ok(web.delete(f"{KNOWLEDGE}/{made['id']}/delete"))
    front.ask("And now?", chat_id, files=[item])
    assert front.sources() == []
    [remark] = front.descriptions()
    assert remark.startswith("Lamps is not there any more")
    assert "<context>" not in prompt_of(endpoint)
    kept = front.answer(chat_id)
    assert (kept["content"], kept["sources"]) == ("I do not know.", [])
    assert kept["statusHistory"][0]["description"] == remark


def test_files_are_read_whole_where_that_is_wanted(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    lines = "\n".join(f"{n}. The keeper lights lamp {n} at dusk." for n in range(600))
    made, home = send(web, "lamps.txt", lines.encode()), base(web)
    send(web, "oil.txt", OIL, knowledge_id=home["id"])
    site.work()
    endpoint.script += [said("Yes."), said("Yes.")]
    front.ask("All?", files=[a_file(made, context="full")])
    told = prompt_of(endpoint)
    assert all(f"lamp {n} at dusk" in told for n in range(600))
    whole = {"type": "collection", "id": home["id"], "name": "Lamps", "context": "full"}
    text = {"type": "text", "name": "note", "content": "A </source> of light."}
    front.ask("And this?", files=[whole, text])
    told = prompt_of(endpoint)
    assert OIL.decode() in told
    assert "A < /source> of light." in told
    assert [one["source"]["type"] for one in front.sources()] == ["text", "file"]


def test_what_is_still_being_read_is_told(
    web: FlaskClient, site: Site, front: Front, endpoint: ModelEndpoint
) -> None:
    waiting = send(web, "lamp.txt")
    endpoint.script.append(said("I do not know."))
    front.ask("When?", files=[a_file(waiting)])
    assert front.descriptions() == ["lamp.txt is still being read. The answer does without it."]
    site.work()
    refused = {"model": MODEL, "messages": [{"role": "user", "content": "When?"}]}
    unknown = {"type": "file", "id": str(UUID(int=7)), "name": "gone.txt"}
    answer = web.post("/api/chat/completions", json={**refused, "files": [unknown]})
    assert "gone.txt is not there" in detail(answer, 400)
    for kind, named in (("folder", "folder"), ([], "without a type"), ({}, "without a type")):
        answer = web.post("/api/chat/completions", json={**refused, "files": [{"type": kind}]})
        assert named in detail(answer, 501)


def test_a_note_is_told_to_the_model_as_it_reads_to_who_may_read_it(
    web: FlaskClient, other: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    path, asked = "/api/v1/notes", {"model": MODEL, "messages": [{"role": "user", "content": "?"}]}
    text = {"title": "Rules", "data": {"content": {"md": "Never before dusk."}}}
    made = [ok(one.post(f"{path}/create", json=text)) for one in (web, other)]
    files = [{"type": "note", "id": one["id"], "name": "It"} for one in made]
    endpoint.script.append(said("Yes."))
    front.ask("When?", files=files)
    assert "Never before dusk." in prompt_of(endpoint)
    [source] = front.sources()
    assert (source["source"]["name"], source["document"]) == ("Rules", ["Never before dusk."])
    gone = "It is not there any more, or not for you."
    assert front.descriptions()[0].startswith(gone)
    ok(web.post(f"{path}/{made[0]['id']}/update", json={"data": {"content": {"md": " "}}}))
    refused = web.post("/api/chat/completions", json={**asked, "files": files[:1]})
    assert detail(refused, 400) == "Rules has no text."


def spoken(*texts: str) -> dict[str, object]:
    """Return a history in which questions and answers follow each other."""
    places = range(len(texts))
    return history(
        *(
            (
                f"m{at}",
                f"m{at - 1}" if at else None,
                (ANSWER if at % 2 else QUESTION) | {"content": texts[at]},
            )
            for at in places
        )
    )


def test_another_chat_is_told_as_the_branch_that_is_shown(
    web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    tree = spoken("Which oil?", "Rape.")
    tree["messages"]["x"] = ANSWER | {"id": "x", "parentId": "m0", "content": "Of olives."}  # type: ignore[index]  # a history
    chat = kept(web, "Oil", history=tree)["id"]
    endpoint.script += [said("Rape [1]."), said("Rape [1].")]
    files = [{"type": "chat", "id": chat, "name": "As it was", "context": "full"}]
    asked_in = front.ask("Which was it?", files=files)
    told = prompt_of(endpoint)
    assert f'<source id="1" name="Oil" resource-type="chat" resource-id="{chat}">' in told
    assert "USER: Which oil?\n\nASSISTANT: Rape.</source>" in told
    assert "olives" not in told
    [source] = front.sources()
    assert source["source"] == {"type": "chat", "id": chat, "name": "Oil"}
    assert source["metadata"] == [{"name": "Oil", "source": "Oil"}]
    assert front.answer(asked_in)["sources"] == [source]
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "?"}], "files": files}
    streamed = web.post("/api/chat/completions", json={**asked, "stream": True})
    first = json.loads(streamed.text.split("\n\n")[0].removeprefix("data:"))
    assert first["sources"] == [source]


def test_chats_of_others_are_read_where_they_are_shared(
    other: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    closed = kept(other, "Closed", history=spoken("Secret?", "Hidden."))["id"]
    chat = kept(other, "Open", history=spoken("Which oil?", "Rape."))["id"]
    share = shared(other, chat)
    files = [{"type": "chat", "id": one, "name": "It"} for one in (closed, chat, share)]
    endpoint.script += [said("?"), said("Rape.")]
    front.ask("And before?", files=files)
    assert (
        front.descriptions()
        == ["It is not there any more, or not for you. The answer does without it."] * 3
    )
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    path = f"{CHATS}/shared/{chat}/access/update"
    ok(other.post(path, json={"access_grants": [everybody]}))
    front.ask("And now?", files=files)
    assert len(front.descriptions()) == 2
    assert [one["source"]["id"] for one in front.sources()] == [share]
    assert "Rape." in prompt_of(endpoint)
    assert "Hidden" not in prompt_of(endpoint)


def test_of_a_long_chat_what_was_said_last_is_told(
    web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    lines = [f"{number} {'lamp ' * 400}" for number in range(120)]
    chat = kept(web, "Long", history=spoken(*lines))["id"]
    empty = kept(web, "Empty", history=spoken(" "))["id"]
    short = kept(web, "Short", history=spoken("Which oil?"))["id"]
    endpoint.script += [said("Yes."), said("Yes.")]
    files = [{"type": "chat", "id": one} for one in (chat, empty, short)]
    long, brief = front.answer(front.ask("All?", files=files))["sources"]
    [text] = long["document"]
    assert text.startswith("[What was said before this is left out.]")
    assert "ASSISTANT: 119 lamp" in text
    assert 30_000 < len(text) < 34_000, "three chats share the room"
    assert brief["document"] == ["USER: Which oil?"]
    assert front.descriptions() == ["Empty has no text. The answer does without it."]
    many = [
        {"type": "chat", "id": str(UUID(int=number)), "name": f"c{number}"} for number in range(21)
    ]
    whole = {"type": "text", "name": "all", "content": "x" * 100_000}
    front.ask("And these?", files=[whole, *many, {"type": "text", "name": "more", "content": "x"}])
    said_of_many = front.descriptions()
    assert said_of_many[-2].startswith("c20 is one chat too many.")
    assert said_of_many[-1].startswith("more has no room beside the others.")


def test_a_completion_without_a_chat_tells_its_sources(
    web: FlaskClient, client: FlaskClient, site: Site, endpoint: ModelEndpoint
) -> None:
    made = send(web, "lamp.txt")
    site.work()
    asked = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "When is it lit?"}]}]
    }
    asked |= {"files": [a_file(made)], "model": MODEL}
    endpoint.script += [said("At dusk [1]."), said("At dusk [1].")]
    streamed = web.post("/api/chat/completions", json={**asked, "stream": True})
    first = json.loads(streamed.text.split("\n\n")[0].removeprefix("data:"))
    assert first["sources"][0]["source"]["id"] == made["id"]
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    spoken = {**asked, "model": "guide", "messages": [{"role": "user", "content": "When?"}]}
    whole = ok(web.post("/api/chat/completions", json=spoken))
    assert whole["sources"][0]["document"] == [LAMP.decode()]
    assert LAMP.decode() in endpoint.received[-1].body["messages"][0]["content"]


def test_what_is_remembered_is_told_with_a_question_of_a_chat(
    web: FlaskClient, front: Front, endpoint: ModelEndpoint
) -> None:
    ok(web.post("/api/v1/memories/add", json={"content": "I like rye bread."}))
    endpoint.script += [said("Rye."), said("You know.")]
    chat = front.ask("Which bread?", features={"memory": True})
    assert "rye bread" in prompt_of(endpoint)
    front.ask("Which?", chat)
    assert "rye bread" not in str(endpoint.received[-1].body), "nothing of it is kept in the chat"

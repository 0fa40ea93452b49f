"""What a model writes about chats: titles, tags, questions that may follow."""

import json

import pytest
from flask.testing import FlaskClient

from api.config.frontend import FrontendSettings
from api.container import Services
from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.webui.records import ConversationChange, Said, TaskRecord, Wanted
from api.services.webui.writing import Kind, read
from tests.functional.conftest import Member
from tests.functional.library import data_of
from tests.functional.openwebui.test_search import found
from tests.functional.openwebui.test_tasks import asked
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Reply

TASKS = "/api/v1/tasks"
MODEL = "talker@Endpoint"
SPOKEN = [
    {"role": "user", "content": "When is the lamp lit?"},
    {"role": "assistant", "content": "At dusk."},
]
ALL = {"title_generation": True, "tags_generation": True, "follow_up_generation": True}


def written(web: FlaskClient, what: str, **more: object) -> str:
    """Return what a model has written."""
    body = {"model": MODEL, "messages": SPOKEN, **more}
    answer = web.post(f"{TASKS}/{what}/completions", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json["choices"][0]["message"]["content"])


@pytest.fixture
def asker(member: Member) -> Principal:
    """Return who asks."""
    return Principal(member.account.id, member.account.id)


def answered(services: Services, asker: Principal, **more: object) -> tuple[TaskRecord, Wanted]:
    """Keep an answer in a new chat; return its task, and what was wanted."""
    given = asked(model=MODEL, background_tasks=ALL, **more)
    [(task, wanted)] = services.webui.tasks.ask(asker, given).tasks
    services.webui.tasks.keep(task, Said("At dusk.", done=True))
    return task, wanted


@pytest.mark.databases("sqlite")
def test_a_model_writes_what_a_client_asks_for(web: FlaskClient, endpoint: ModelEndpoint) -> None:
    for what, reply, expected in (
        ("title", 'Here: {"title": "Lighting lamps"} done', {"title": "Lighting lamps"}),
        ("title", '"Lamps"\nand more', {"title": "Lamps"}),
        ("title", "{broken", {"title": "When is the lamp lit?"}),
        ("tags", '<think>{"tags": ["x"]}</think>{"tags": ["Lamps", 1, "Oil"]}', ["Lamps", "Oil"]),
        ("follow_up", '{"follow_ups": ["a?", "b?", "c?", "d?"]}', ["a?", "b?", "c?"]),
        ("queries", "none", []),
        ("image_prompt", '{"prompt": "A lamp,\\nat dusk"}', {"prompt": "A lamp,\nat dusk"}),
        ("image_prompt", "A lamp at dusk", {"prompt": "A lamp at dusk"}),
        ("image_prompt", '{"prompt": 1}', {"prompt": ""}),
    ):
        endpoint.script.append(said(reply))
        content = json.loads(written(web, what))
        assert content == expected or list(content.values()) == [expected], what
    endpoint.script.append(said(" \U0001f3ee\n"))
    assert written(web, "emoji", messages=[], prompt="Nice!") == "\U0001f3ee"
    told = endpoint.received[0].body["messages"]
    assert told[0]["role"] == "system"
    assert told[1]["content"] == "USER: When is the lamp lit?\n\nASSISTANT: At dusk."


@pytest.mark.databases("sqlite")
def test_what_asks_for_nothing_is_refused(web: FlaskClient, endpoint: ModelEndpoint) -> None:
    nothing = web.post(f"{TASKS}/title/completions", json={"model": MODEL})
    unknown = web.post(f"{TASKS}/title/completions", json={"model": "x", "messages": SPOKEN})
    assert (nothing.status_code, unknown.status_code) == (400, 400)
    assert web.post(f"{TASKS}/other/completions", json={}).status_code == 501
    typed = {"model": MODEL, "prompt": "When is"}
    off = web.post(f"{TASKS}/auto/completions", json=typed)
    assert (off.status_code, "auto" in off.json["detail"]) == (400, True)
    several = {"model": MODEL, "prompt": "When?", "responses": []}
    refused = web.post(f"{TASKS}/moa/completions", json=several)
    assert (refused.status_code, "responses" in str(refused.json)) == (422, True)
    unknown = {"model": "x", "prompt": "When?", "responses": ["Now."], "stream": True}
    assert web.post(f"{TASKS}/moa/completions", json=unknown).status_code == 400
    assert endpoint.received == []


@pytest.mark.databases("sqlite")
def test_an_administrator_says_what_is_written_and_by_which_model(
    web: FlaskClient, admin: FlaskClient, endpoint: ModelEndpoint
) -> None:
    assert web.post(f"{TASKS}/config/update", json={"TASK_MODEL": MODEL}).status_code == 403
    given = {"TASK_MODEL": "", "TASK_MODEL_EXTERNAL": MODEL, "ENABLE_TITLE_GENERATION": False}
    given["ENABLE_RETRIEVAL_QUERY_GENERATION"] = True
    given |= {
        "ENABLE_AUTOCOMPLETE_GENERATION": True,
        "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": 8,
    }
    assert web.get("/api/config").json["features"]["enable_autocomplete_generation"] is False
    assert web.get(f"{TASKS}/config").json["ENABLE_RETRIEVAL_QUERY_GENERATION"] is False
    config = admin.post(f"{TASKS}/config/update", json=given).json
    assert given.items() - {("TASK_MODEL", "")} <= config.items()
    assert web.get("/api/config").json["features"]["enable_autocomplete_generation"] is True
    for prompt in ("When is the lamp", " "):
        body = {"model": MODEL, "messages": SPOKEN, "prompt": prompt}
        typed = web.post(f"{TASKS}/auto/completions", json=body)
        assert (typed.status_code, "prompt:" in typed.json["detail"]) == (400, True)
    assert config == web.get(f"{TASKS}/config").json
    assert (config["TASK_MODEL"], config["ENABLE_TITLE_GENERATION"]) == (MODEL, False)
    assert web.get("/api/config").json["features"]["enable_title_generation"] is False
    off = web.post(f"{TASKS}/title/completions", json={"model": MODEL, "messages": SPOKEN})
    assert (off.status_code, endpoint.received) == (400, [])
    assert admin.post(f"{TASKS}/config/update", json=config).json == config


@pytest.mark.databases("sqlite")
def test_the_model_of_the_settings_writes_whatever_the_chat_is_held_with(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    services.webui.writing.settings = lambda: FrontendSettings(task_model=MODEL)
    endpoint.script.append(said('{"tags": ["Lamps"]}'))
    assert json.loads(written(web, "tags", model="whatever")) == {"tags": ["Lamps"]}


@pytest.mark.databases("sqlite")
def test_a_model_goes_on_with_what_somebody_types(
    web: FlaskClient, services: Services, endpoint: ModelEndpoint
) -> None:
    services.webui.writing.settings = lambda: FrontendSettings(autocomplete="on")
    for reply, expected in (
        ('{"text": " lamp lit?"}', " lamp lit?"),
        ("lamp lit?", "lamp lit?"),
        ('{"texts"', ""),
        ("x" * 600, "x" * 500),
    ):
        endpoint.script.append(said(reply))
        content = written(web, "auto", prompt="When is the", type="search query")
        assert json.loads(content) == {"text": expected}
    told = endpoint.received[-1].body["messages"][1]["content"]
    assert told.endswith("ASSISTANT: At dusk.\n\nTYPED AS A SEARCH QUERY: When is the")
    endpoint.script.append(said('{"text": ""}'))
    written(web, "auto", messages=[], prompt="When is the")
    assert endpoint.received[-1].body["messages"][1]["content"] == "TYPED: When is the"
    odd = {"model": MODEL, "prompt": "When", "type": "other"}
    assert web.post(f"{TASKS}/auto/completions", json=odd).status_code == 422


@pytest.mark.databases("sqlite")
def test_a_model_makes_one_answer_of_several(
    web: FlaskClient, client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    several = {"prompt": "When?", "responses": ["At six.", "At dusk."]}
    for model in (MODEL, "guide"):
        endpoint.script.append(said("At six, ", "at dusk."))
        body = {"model": model, "stream": True, **several}
        answer = web.post(f"{TASKS}/moa/completions", json=body)
        assert answer.mimetype == "text/event-stream"
        events = [one.removeprefix("data: ") for one in answer.text.split("\n\n") if one]
        assert events.pop() == "[DONE]"
        pieces = [json.loads(one)["choices"][0]["delta"]["content"] for one in events]
        assert "".join(pieces) == "At six, at dusk."
    system, asked = endpoint.received[-1].body["messages"]
    assert system["role"] == "system"
    assert asked["content"] == "QUESTION:\nWhen?\n\nANSWER 1:\nAt six.\n\nANSWER 2:\nAt dusk."
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "At dusk."}}]}
    endpoint.script.append(Reply(pieces=[json.dumps(whole).encode()]))
    assert written(web, "moa", **several) == "At dusk."


@pytest.mark.databases("sqlite")
def test_what_is_written_after_an_answer_is_kept_with_the_chat(
    web: FlaskClient, services: Services, asker: Principal, endpoint: ModelEndpoint
) -> None:
    task, wanted = answered(services, asker)
    assert wanted.after == (Kind.TITLE, Kind.FOLLOW_UPS, Kind.TAGS)
    endpoint.script += [
        said('{"title": "Lighting lamps"}'),
        said('{"follow_ups": ["And now?"]}'),
        said('{"tags": ["Old Lamps", "Oil"]}'),
    ]
    before = services.webui.conversations.get(asker, task.chat_id).row.update_time
    for kind in wanted.after:
        services.webui.epilogues.write(asker, task, wanted, Kind(kind))
    kept = services.webui.conversations.get(asker, task.chat_id)
    assert (kept.row.title, set(kept.tags)) == ("Lighting lamps", {"old_lamps", "oil"})
    assert kept.row.update_time == before, "it is no newer than its answer"
    assert kept.tree.messages[-1].body["followUps"] == ["And now?"]
    assert (found(web, "lighting"), found(web, "when now")) == (["Lighting lamps"],) * 2


@pytest.mark.databases("sqlite")
def test_a_chat_that_somebody_has_named_keeps_its_name(
    services: Services, asker: Principal, endpoint: ModelEndpoint
) -> None:
    task, wanted = answered(services, asker)
    kept = services.webui.conversations
    kept.change(asker, task.chat_id, ConversationChange(title="Mine"))
    written = services.webui.epilogues.write(asker, task, wanted, Kind.TITLE)
    assert (written.text, endpoint.received) == ("", [])
    assert not services.webui.epilogues.rename(asker, task.chat_id, "When?", "Lamps")
    assert kept.get(asker, task.chat_id).row.title == "Mine"


@pytest.mark.databases("sqlite")
def test_of_several_models_the_first_one_writes(services: Services, asker: Principal) -> None:
    places = [{"model_id": "m", "message_id": name} for name in ("b", "c")]
    given = asked(message_ids=places, background_tasks={"tags_generation": True})
    assert [one.after for one in given.wanted] == [(Kind.TAGS,), ()]
    with pytest.raises(RuleError):
        services.webui.writing.write(asker, Kind.TAGS, "", [{"role": "user", "content": " "}])


def test_answers_are_listed_and_stopped_by_their_ids(
    web: FlaskClient, other: FlaskClient, services: Services, asker: Principal
) -> None:
    [(task, _)] = services.webui.tasks.ask(asker, asked()).tasks
    assert web.get("/api/tasks").json == {"tasks": [task.id]}
    assert other.get("/api/tasks").json == {"tasks": []}
    assert other.post(f"/api/tasks/stop/{task.id}").status_code == 404
    assert services.webui.tasks.beat(task)
    assert web.post(f"/api/tasks/stop/{task.id}").json["status"] is True
    assert not services.webui.tasks.beat(task)


def test_a_long_title_is_cut() -> None:
    spoken = [{"role": "user", "content": "x" * 500}]
    assert len(read(Kind.TITLE, "", spoken).text) == 100

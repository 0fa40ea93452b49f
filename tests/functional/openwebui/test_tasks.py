"""Answers within chats: what is kept of them by whom they are made, and what is refused."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import run
from api.errors import ConflictError, NotBuiltError, NotFoundError, RuleError
from api.schemas.openwebui.completion import QuestionRequest, present_begun
from api.services.accounts.records import Principal
from api.services.webui.lists import NOT_FILED
from api.services.webui.records import Asked, Said
from api.services.webui.tasks import DIED, TaskService
from tests.functional.conftest import Member
from tests.functional.library import data_of
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

QUESTION = {"id": "q", "role": "user", "content": "\n When? \nNow?"}
ASKED: dict[str, Any] = {"model": "m", "session_id": "s", "id": "a", "user_message": QUESTION}
STRANGER = Principal("x" * 32, "x" * 32)


def asked(**given: object) -> Asked:
    """Return what a client asks."""
    return QuestionRequest.model_validate({**ASKED, **given}).asked()


@pytest.fixture
def asker(member: Member) -> Principal:
    """Return who asks."""
    return Principal(member.account.id, member.account.id)


@pytest.fixture
def tasks(services: Services) -> TaskService:
    """Return what keeps answers that are being made."""
    return services.webui.tasks


def test_an_answer_has_a_task_until_it_is_kept(
    services: Services, tasks: TaskService, asker: Principal
) -> None:
    begun = tasks.ask(asker, asked())
    [(task, wanted)] = begun.tasks
    assert [dict(one) for one in wanted.messages] == [
        {"role": "user", "content": QUESTION["content"]}
    ]
    assert tasks.of_chat(asker, begun.chat_id) == [task]
    with pytest.raises(NotFoundError):
        tasks.of_chat(STRANGER, begun.chat_id)
    with pytest.raises(ConflictError):
        tasks.ask(asker, asked(chat_id=begun.chat_id))
    tasks.keep(task, Said("At"))
    tasks.keep(task, Said("At dusk.", usage={"total_tokens": 3}, done=True))
    tasks.keep(task, Said("too late", done=True))
    assert tasks.of_chat(asker, begun.chat_id) == []
    kept = services.webui.conversations.get(asker, begun.chat_id)
    assert (kept.row.title, kept.row.current_id) == ("When?", "a")
    question, answer = kept.tree.messages
    assert (question.message_id, answer.parent_id) == ("q", "q")
    said = [answer.body[key] for key in ("content", "done", "usage")]
    assert said == ["At dusk.", True, {"total_tokens": 3}]


def test_who_makes_an_answer_hears_that_it_is_stopped(tasks: TaskService, asker: Principal) -> None:
    begun = tasks.ask(asker, asked())
    [(task, _)] = begun.tasks
    assert tasks.beat(task)
    with pytest.raises(NotFoundError):
        tasks.stop(STRANGER, begun.chat_id)
    assert tasks.stop(asker, begun.chat_id) == 1
    assert not tasks.beat(task)


def test_an_answer_of_which_nothing_is_heard_is_ended_once(
    services: Services, tasks: TaskService, asker: Principal
) -> None:
    begun = tasks.ask(asker, asked())
    [(task, _)] = begun.tasks
    assert tasks.bury() == []
    with connection(services.database):
        run(services.database, "UPDATE webui_task SET update_time = update_time - 60000")
    assert tasks.bury() == [task]
    assert tasks.bury() == []
    *_, answer = services.webui.conversations.get(asker, begun.chat_id).tree.messages
    assert (answer.body["done"], answer.body["error"]) == (True, {"content": DIED})


@pytest.mark.databases("sqlite")
def test_what_asks_nothing_leaves_nothing(
    services: Services, tasks: TaskService, asker: Principal
) -> None:
    for nothing in (
        {**QUESTION, "content": " "},
        {**QUESTION, "content": [QUESTION]},
        {**QUESTION, "role": "assistant"},
        {},
    ):
        with pytest.raises(RuleError, match="user_message"):
            tasks.ask(asker, asked(user_message=nothing))
    assert services.webui.lists.page(asker, 0, NOT_FILED) == []
    begun = tasks.ask(asker, asked())
    tasks.keep(begun.tasks[0][0], Said("At dusk.", done=True))
    for empty in ({"id": "q2", "content": ""}, {"id": "q3", "role": "assistant", "content": "x"}):
        with pytest.raises(RuleError):
            tasks.ask(asker, asked(chat_id=begun.chat_id, user_message=empty, id="b"))
    assert tasks.of_chat(asker, begun.chat_id) == []
    kept = services.webui.conversations.get(asker, begun.chat_id).tree.messages
    assert [one.message_id for one in kept] == ["q", "a"]


@pytest.mark.databases("sqlite")
def test_a_question_that_cannot_be_answered_by_events_is_refused_by_its_field(
    web: FlaskClient,
) -> None:
    def refused(**given: object) -> tuple[int, str]:
        answer = web.post("/api/chat/completions", json={**ASKED, **given})
        return answer.status_code, answer.json["detail"]

    places = [{"model_id": "m", "message_id": "b"}] * 2
    assert "message_ids" in refused(message_ids=places)[1]
    assert "message_ids" in refused(id="q")[1]
    assert "id:" in refused(id="")[1]
    assert refused(chat_id="channel:x")[0] == 501
    spoken = [{"role": "user", "content": "When?"}]
    assert refused(chat_id="channel:x", messages=spoken, user_message={})[0] == 501
    assert "chat_id" in refused(chat_id="other:x")[1]
    assert refused(chat_id="local:" + "x" * 30)[0] in {400, 422}
    picture = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}
    assert asked(chat_id="local:x", messages=[picture]).pictures == ()
    heard = {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}
    with pytest.raises(NotBuiltError, match="input_audio"):
        asked(chat_id="local:x", messages=[heard])
    assert refused(files=[{"id": "x"}])[0] == 501
    assert refused(user_message={**QUESTION, "files": [{"type": "folder", "id": "x"}]}) == (
        *(501, "In `files`: folder: this is not built here."),
    )
    assert "frontend.dir" in refused()[1]


@pytest.mark.databases("sqlite")
def test_what_a_client_says_of_how_to_answer_is_told_to_an_assistants_model(
    tasks: TaskService, asker: Principal, client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    endpoint.script.append(said("At ", "dusk."))
    given = {"model": "guide", "params": {"system": "Be brief."}}
    [(task, wanted)] = tasks.ask(asker, asked(**given)).tasks
    pieces = [delta.content for delta in tasks.pieces(asker, task, wanted)]
    assert "".join(pieces) == "At dusk."
    assert "Be brief." in endpoint.received[-1].body["messages"][0]["content"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("chat_id", ["", "local:aB-c"])
def test_what_somebody_has_set_for_all_their_chats_is_told_once(
    tasks: TaskService, asker: Principal, chat_id: str
) -> None:
    rule = {"role": "system", "content": "Be brief."}
    spoken = [rule, {"role": "user", "content": QUESTION["content"]}]
    for number, params in enumerate(({}, {"system": "Be brief."})):
        given = {"chat_id": chat_id, "messages": spoken, "params": params, "id": f"a{number}"}
        [(_, wanted)] = tasks.ask(asker, asked(**given)).tasks
        assert [dict(one) for one in wanted.messages] == spoken


def test_of_a_temporary_chat_nothing_is_kept(
    services: Services, tasks: TaskService, asker: Principal, web: FlaskClient, other: FlaskClient
) -> None:
    spoken = [
        {"role": "user", "content": "When?"},
        {"role": "assistant", "content": "At dusk."},
        {"role": "user", "content": [{"type": "text", "text": "And then?"}]},
    ]
    given = {"chat_id": "local:aB-c", "messages": spoken, "params": {"system": "Be brief."}}
    begun = tasks.ask(asker, asked(**given))
    [(task, wanted)] = begun.tasks
    assert present_begun(begun)["chat_id"] == "local:aB-c"
    assert [one["content"] for one in wanted.messages] == [
        *("Be brief.", "When?", "At dusk.", "And then?")
    ]
    with pytest.raises(ConflictError):
        tasks.ask(asker, asked(**given))
    with pytest.raises(RuleError):
        tasks.ask(asker, asked(**{**given, "id": "b", "messages": spoken[:2]}))
    address = "/api/tasks/chat/local:aB-c"
    assert (web.get(address).json, other.get(address).json) == (
        {"task_ids": [task.id]},
        {"task_ids": []},
    )
    other.post(f"{address}/stop")
    assert tasks.beat(task)
    web.post(f"{address}/stop")
    assert not tasks.beat(task)
    tasks.keep(task, Said("At noon.", done=True))
    assert tasks.of_person(asker) == []
    assert services.webui.lists.page(asker, 0, NOT_FILED) == []


def test_an_answer_goes_on_where_it_broke_off(
    services: Services, tasks: TaskService, asker: Principal
) -> None:
    begun = tasks.ask(asker, asked())
    tasks.keep(begun.tasks[0][0], Said("At ", error="cut", done=True))
    [(task, wanted)] = tasks.ask(asker, asked(chat_id=begun.chat_id, user_message={})).tasks
    assert (wanted.begun, wanted.messages[-1]) == ("At ", {"role": "assistant", "content": "At "})
    answer = services.webui.conversations.get(asker, begun.chat_id).tree.messages[-1].body
    assert (answer["content"], answer["done"], "error" in answer) == ("At ", False, False)
    tasks.keep(task, Said("At dusk.", done=True))
    kept = services.webui.conversations.get(asker, begun.chat_id).tree
    assert [one.message_id for one in kept.messages] == ["q", "a"]
    assert kept.messages[-1].body["content"] == "At dusk."


@pytest.mark.databases("sqlite")
def test_an_assistant_hears_what_it_has_said_already(
    tasks: TaskService, asker: Principal, client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": "guide"}))
    chat_id = tasks.ask(asker, asked(model="guide")).chat_id
    tasks.keep(tasks.of_chat(asker, chat_id)[0], Said("At the", done=True))
    endpoint.script.append(said(" hour of dusk."))
    going_on = asked(model="guide", chat_id=chat_id, user_message={})
    [(task, wanted)] = tasks.ask(asker, going_on).tasks
    pieces = [delta.content for delta in tasks.pieces(asker, task, wanted)]
    assert "".join(pieces) == " hour of dusk."
    sent = endpoint.received[-1].body["messages"]
    assert "At the" in sent[0]["content"]
    assert sent[-1]["role"] == "user"

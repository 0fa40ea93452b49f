"""Questions to assistants over HTTP, with a model behind an endpoint and without one."""

import json
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.connection import pool_use
from api.services.accounts.records import Principal
from api.services.chats.values import Question
from tests.functional.conftest import Member
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.talking import DONE, said
from tests.model_endpoint import ModelEndpoint, Reply, event, stream

ABSENT = "0" * 32
LAMP = "When does the keeper light the lamp?"
END = {"code": 0, "data": True}


@dataclass(frozen=True)
class Talk:
    """An assistant and a session of it."""

    client: FlaskClient
    chat: str
    session: str

    def ask(self, question: str = LAMP, **fields: Any) -> TestResponse:
        """Send a question."""
        body = {"question": question, "session_id": self.session, **fields}
        return self.client.post(f"/api/v1/chats/{self.chat}/completions", json=body)

    def whole(self, question: str = LAMP, **fields: Any) -> dict[str, Any]:
        """Return an answer that is not streamed."""
        answer = self.ask(question, stream=False, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json["data"]

    def messages(self) -> list[dict[str, Any]]:
        """Return what was said, without the opener."""
        path = f"/api/v1/chats/{self.chat}/sessions/{self.session}"
        return self.client.get(path).json["data"]["messages"][1:]


def talk_of(client: FlaskClient, **fields: Any) -> Talk:
    answer = client.post("/api/v1/chats", json={"name": "guide", **fields})
    assert answer.status_code == 200, answer.text
    chat = answer.json["data"]["id"]
    session = client.post(f"/api/v1/chats/{chat}/sessions", json={"name": "s"}).json["data"]["id"]
    return Talk(client, chat, session)


@pytest.fixture
def talk(client: FlaskClient, corpus: Corpus) -> Talk:
    return talk_of(client, dataset_ids=[corpus.dataset_id])


def events(answer: TestResponse) -> list[dict[str, Any]]:
    """Return the events of a stream, after checking how they are framed."""
    assert answer.status_code == 200, answer.text
    frames = answer.get_data(as_text=True).split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data:{") and "\n" not in frame for frame in frames)
    return [json.loads(frame.removeprefix("data:")) for frame in frames]


def test_without_a_session_the_opener_answers(client: FlaskClient, corpus: Corpus) -> None:
    fields = {"prompt": {"opener": "Good evening."}, "dataset_ids": [corpus.dataset_id]}
    chat = talk_of(client, **fields).chat
    path = f"/api/v1/chats/{chat}/completions"
    answer = client.post(path, json={"question": LAMP, "user_id": "u7"})
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    opening, end = events(answer)
    session = opening["data"].pop("session_id")
    assert opening == {
        "code": 0,
        "message": "",
        "data": {
            "answer": "Good evening.",
            "reference": {},
            "audio_binary": None,
            "id": None,
        },
    }
    assert end == END
    stored = client.get(f"/api/v1/chats/{chat}/sessions/{session}").json["data"]
    assert stored["user_id"] == "u7"
    assert [message["content"] for message in stored["messages"]] == ["Good evening."]
    whole = client.post(path, json={"question": LAMP, "stream": False}).json
    assert whole["code"] == 0
    assert whole["data"]["answer"] == "Good evening."


def test_a_stream_grows_and_ends_with_its_reference(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk ", "灯 [ID:0]", ". Not [ID:77]."))
    answer = talk.ask()
    assert "灯" in answer.get_data(as_text=True), "text is not escaped"
    *growing, last, end = events(answer)
    assert end == END
    texts = [item["data"]["answer"] for item in growing]
    assert texts[0] == "At"
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert all(item["data"]["reference"] == {} for item in growing)
    data = last["data"]
    assert data["answer"] == "At dusk 灯 [ID:0]. Not."
    assert set(data) == {
        "answer",
        "reference",
        "audio_binary",
        "prompt",
        "created_at",
        "id",
        "session_id",
    }
    assert str(UUID(data["id"])) == data["id"]
    assert {item["data"]["id"] for item in growing} == {data["id"]}
    assert data["session_id"] == talk.session
    assert TEXTS[0] in data["prompt"]
    best = data["reference"]["chunks"][0]
    assert best["content"] == TEXTS[0]
    assert best["document_name"] == "keeper.md"
    assert best["positions"] == [[1, 10, 20, 30, 40]]
    assert {"id", "document_id", "dataset_id", "image_id", "url", "doc_type"} <= set(best)
    assert {"similarity", "vector_similarity", "term_similarity"} <= set(best)
    assert data["reference"]["total"] == len(data["reference"]["chunks"])
    assert data["reference"]["doc_aggs"][0]["doc_name"] == "keeper.md"


def test_what_was_said_is_stored_and_remembered(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script += [said("At dusk [ID:0]."), said("Whale oil.")]
    first = talk.whole()
    talk.whole("And with what?")
    messages = talk.messages()
    assert [message["content"] for message in messages] == [
        LAMP,
        "At dusk [ID:0].",
        "And with what?",
        "Whale oil.",
    ]
    assert messages[1]["reference"] == first["reference"]["chunks"]
    asked = endpoint.received[-1].body["messages"]
    assert [message["role"] for message in asked] == ["system", "user", "assistant", "user"]
    assert [message["content"] for message in asked[1:]] == [
        LAMP,
        "At dusk [ID:0].",
        "And with what?",
    ]


def test_settings_of_the_assistant_reach_the_model(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    talk = talk_of(
        client,
        dataset_ids=[corpus.dataset_id],
        llm={"temperature": 9, "top_p": 0.5, "presence_penalty": -3, "max_tokens": 0},
        prompt={
            "prompt": "For {who}: {knowledge}",
            "variables": [{"key": "knowledge"}, {"key": "who"}],
            "top_n": 1,
            "similarity_threshold": 0,
        },
    )
    assert talk.whole(who="sailors")["reference"]["total"] == 3
    body = endpoint.received[-1].body
    assert (body["model"], body["stream"]) == ("talker", True)
    assert (body["temperature"], body["top_p"], body["presence_penalty"]) == (2.0, 0.5, -2.0)
    assert "max_tokens" not in body
    system = body["messages"][0]["content"]
    assert system.startswith("For sailors: ID: 0")
    assert TEXTS[0] in system
    assert TEXTS[1] not in system
    assert "[ID:0]" in system, "the model is told how to cite"
    missing = talk.ask(stream=False)
    assert (missing.status_code, missing.json["code"]) == (400, 102)
    assert "who" in missing.json["message"]
    assert len(talk.messages()) == 2, "a question that cannot be asked is not kept"


def test_a_later_default_model_serves_older_assistants(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    talk = talk_of(client, llm_id="talker@Endpoint")
    shown = client.get(f"/api/v1/chats/{talk.chat}").json["data"]
    assert shown["llm"]["model_name"] == shown["llm_id"] == "talker@Endpoint"
    assert talk.whole("Say this back.")["answer"] == "Say this back."
    assert endpoint.received[-1].headers["Authorization"] == "Bearer key"


def test_quotes_can_be_switched_off(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    talk = talk_of(client, dataset_ids=[corpus.dataset_id], prompt={"show_quote": False})
    endpoint.script.append(said("At dusk [ID:0]."))
    data = talk.whole()
    assert data["answer"] == "At dusk."
    assert data["reference"] == {}
    assert talk.messages()[1]["reference"] == []
    assert "[ID:0]" not in endpoint.received[-1].body["messages"][0]["content"]


def test_sentences_cite_nothing_where_quotes_are_switched_off(
    client: FlaskClient, corpus: Corpus
) -> None:
    talk = talk_of(client, dataset_ids=[corpus.dataset_id], prompt={"show_quote": False})
    data = talk.whole()
    assert "lights the lamp at dusk" in data["answer"]
    assert "[ID:" not in data["answer"]
    assert data["reference"] == {}


def test_an_empty_response_spares_the_model(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    prompt = {"empty_response": "Nobody knows.", "similarity_threshold": 1.1}
    data = talk_of(client, dataset_ids=[corpus.dataset_id], prompt=prompt).whole()
    assert data["answer"] == "Nobody knows."
    assert data["reference"] == {"total": 0, "chunks": [], "doc_aggs": []}
    assert endpoint.received == []


def test_thinking_is_shown_but_not_remembered(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(
        stream(event(reasoning_content="Lamps... "), event(content="At dusk."), DONE)
    )
    *growing, last, _ = events(talk.ask())
    assert growing[0]["data"]["answer"] == "<think>Lamps... </think>"
    assert last["data"]["answer"].startswith("<think>Lamps... </think>At dusk")
    assert "Lamps..." not in talk.messages()[1]["content"]


def test_an_empty_answer_is_not_remembered(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(reasoning_content="Lamps ..."), DONE))
    talk.whole()
    talk.whole("Again?")
    asked = endpoint.received[-1].body["messages"]
    assert [message["content"] for message in asked[1:]] == ["Again?"]


def test_without_a_model_sentences_answer_and_say_so(talk: Talk) -> None:
    data = talk.whole()
    assert "No chat model is set up" in data["answer"]
    assert "lights the lamp at dusk" in data["answer"]
    assert "[ID:0]" in data["answer"]
    assert data["reference"]["chunks"][0]["content"] == TEXTS[0]


@pytest.mark.usefixtures("endpoint")
def test_an_assistant_that_names_no_model_follows_the_default(
    client: FlaskClient, console: FlaskClient, corpus: Corpus
) -> None:
    tenant = console.get("/v1/user/tenant_info").json["data"]["tenant_id"]

    def prefer(model: str) -> None:
        body = {"tenant_id": tenant, "llm_id": model, "embd_id": "hashing@Builtin"}
        assert console.post("/v1/user/set_tenant_info", json=body).json["code"] == 0

    key = {"llm_factory": "OpenAI", "api_key": "sk-1"}
    assert console.post("/v1/llm/set_api_key", json=key).json["code"] == 0
    prefer("gpt-4o@OpenAI")
    talk = talk_of(client, dataset_ids=[corpus.dataset_id], llm={"temperature": 0.5})
    path = f"/api/v1/chats/{talk.chat}"
    assert client.get(path).json["data"]["llm_id"] == "gpt-4o@OpenAI"
    prefer("talker@Endpoint")
    assert talk.whole()["answer"].startswith("When does the keeper")
    shown = client.get(path).json["data"]
    assert (shown["llm_id"], shown["llm"]["temperature"]) == ("talker@Endpoint", 0.5)


def test_a_model_that_fails_in_mid_answer(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="At "), event(content="du"), cut=True))
    first, *_, failure, end = events(talk.ask())
    assert first["data"]["answer"] == "At"
    assert failure["code"] == 500
    assert failure["data"]["answer"] == f"**ERROR**: {failure['message']}"
    assert failure["data"]["reference"] == []
    assert end == END
    assert [message["content"] for message in talk.messages()] == [LAMP]
    talk.whole("Again?")
    asked = endpoint.received[-1].body["messages"]
    assert [message["content"] for message in asked[1:]] == ["Again?"]


def test_a_model_that_fails_without_a_stream(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(status=401, pieces=[b'{"error":{"message":"no such account"}}']))
    answer = talk.ask(stream=False)
    assert (answer.status_code, answer.json["code"]) == (503, 105)
    assert "no such account" in answer.json["message"]


def test_a_reader_who_leaves_keeps_what_there_was(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="At "), event(content="dusk"), hold=True))
    answer = talk.ask()
    frames = filter(None, answer.response)  # the headers come first, with nothing
    next(frames)
    assert b"At dusk" in next(frames)
    answer.close()
    assert endpoint.gone.wait(10), "the model is still being asked"
    assert [message["content"] for message in talk.messages()] == [LAMP, "At dusk"]


def test_no_connection_is_held_while_an_answer_is_made(
    talk: Talk, services: Services, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="At "), event(content="dusk"), hold=True))
    with closing(talk.ask()) as answer:
        frames = filter(None, answer.response)  # the headers come first, with nothing
        next(frames)
        assert pool_use(services.database)[0] == 0
        next(frames)
        assert pool_use(services.database)[0] == 0


def test_a_reader_who_leaves_before_the_first_word(
    talk: Talk, services: Services, member: Member, endpoint: ModelEndpoint
) -> None:
    asker = Principal(member.account.id, member.account.id)
    reply = services.chats.completions.ask(asker, talk.chat, Question(LAMP, talk.session))
    reply.parts.close()
    assert endpoint.received == []
    assert talk.messages() == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("question", [None, "", "  "])
def test_a_question_is_needed(talk: Talk, question: str | None) -> None:
    answer = talk.ask(question)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json["code"]) == (400, 102)
    assert answer.json["message"] == "`question` is required."


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("fields", [{"question": 5}, {"session_id": 5}, {"user_id": "a\0"}])
def test_a_wrong_field_is_named(talk: Talk, fields: dict[str, Any]) -> None:
    body = {"question": "q", "session_id": talk.session, **fields}
    answer = talk.client.post(f"/api/v1/chats/{talk.chat}/completions", json=body)
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    assert f"Field: <{next(iter(fields))}>" in answer.json["message"]


def test_what_is_not_there_cannot_be_asked(talk: Talk, stranger: FlaskClient) -> None:
    body = {"question": "q", "session_id": ABSENT}
    answer = talk.client.post(f"/api/v1/chats/{talk.chat}/completions", json=body)
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == f"You don't own the session {ABSENT}"
    answer = stranger.post(f"/api/v1/chats/{talk.chat}/completions", json=body)
    assert (answer.status_code, answer.json["code"]) == (404, 102)
    assert answer.json["message"] == f"You don't own the chat {talk.chat}"


def test_a_nul_in_a_question_is_dropped(talk: Talk) -> None:
    talk.whole("lamp\0light")
    assert talk.messages()[0]["content"] == "lamplight"


def test_an_assistant_is_tried_with_changes_that_are_not_kept(
    client: FlaskClient, talk: Talk, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("The keeper ", "says: red.") for _ in range(2)]
    path = f"/api/v1/chats/{talk.chat}"
    before = client.get(path).json["data"]
    changes = {"question": LAMP, "prompt": {"prompt": "Only this: {knowledge}", "top_n": 1}}
    answer = client.post(f"{path}/try", json=changes)
    told = events(answer)
    assert [event["data"]["answer"] for event in told[:2]] == ["The keeper", " says: red."]
    assert told[-2]["data"]["final"] is True
    assert len(told[-2]["data"]["reference"]["chunks"]) == 1
    [system, *_] = endpoint.received[-1].body["messages"]
    assert system["content"].startswith("Only this: ")
    whole = client.post(f"{path}/try", json={**changes, "stream": False})
    assert whole.json["data"]["answer"] == "The keeper says: red."
    assert client.get(path).json["data"] == before
    assert talk.messages() == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"question": " "}, "question"),
        ({"question": LAMP, "dataset_ids": [ABSENT]}, ABSENT),
        ({"question": LAMP, "prompt": {"prompt": "No place."}}, "knowledge"),
        ({"question": LAMP, "llm": {"model_name": "nobody@Nowhere"}}, "nobody@Nowhere"),
    ],
)
def test_a_trial_refuses_what_a_change_refuses(
    client: FlaskClient, talk: Talk, body: dict[str, Any], problem: str
) -> None:
    refused = client.post(f"/api/v1/chats/{talk.chat}/try", json=body)
    assert refused.status_code in {400, 404}
    assert problem in refused.json["message"]

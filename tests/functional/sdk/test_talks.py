"""Questions with an assistant or without one, at the later address."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import API, data_of, refused
from tests.functional.sdk.test_completions import LAMP, Talk, events, talk_of
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

PATH = f"{API}/chat/completions"


@pytest.fixture
def talk(client: FlaskClient, corpus: Corpus) -> Talk:
    return talk_of(client, dataset_ids=[corpus.dataset_id])


def whole(client: FlaskClient, **body: Any) -> dict[str, Any]:
    """Return an answer that is not streamed."""
    data: dict[str, Any] = data_of(client.post(PATH, json={"stream": False, **body}))
    return data


def told(endpoint: ModelEndpoint) -> list[tuple[str, str]]:
    """Return what the model was told last, but for the system prompt."""
    messages = endpoint.received[-1].body["messages"]
    return [(item["role"], item["content"]) for item in messages if item["role"] != "system"]


def test_an_assistant_answers_in_a_session(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk [ID:0]."))
    body = {"question": LAMP, "chat_id": talk.chat, "session_id": talk.session}
    *pieces, last, end = events(talk.client.post(PATH, json=body))
    assert end["data"] is True
    assert [item["data"]["final"] for item in (*pieces, last)] == [False] * len(pieces) + [True]
    assert {item["data"]["chat_id"] for item in (*pieces, last)} == {talk.chat}
    assert last["data"]["answer"] == "At dusk [ID:0]."
    assert last["data"]["reference"]["chunks"][0]["content"] == TEXTS[0]
    assert [item["content"] for item in talk.messages()] == [LAMP, "At dusk [ID:0]."]


def test_the_older_events_can_be_asked_for(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk."))
    body = {"question": LAMP, "chat_id": talk.chat, "legacy": True}
    *pieces, _, _ = events(talk.client.post(PATH, json=body))
    assert [item["data"]["answer"] for item in pieces] == ["At", "At dusk."]
    assert {item["data"]["chat_id"] for item in pieces} == {talk.chat}


def test_a_new_session_begins_where_none_is_named(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At dusk."))
    answer = whole(talk.client, question=LAMP, chat_id=talk.chat, user_id="u7")
    assert (answer["answer"], answer["chat_id"]) == ("At dusk.", talk.chat)
    assert answer["session_id"] not in {"", talk.session}
    begun = data_of(talk.client.get(f"{API}/chats/{talk.chat}/sessions/{answer['session_id']}"))
    assert [item["content"] for item in begun["messages"][1:]] == [LAMP, "At dusk."]
    assert begun["user_id"] == "u7"


NOT_FROM_USER = "The last content of this conversation is not from user."

HISTORY = [
    {"role": "user", "content": "Who are you?"},
    {"role": "assistant", "content": "A guide."},
]


def test_who_knows_what_was_said_before(talk: Talk, endpoint: ModelEndpoint) -> None:
    talk.whole("First?")
    messages = [*HISTORY, {"role": "user", "content": LAMP}]
    asked = {"messages": messages, "chat_id": talk.chat}
    whole(talk.client, **asked, session_id=talk.session)
    remembered = told(endpoint)
    assert [text for _, text in remembered][0::2] == ["First?", LAMP]
    whole(talk.client, **asked, session_id=talk.session, pass_all_history_messages=True)
    brought = told(endpoint)
    assert brought == [*((item["role"], item["content"]) for item in HISTORY), ("user", LAMP)]
    whole(talk.client, **asked)
    assert told(endpoint) == brought
    whole(talk.client, **asked, store_history_messages=False)
    assert told(endpoint) == brought


def test_nothing_is_stored_where_that_is_off(talk: Talk) -> None:
    sessions = f"{API}/chats/{talk.chat}/sessions"
    before = data_of(talk.client.get(sessions))
    answer = whole(talk.client, question=LAMP, chat_id=talk.chat, store_history_messages=False)
    assert answer["answer"]
    assert data_of(talk.client.get(sessions)) == before


def test_without_an_assistant_the_model_answers_alone(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("I do ", "not know."))
    answer = whole(client, messages=[*HISTORY, {"role": "user", "content": LAMP}])
    assert (answer["answer"], answer["reference"], answer["chat_id"]) == ("I do not know.", {}, "")
    assert told(endpoint)[-1] == ("user", LAMP)
    assert len(told(endpoint)) == 3


def test_options_count_for_one_answer(talk: Talk, endpoint: ModelEndpoint) -> None:
    options = {"temperature": 0.9, "max_tokens": 77, "llm_id": "talker@Endpoint"}
    whole(talk.client, question=LAMP, chat_id=talk.chat, session_id=talk.session, **options)
    sent = endpoint.received[-1].body
    assert (sent["temperature"], sent["max_tokens"], sent["model"]) == (0.9, 77, "talker")
    whole(talk.client, question=LAMP, chat_id=talk.chat, session_id=talk.session)
    assert endpoint.received[-1].body["temperature"] == 0.1


def test_further_keys_fill_variables(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    variables = [{"key": "tone", "optional": False}]
    chat = talk_of(client, prompt={"prompt": "Speak {tone}.", "variables": variables}).chat
    whole(client, question=LAMP, chat_id=chat, tone="softly")
    assert endpoint.received[-1].body["messages"][0]["content"].startswith("Speak softly.")


def test_without_any_model_there_is_no_answer(client: FlaskClient) -> None:
    assert "models.chat_model" in refused(client.post(PATH, json={"question": LAMP}), 501, 501)


@pytest.mark.parametrize(
    ("body", "status", "code", "sentence"),
    [
        ({}, 400, 101, "required argument are missing: messages"),
        ({"messages": []}, 400, 102, "You have to provide messages."),
        ({"messages": HISTORY}, 400, 102, NOT_FROM_USER),
        ({"question": " "}, 400, 102, "`question` is required."),
        (
            {"question": LAMP, "session_id": "s"},
            400,
            102,
            "`chat_id` is required when `session_id` is provided.",
        ),
        ({"question": LAMP, "llm_id": "x@y"}, 400, 102, "`llm_id` x@y doesn't exist"),
        ({"question": LAMP, "chat_id": "0" * 32}, 404, 102, f"You don't own the chat {'0' * 32}"),
        (
            {"question": LAMP, "chat_id": "c", "session_id": "s", "store_history_messages": False},
            400,
            102,
            "`store_history_messages` cannot be off: leave `session_id` out.",
        ),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_what_is_not_answered_is_told(
    client: FlaskClient, body: dict[str, Any], status: int, code: int, sentence: str
) -> None:
    assert refused(client.post(PATH, json=body), status, code) == sentence


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_turn_can_be_judged_and_deleted(talk: Talk, services: Services) -> None:
    first, second = (talk.whole(question)["id"] for question in ("First?", "Second?"))
    place = f"{API}/chats/{talk.chat}/sessions/{talk.session}/messages"
    asked = {"thumbup": False, "feedback": "Too short."}
    judged = data_of(talk.client.put(f"{place}/{first}/feedback", json=asked))
    assert judged["id"] == talk.session
    with connection(services.database):
        kept = rows(
            services.database, "SELECT rating, feedback FROM chat_message WHERE rating <> 0"
        )
    assert kept == [(-1, "Too short.")]
    left = data_of(talk.client.delete(f"{place}/{first}"))
    assert [item["content"] for item in left["messages"][1:]][::2] == ["Second?"]
    assert talk.messages() == left["messages"][1:]
    for lost in (first, "0" * 32):
        assert refused(talk.client.delete(f"{place}/{lost}"), 404, 102) == (
            "There is no such question, or no answer."
        )
    other = data_of(talk.client.post(f"{API}/chats", json={"name": "other"}))["id"]
    elsewhere = f"{API}/chats/{other}/sessions/{talk.session}/messages/{second}"
    assert refused(talk.client.delete(elsewhere), 404, 102) == "Session does not exist"
    refused(talk.client.put(f"{elsewhere}/feedback", json=asked), 404, 102)
    assert len(talk.messages()) == 2


def test_a_session_of_another_assistant_is_not_found(talk: Talk) -> None:
    other = data_of(talk.client.post(f"{API}/chats", json={"name": "other"}))["id"]
    body = {"question": LAMP, "chat_id": other, "session_id": talk.session}
    told_ = refused(talk.client.post(PATH, json=body), 404, 102)
    assert told_ == f"You don't own the session {talk.session}"

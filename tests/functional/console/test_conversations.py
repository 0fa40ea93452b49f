"""Conversations as the console's pages have them, from the first question to what people think."""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.functional.console.test_dialogs import save
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import API, data_of
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

ABSENT = "0" * 32
ID = "00112233445566778899aabbccddeeff"
LAMP = "When does the keeper light the lamp?"
FIRST, SECOND = "6b7ad26b-74dc-4c57-9d5a-3c4a4cb0fdf1", "7c8be37c-85ed-4d68-8e6b-4d5b5dc1fe02"


@dataclass(frozen=True)
class Talk:
    """An assistant of the console with a conversation."""

    client: FlaskClient
    dialog: str
    conversation: str

    def ask(self, question: str, message_id: str = FIRST, **fields: object) -> TestResponse:
        """Ask as the page does, which sends no more of the conversation than is needed here."""
        message = {"id": message_id, "role": "user", "content": question}
        body = {"conversation_id": self.conversation, "messages": [message], **fields}
        return self.client.post("/v1/conversation/completion", json=body)

    def whole(self, question: str, message_id: str = FIRST, **fields: object) -> dict[str, Any]:
        """Return the whole answer to a question."""
        answer: dict[str, Any] = data_of(self.ask(question, message_id, stream=False, **fields))
        return answer

    def shown(self) -> dict[str, Any]:
        """Return the conversation."""
        asked = {"conversation_id": self.conversation}
        found: dict[str, Any] = data_of(self.client.get("/v1/conversation/get", query_string=asked))
        return found

    def contents(self) -> list[str]:
        """Return what was said."""
        return [message["content"] for message in self.shown()["message"]]

    def post(self, page: str, **fields: object) -> dict[str, Any]:
        """Do something to what was said in the conversation; return the envelope."""
        body = {"conversation_id": self.conversation, **fields}
        answer: dict[str, Any] = self.client.post(f"/v1/conversation/{page}", json=body).get_json()
        return answer


def begin(client: FlaskClient, dialog: str, conversation_id: str = ID) -> dict[str, Any]:
    """Begin a conversation as the page does."""
    body = {
        "dialog_id": dialog,
        "name": LAMP,
        "is_new": True,
        "conversation_id": conversation_id,
        "message": [{"role": "assistant", "content": LAMP}],
    }
    begun: dict[str, Any] = data_of(client.post("/v1/conversation/set", json=body))
    return begun


@pytest.fixture
def talk(console: FlaskClient, corpus: Corpus) -> Talk:
    """Begin a conversation with an assistant that reads the corpus."""
    dialog = save(console, kb_ids=[corpus.dataset_id])["id"]
    return Talk(console, dialog, begin(console, dialog)["id"])


def frames(answer: TestResponse) -> list[dict[str, Any]]:
    """Return the frames of a stream."""
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    lines = answer.get_data(as_text=True).split("\n\n")
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]


def test_a_conversation_begins_under_the_id_of_its_page(talk: Talk) -> None:
    assert talk.conversation == ID
    assert talk.contents() == ["Good evening."], "the opener, and not what the page sends"
    assert talk.shown()["name"] == LAMP
    sessions = data_of(talk.client.get(f"{API}/chats/{talk.dialog}/sessions"))
    assert [session["id"] for session in sessions] == [ID]


def test_an_id_that_is_taken_is_refused(talk: Talk, stranger: FlaskClient) -> None:
    body = {"dialog_id": talk.dialog, "conversation_id": ID, "is_new": True}
    answer = talk.client.post("/v1/conversation/set", json=body).get_json()
    assert (answer["code"], answer["message"]) == (102, f"There is a conversation {ID} already.")
    theirs = {**body, "dialog_id": save(stranger)["id"]}
    assert stranger.post("/v1/conversation/set", json=theirs).get_json()["code"] == 102
    assert talk.contents() == ["Good evening."]


def test_a_conversation_may_leave_its_id_to_the_server(talk: Talk) -> None:
    body = {"dialog_id": talk.dialog, "name": "x" * 300}
    made = data_of(talk.client.post("/v1/conversation/set", json=body))
    assert (len(made["id"]), made["name"]) == (32, "x" * 255)


def test_a_conversation_is_renamed(talk: Talk) -> None:
    body = {"is_new": False, "name": "The lamp"}
    assert talk.post("set", **body)["data"]["name"] == "The lamp"
    assert talk.shown()["name"] == "The lamp"


def test_conversations_are_listed_newest_first_and_deleted(
    talk: Talk, stranger: FlaskClient
) -> None:
    second = begin(talk.client, talk.dialog, "f" * 32)["id"]
    asked = {"dialog_id": talk.dialog}

    def listed() -> list[str]:
        found = talk.client.get("/v1/conversation/list", query_string=asked)
        return [conversation["id"] for conversation in data_of(found)]

    def delete(client: FlaskClient, *ids: str) -> int:
        body = {"conversation_ids": list(ids), "dialog_id": talk.dialog}
        answer = client.post("/v1/conversation/rm", json=body).get_json()
        code: int = answer["code"]
        return code

    assert set(listed()) == {ID, second}
    assert delete(stranger, ID) == 102
    assert delete(talk.client, ID, ABSENT) == 102
    assert set(listed()) == {ID, second}
    assert delete(talk.client, ID) == 0
    assert listed() == [second]


def test_a_stream_grows_and_ends_with_what_it_cites(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk [ID:0]", "."))
    *growing, last, end = frames(talk.ask(LAMP))
    assert end["data"] is True
    texts = [item["data"]["answer"] for item in growing]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert {item["data"]["id"] for item in (*growing, last)} == {FIRST}
    data = last["data"]
    assert data["answer"] == "At dusk [ID:0]."
    assert TEXTS[0] in data["prompt"]
    cited = data["reference"]["chunks"][0]
    assert cited["content"] == TEXTS[0]
    names = {item["doc_id"]: item["doc_name"] for item in data["reference"]["doc_aggs"]}
    assert names[cited["document_id"]] == "keeper.md"


def test_what_was_said_is_kept_with_what_it_cites(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script += [said("At dusk [ID:0]."), said("Oil.")]
    first = talk.whole(LAMP)
    talk.whole("With what?", SECOND)
    shown = talk.shown()
    assert talk.contents() == ["Good evening.", LAMP, "At dusk [ID:0].", "With what?", "Oil."]
    ids = [message["id"] for message in shown["message"]]
    assert ids[1:] == [FIRST, FIRST, SECOND, SECOND]
    assert len(shown["reference"]) == 2
    assert shown["reference"][0]["chunks"] == first["reference"]["chunks"]
    assert shown["reference"][0]["doc_aggs"][0]["doc_name"] == "keeper.md"
    told = [message["content"] for message in endpoint.received[1].body["messages"]]
    assert told[1:] == [LAMP, "At dusk [ID:0].", "With what?"]


def test_a_question_that_is_asked_again_replaces_what_followed(
    talk: Talk, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("One."), said("Two."), said("Three.")]
    talk.whole(LAMP)
    talk.whole("And then?", SECOND)
    talk.whole(LAMP, FIRST)
    assert talk.contents() == ["Good evening.", LAMP, "Three."]
    told = [message["content"] for message in endpoint.received[2].body["messages"]]
    assert told[1:] == [LAMP]


@pytest.mark.parametrize("known", [1, 3, 5])
def test_a_question_follows_what_its_page_shows(
    talk: Talk, endpoint: ModelEndpoint, known: int
) -> None:
    """A page that has an answer made again sends what came before the question, and no more."""
    endpoint.script += [said("One."), said("Two."), said("Three.")]
    talk.whole(LAMP)
    talk.whole("And then?", SECOND)
    before = talk.shown()["message"]
    messages = [*before[:known], {"role": "user", "content": "Again?", "id": "third"}]
    body = {"conversation_id": ID, "messages": messages, "stream": False}
    data_of(talk.client.post("/v1/conversation/completion", json=body))
    texts = [message["content"] for message in before[:known]]
    assert talk.contents() == [*texts, "Again?", "Three."]
    told = [message["content"] for message in endpoint.received[2].body["messages"]]
    assert told[1:] == [*texts[1:], "Again?"]


def test_messages_that_nobody_knows_replace_nothing(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script += [said("One."), said("Two.")]
    talk.whole(LAMP)
    messages = [
        {"role": "assistant", "content": "Good evening.", "id": "made up"},
        {"role": "user", "content": "And then?", "id": SECOND},
    ]
    body = {"conversation_id": ID, "messages": messages, "stream": False}
    data_of(talk.client.post("/v1/conversation/completion", json=body))
    assert talk.contents() == ["Good evening.", LAMP, "One.", "And then?", "Two."]


def test_another_model_answers_beside_the_conversation(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("Quite."))
    messages = [
        {"role": "assistant", "content": "Good evening."},
        {"role": "user", "content": "Is it dark?", "id": SECOND},
        {"role": "assistant", "content": "<think>Hm.</think>It is.", "id": SECOND},
        {"role": "user", "content": LAMP, "id": FIRST},
    ]
    chosen = {"llm_id": "talker@Endpoint", "temperature": 0.5, "top_p": 0.9}
    body = {"conversation_id": ID, "messages": messages, **chosen}
    *_, last, _ = frames(talk.client.post("/v1/conversation/completion", json=body))
    assert last["data"]["answer"] == "Quite."
    asked = endpoint.received[0].body
    assert (asked["temperature"], asked["top_p"]) == (0.5, 0.9)
    assert [message["content"] for message in asked["messages"]][1:] == [
        "Is it dark?",
        "It is.",
        LAMP,
    ]
    assert talk.contents() == ["Good evening."], "nothing is kept"


def test_a_model_that_is_not_there_is_refused(talk: Talk) -> None:
    answer = talk.ask(LAMP, llm_id="nothing@Nowhere").get_json()
    assert (answer["code"], "nothing@Nowhere" in answer["message"]) == (101, True)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"conversation_id": ABSENT}, 102, "Conversation not found!"),
        ({"messages": []}, 101, "Field: <messages>"),
        (
            {"messages": [{"role": "assistant", "content": "Hi"}]},
            102,
            "The last content of this conversation is not from user.",
        ),
        ({"messages": [{"role": "user", "content": " "}]}, 102, "`question` is required."),
        (
            {"messages": [{"role": "user", "content": "x", "doc_ids": [ABSENT]}]},
            102,
            "There is no document",
        ),
    ],
)
def test_a_question_that_cannot_be_answered_is_no_stream(
    talk: Talk, fields: dict[str, Any], code: int, message: str
) -> None:
    body = {"conversation_id": ID, "messages": [{"role": "user", "content": LAMP}], **fields}
    answer = talk.client.post("/v1/conversation/completion", json=body).get_json()
    assert (answer["code"], answer["message"][: len(message)]) == (code, message)
    assert talk.contents() == ["Good evening."]


def test_a_question_may_be_about_some_documents(talk: Talk, corpus: Corpus) -> None:
    message = {"role": "user", "content": LAMP, "doc_ids": [corpus.document_id]}
    body = {"conversation_id": ID, "messages": [message], "stream": False}
    answer = data_of(talk.client.post("/v1/conversation/completion", json=body))
    found = {chunk["document_id"] for chunk in answer["reference"]["chunks"]}
    assert found == {corpus.document_id}


def test_a_question_is_deleted_with_its_answer(talk: Talk, stranger: FlaskClient) -> None:
    talk.whole(LAMP)
    talk.whole("And then?", SECOND)
    other = Talk(stranger, talk.dialog, talk.conversation)
    assert other.post("delete_msg", message_id=FIRST)["code"] == 102
    left = talk.post("delete_msg", message_id=FIRST)["data"]
    assert [message["content"] for message in left["message"]][1] == "And then?"
    assert (len(left["message"]), len(left["reference"])) == (3, 1)
    assert talk.post("delete_msg", message_id=FIRST)["code"] == 102
    assert talk.shown() == left


def test_what_people_think_of_an_answer_is_kept(talk: Talk) -> None:
    talk.whole(LAMP)

    def opinion() -> tuple[bool | None, str]:
        answer = talk.shown()["message"][2]
        return answer["thumbup"], answer["feedback"]

    assert opinion() == (None, "")
    for fields, kept in (
        ({"thumbup": False, "feedback": "Too short"}, (False, "Too short")),
        ({"thumbup": True}, (True, "")),
        ({"thumbup": None}, (None, "")),
    ):
        assert talk.post("thumbup", message_id=FIRST, **fields)["code"] == 0
        assert opinion() == kept
    assert talk.post("thumbup", message_id=SECOND, thumbup=True)["code"] == 102
    long = talk.post("thumbup", message_id=FIRST, thumbup=False, feedback="x" * 1025)
    assert (long["code"], "Field: <feedback>" in long["message"]) == (101, True)


@pytest.mark.databases("sqlite")
def test_related_questions_come_from_a_model(console: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("1. Who is ", "the keeper?\n- Why oil?\n\nWhy oil?"))
    asked = {"question": LAMP}
    found = data_of(console.post("/v1/conversation/related_questions", json=asked))
    assert found == ["Who is the keeper?", "Why oil?"]
    assert endpoint.received[0].body["messages"][1]["content"] == LAMP


@pytest.mark.databases("sqlite")
def test_without_a_model_nothing_is_made_up(console: FlaskClient) -> None:
    answer = console.post("/v1/conversation/related_questions", json={"question": LAMP}).get_json()
    assert (answer["code"], "needs a chat model" in answer["message"]) == (102, True)
    speech = console.post("/v1/conversation/tts", json={"text": "Hi"}).get_json()
    assert (speech["code"], speech["message"]) == (501, "Speech: Raglan has none of this.")

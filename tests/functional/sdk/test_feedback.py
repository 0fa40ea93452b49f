"""What people think of answers, over the REST API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.corpus import Corpus
from tests.functional.library import API, data_of


@pytest.fixture
def chat(client: FlaskClient, corpus: Corpus) -> str:
    """Make an assistant and return its path."""
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    return f"{API}/chats/{data_of(client.post(f'{API}/chats', json=body))['id']}"


@pytest.fixture
def session(client: FlaskClient, chat: str) -> str:
    """Start a session and return its path."""
    return f"{chat}/sessions/{data_of(client.post(f'{chat}/sessions', json={}))['id']}"


def ask(client: FlaskClient, session: str, question: str) -> str:
    """Ask and return the id of the question."""
    chat, _, key = session.partition("/sessions/")
    body = {"question": question, "session_id": key, "stream": False}
    return str(data_of(client.post(f"{chat}/completions", json=body))["id"])


def judge(client: FlaskClient, session: str, question: str, **judgement: object) -> None:
    """Judge an answer."""
    data_of(client.put(f"{session}/messages/{question}/feedback", json=judgement))


def judged(client: FlaskClient, chat: str, **query: object) -> list[dict[str, Any]]:
    """Return judged answers."""
    found: list[dict[str, Any]] = data_of(client.get(f"{chat}/feedback", query_string=query))
    return found


def test_messages_tell_ids_sources_and_judgements(client: FlaskClient, session: str) -> None:
    question = ask(client, session, "Where is the lamp?")
    judge(client, session, question, thumbup=False, feedback="It is at the window.")
    opener, asked, answer = data_of(client.get(f"{session}/messages"))
    assert (opener["id"], opener["role"]) == ("", "assistant")
    assert asked == {"id": question, "role": "user", "content": "Where is the lamp?"}
    assert (answer["id"], answer["thumbup"]) == (question, False)
    assert answer["feedback"] == "It is at the window."
    assert answer["reference"][0]["document_name"]


def test_judged_answers_of_an_assistant_are_listed_newest_first(
    client: FlaskClient, chat: str, session: str
) -> None:
    first, second, third = (ask(client, session, f"Where is lamp {number}?") for number in "123")
    assert judged(client, chat) == []
    judge(client, session, first, thumbup=True)
    judge(client, session, third, thumbup=False, feedback="Wrong lamp.")
    assert {row["id"] for row in judged(client, chat)} == {first, third}
    [bad] = judged(client, chat, thumbup="false")
    assert (bad["question"], bad["feedback"]) == ("Where is lamp 3?", "Wrong lamp.")
    assert bad["answer"]
    assert [row["id"] for row in judged(client, chat, thumbup="true")] == [first]
    assert len(judged(client, chat, page_size=1)) == 1
    assert second not in {row["id"] for row in judged(client, chat)}


def test_nobody_else_reads_judgements(
    client: FlaskClient, stranger: FlaskClient, chat: str, session: str
) -> None:
    judge(client, session, ask(client, session, "Where is the lamp?"), thumbup=True)
    assert stranger.get(f"{chat}/feedback").status_code == 404
    assert stranger.get(f"{session}/messages").status_code == 404

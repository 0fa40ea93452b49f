"""Streams of answers in the later contract: what is new, and last the whole."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.sdk.rest import keyed_client
from tests.functional.sdk.test_completions import LAMP, Talk, events, talk_of
from tests.functional.talking import DONE, said
from tests.model_endpoint import ModelEndpoint, Reply, event, stream

pytestmark = pytest.mark.databases("sqlite")

END = {"code": 0, "message": "", "data": True}
FLAGS = ("start_to_think", "end_to_think", "final")


@pytest.fixture
def rest(app: Flask, services: Services, member: Member) -> FlaskClient:
    return keyed_client(app, services, member, "rest")


@pytest.fixture
def talk(rest: FlaskClient, corpus: Corpus) -> Talk:
    return talk_of(rest, dataset_ids=[corpus.dataset_id])


def thinking() -> Reply:
    """Return a reply of a model that thinks first."""
    thoughts = (event(reasoning_content="At dusk, "), event(reasoning_content="it says."))
    return stream(*thoughts, event(content="At "), event(content="dusk [ID:0]."), DONE)


def told(answered: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return the text of each event with the flags that are set in it."""
    return [
        (item["data"]["answer"], [flag for flag in FLAGS if item["data"].get(flag)])
        for item in answered
    ]


def test_events_have_what_is_new_and_the_last_one_all(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk ", "灯 [ID:0]", ". Not [ID:77]."))
    *pieces, last, end = events(talk.ask())
    assert end == END
    assert "".join(item["data"]["answer"] for item in pieces) == "At dusk 灯 [ID:0]. Not."
    assert [item["data"]["final"] for item in (*pieces, last)] == [False] * len(pieces) + [True]
    assert all(item["data"]["reference"] == {} for item in pieces)
    assert last["data"]["answer"] == "At dusk 灯 [ID:0]. Not."
    assert last["data"]["reference"]["chunks"][0]["content"] == TEXTS[0]
    assert {item["data"]["session_id"] for item in (*pieces, last)} == {talk.session}
    assert len({item["data"]["id"] for item in (*pieces, last)}) == 1
    assert talk.messages()[-1]["content"] == "At dusk 灯 [ID:0]. Not."


def test_thinking_stands_between_two_marks(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(thinking())
    *answered, _ = events(talk.ask())
    assert told(answered) == [
        ("", ["start_to_think"]),
        ("At dusk, ", []),
        ("it says.", []),
        ("", ["end_to_think"]),
        ("At", []),
        (" dusk [ID:0].", []),
        ("<think>At dusk, it says.</think>At dusk [ID:0].", ["final"]),
    ]


def test_thinking_that_leads_to_nothing_ends(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(reasoning_content="Hm."), DONE))
    *answered, _ = events(talk.ask())
    assert [flags for _, flags in told(answered)] == [
        ["start_to_think"],
        [],
        ["end_to_think"],
        ["final"],
    ]


def test_the_opener_is_a_whole_answer(rest: FlaskClient) -> None:
    chat = talk_of(rest, prompt_config={"prologue": "Good evening."}).chat
    [opening, end] = events(rest.post(f"/api/v1/chats/{chat}/completions", json={"question": LAMP}))
    assert (opening["data"]["answer"], opening["data"]["final"]) == ("Good evening.", True)
    assert end == END


def test_either_form_of_events_can_be_asked_for(
    talk: Talk, client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    classic = Talk(client, talk.chat, talk.session)
    for one, legacy, first in ((talk, True, None), (classic, False, False), (classic, True, None)):
        endpoint.script.append(said("At ", "dusk."))
        *pieces, last, _ = events(one.ask(legacy=legacy))
        assert pieces[0]["data"].get("final") is first
        assert pieces[-1]["data"]["answer"] == ("At dusk." if legacy else " dusk.")
        assert last["data"]["answer"] == "At dusk."


def test_an_answer_that_breaks_off_says_so(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(Reply(status=400))
    failure, end = events(talk.ask())
    assert failure["code"] == 500
    assert failure["data"]["answer"].startswith("**ERROR**: ")
    assert end == END


def test_a_whole_answer_is_the_same_in_both(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk [ID:0]."))
    whole = talk.whole()
    assert whole["answer"] == "At dusk [ID:0]."
    assert whole["reference"]["chunks"][0]["content"] == TEXTS[0]


def test_questions_to_what_is_not_there_are_told_in_small_letters(talk: Talk) -> None:
    for lost, words in (
        (Talk(talk.client, "0" * 32, talk.session), "you don't own the chat "),
        (Talk(talk.client, talk.chat, "0" * 32), "you don't own the session "),
    ):
        answer = lost.ask()
        assert (answer.status_code, answer.json["code"]) == (404, 102)
        assert answer.json["message"] == words + "0" * 32

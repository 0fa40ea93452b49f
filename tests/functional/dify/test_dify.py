"""Dify's external knowledge: what Dify sends, and the records that its workflows read."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import LAMP, TEXTS, Corpus, lay_down

pytestmark = pytest.mark.databases("sqlite")

PATHS = ("/api/v1/dify/retrieval", "/retrieval")


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    return lay_down(services, member.account.id)


def ask(client: FlaskClient, knowledge_id: str, path: str = PATHS[0], **more: Any) -> TestResponse:
    setting = {"top_k": 2, "score_threshold": 0.0}
    body = {"knowledge_id": knowledge_id, "query": LAMP, "retrieval_setting": setting, **more}
    return client.post(path, json=body)


def contents(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [record["content"] for record in answer.json["records"]]


@pytest.mark.parametrize("path", PATHS)
def test_records(client: FlaskClient, corpus: Corpus, path: str) -> None:
    answer = ask(client, corpus.dataset_id, path)
    assert set(answer.json) == {"records"}
    first, second = answer.json["records"]
    assert first["content"] == TEXTS[0]
    assert 1 >= first["score"] >= second["score"] >= 0
    assert first["title"] == "keeper.md"
    assert first["metadata"]["document_id"] == corpus.document_id
    assert first["metadata"]["path"] == "keeper.md"


def test_a_score_that_records_have_to_reach(client: FlaskClient, corpus: Corpus) -> None:
    setting = {"top_k": 10, "score_threshold": 0.99}
    assert contents(ask(client, corpus.dataset_id, retrieval_setting=setting)) == []


def test_several_datasets(client: FlaskClient, services: Services, corpus: Corpus) -> None:
    other = corpus.another(services, "other")
    assert TEXTS[0] in contents(ask(client, f"{corpus.dataset_id}, {other}"))


@pytest.mark.parametrize(
    ("logic", "conditions", "found"),
    [
        ("and", [{"name": ["shelf"], "comparison_operator": "is", "value": "north"}], True),
        ("and", [{"name": "shelf", "comparison_operator": "is not", "value": "north"}], False),
        ("and", [{"name": ["year"], "comparison_operator": "before", "value": "2000"}], True),
        ("and", [{"name": ["year"], "comparison_operator": "after", "value": "2000"}], False),
        ("or", [{"name": ["x", "shelf"], "comparison_operator": "is", "value": "north"}], True),
        ("and", [], True),
    ],
)
def test_a_metadata_condition(
    client: FlaskClient, corpus: Corpus, logic: str, conditions: list[object], *, found: bool
) -> None:
    condition = {"logical_operator": logic, "conditions": conditions}
    told = contents(ask(client, corpus.dataset_id, metadata_condition=condition))
    assert bool(told) is found


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"query": 7}, "query"),
        ({"knowledge_id": " , "}, "knowledge_id"),
        ({"retrieval_setting": {"top_k": 0}}, "top_k"),
        ({"use_kg": True}, "use_kg"),
        ({"retrieval_setting": {"score_threshold": 2}}, "score_threshold"),
        ({"metadata_condition": {"conditions": [{"name": "x", "comparison_operator": "~"}]}}, "~"),
        (
            {"metadata_condition": {"conditions": [{"name": ["a", "b"], "value": "x"}]}},
            "several names",
        ),
    ],
)
def test_what_is_wrong_is_a_sentence(
    client: FlaskClient, corpus: Corpus, more: dict[str, object], sentence: str
) -> None:
    answer = ask(client, **{"knowledge_id": corpus.dataset_id, **more})
    assert answer.status_code == 400
    assert sentence in answer.json["error_msg"]


def test_keys_and_datasets_have_their_codes(
    client: FlaskClient, anonymous: FlaskClient, stranger: FlaskClient, corpus: Corpus
) -> None:
    answers = {
        1001: (401, ask(anonymous, corpus.dataset_id)),
        2001: (404, ask(stranger, corpus.dataset_id)),
    }
    for code, (status, answer) in answers.items():
        assert (answer.status_code, answer.json["error_code"]) == (status, code)
        assert answer.json["error_msg"]
    assert ask(client, "0" * 32).json["error_code"] == 2001
    wrong = anonymous.post(PATHS[0], json={}, headers={"Authorization": "Bearer ragflow-wrong"})
    assert (wrong.status_code, wrong.json["error_code"]) == (401, 1002)


def test_the_key_can_be_tried(client: FlaskClient, anonymous: FlaskClient) -> None:
    assert client.get(f"{PATHS[0]}/health").json == {"status": "ok"}
    assert anonymous.get(f"{PATHS[0]}/health").status_code == 401


@pytest.mark.parametrize("header", ["Basic cmFnbGFuOmtleQ==", "Token ragflow-key", ""])
def test_a_header_of_another_scheme_has_its_code(anonymous: FlaskClient, header: str) -> None:
    answer = anonymous.post(PATHS[0], json={}, headers={"Authorization": header})
    assert (answer.status_code, answer.json["error_code"]) == (401, 1001)
    assert "Authorization: Bearer" in answer.json["error_msg"]


@pytest.mark.parametrize("path", PATHS)
def test_records_are_not_read_by_get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json["error_code"]) == (405, 405)
    assert answer.json["error_msg"] == "Records are asked for by POST."
    assert "POST" in answer.headers["Allow"]

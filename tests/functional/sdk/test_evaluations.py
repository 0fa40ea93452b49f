"""Runs of questions that are measured, with settings side by side."""

from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.evaluation import EvaluatedQuestion, Evaluation
from tests.functional.library import API, add_chunk, data_of, make_document, refused


def begun(client: FlaskClient) -> tuple[str, str, str]:
    """Return a chunk, and the addresses of a dataset's runs and of one of them."""
    document = make_document(client)
    chunk = add_chunk(client, document, "The lamp burns oil.")["id"]
    add_chunk(client, document, "The keeper rows home.")
    path = f"{API}/datasets/{document.split('/')[4]}/evaluations"
    settings = [{}, {"similarity_threshold": 1, "vector_similarity_weight": 0}]
    run = data_of(client.post(path, json={"name": " lamps ", "k": 5, "settings": settings}))
    assert (run["name"], run["k"], run["count"]) == ("lamps", 5, 0)
    return chunk, path, f"{path}/{run['id']}"


def test_questions_are_measured_with_both_settings(client: FlaskClient) -> None:
    chunk, path, run = begun(client)
    first = {"question": "lamp oil", "expected": [{"chunk_id": chunk}]}
    second = {"question": "keeper", "expected": [{"text": "rows HOME"}, {"file": "no.txt"}]}

    data_of(client.post(f"{run}/questions", json={"questions": [first]}))
    told = data_of(client.post(f"{run}/questions", json={"questions": [second]}))

    assert told["count"] == 2
    assert [side["recall"] for side in told["settings"]] == [0.75, 0]
    assert told["settings"][1]["similarity_threshold"] == 1
    shown = data_of(client.get(run))
    assert [one["question"] for one in shown["questions"]] == ["lamp oil", "keeper"]
    found, lost = {"recall": 1.0, "ndcg": 1.0, "rank": 1}, {"recall": 0.0, "ndcg": 0.0, "rank": 0}
    assert shown["questions"][0]["figures"] == [found, lost]
    assert [one["recall"] for one in shown["questions"][1]["figures"]] == [0.5, 0.0]
    assert data_of(client.get(path)) == [told]


def test_a_run_is_deleted_with_its_questions(
    client: FlaskClient, stranger: FlaskClient, services: Services
) -> None:
    chunk, path, run = begun(client)
    asked = {"questions": [{"question": "lamp", "expected": [{"chunk_id": chunk}]}]}
    data_of(client.post(f"{run}/questions", json=asked))
    assert "own the dataset" in refused(stranger.get(run), 404, 102)

    assert data_of(client.delete(run)) is True

    for answer in (
        client.get(run),
        client.delete(run),
        client.post(f"{run}/questions", json=asked),
    ):
        assert "evaluation" in refused(answer, 404, 102)
    assert data_of(client.get(path)) == []
    with connection(services.database):
        assert not EvaluatedQuestion.select().exists()


def test_runs_go_with_their_dataset(client: FlaskClient, services: Services) -> None:
    chunk, path, run = begun(client)
    asked = {"questions": [{"question": "lamp", "expected": [{"chunk_id": chunk}]}]}
    data_of(client.post(f"{run}/questions", json=asked))

    data_of(client.delete(f"{API}/datasets", json={"ids": [path.split("/")[4]]}))
    services.library.cleanup.finish()

    with connection(services.database):
        assert not Evaluation.select().exists()
        assert not EvaluatedQuestion.select().exists()


def test_what_nobody_could_find_is_refused_by_its_field(client: FlaskClient) -> None:
    _, path, run = begun(client)
    for body in (
        {"questions": []},
        {"questions": [{"question": "lamp", "expected": []}]},
        {"questions": [{"question": "lamp", "expected": [{"page": 3}]}]},
        {"questions": [{"question": " ", "expected": [{"file": "a"}]}]},
    ):
        said = refused(client.post(f"{run}/questions", json=body), 400, 101)
        assert "question" in said or "expected" in said
    assert "settings" in refused(client.post(path, json={"settings": [{}] * 3}), 400, 101)
    assert client.post(path, json={"settings": [{"rerank_id": "none@Here"}]}).status_code == 400
    assert "weight" in refused(client.post(path, json={"weight": 1}), 400, 101)

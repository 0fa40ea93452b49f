"""What the names of files add to similarities, where a dataset wants that."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload
from tests.functional.reranking import MODEL, let_rank
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

QUESTION = "Who had the watch in the lantern rota of 1908?"
NAMES = ("Lantern rota 1907.pdf", "Lantern rota 1908.pdf", "Tides.pdf")


@pytest.fixture
def dataset(client: FlaskClient) -> str:
    """Return a dataset whose files say the same, but for the names in it."""
    made = str(make_dataset(client, "rotas")["id"])
    for person, name in zip(("Ada", "Bela", "Cleo"), NAMES, strict=True):
        [document] = upload(client, made, (name, b""))
        path = f"{API}/datasets/{made}/documents/{document['id']}"
        add_chunk(client, path, f"{person} had the watch in March.")
        add_chunk(client, path, f"Whales were seen by {person}.")
    return made


def weigh(client: FlaskClient, dataset: str, bonus: float) -> None:
    """Say what names add in a dataset."""
    body = {"parser_config": {"filename_bonus": bonus}}
    data_of(client.put(f"{API}/datasets/{dataset}", json=body))


def search(client: FlaskClient, dataset: str, **more: object) -> Any:
    """Return what a question finds."""
    body = {"dataset_ids": [dataset], "question": QUESTION, "similarity_threshold": 0, **more}
    return data_of(client.post(f"{API}/retrieval", json=body))


def similarities(found: Any) -> dict[str, float]:
    """Return the similarities of passages by their texts."""
    return {chunk["content"]: chunk["similarity"] for chunk in found["chunks"]}


def test_a_name_adds_as_much_as_the_question_has_of_it(client: FlaskClient, dataset: str) -> None:
    before = search(client, dataset)
    weigh(client, dataset, 0.3)
    after = search(client, dataset)
    plain, raised = similarities(before), similarities(after)
    rises = {text: raised[text] - plain[text] for text in plain}

    assert after["total"] == before["total"] == 6
    for text, rise in rises.items():
        if "Bela" in text:
            assert rise == pytest.approx(0.3, abs=1e-5)
        elif "Ada" in text:
            assert 0.05 < rise < 0.2, "the year, which it lacks, is rarer than the other words"
        else:
            assert rise == pytest.approx(0, abs=1e-6)
    assert list(raised.values()) == sorted(raised.values(), reverse=True)
    assert "Bela had" in after["chunks"][0]["content"]
    pages = [search(client, dataset, page=page, page_size=2)["chunks"] for page in (1, 2, 3, 4)]
    assert [chunk["id"] for page in pages for chunk in page] == [
        chunk["id"] for chunk in after["chunks"]
    ]
    weigh(client, dataset, 0)
    assert search(client, dataset) == before


def test_folders_are_part_of_a_name(client: FlaskClient) -> None:
    dataset = str(make_dataset(client, "watches")["id"])
    for person, folder in (("Ada", "Lantern watch/1907"), ("Bela", "Lantern watch/1908")):
        [document] = upload(client, dataset, (f"{person}.pdf", b""))
        path = f"{API}/datasets/{dataset}/documents/{document['id']}"
        body = {"meta_fields": {"path": f"{folder}/rota.pdf"}}
        data_of(client.put(path, json=body))
        add_chunk(client, path, f"Whales were seen by {person}.")
    asked = {"question": "lantern watch 1908", "vector_similarity_weight": 1.0}
    plain = similarities(search(client, dataset, **asked))
    weigh(client, dataset, 0.3)
    raised = similarities(search(client, dataset, **asked))

    rises = {text: raised[text] - plain[text] for text in plain}
    assert 0.15 < rises["Whales were seen by Bela."] < 0.3, "all but the file's own name"
    assert 0.02 < rises["Whales were seen by Ada."] < rises["Whales were seen by Bela."] - 0.05


def test_a_name_adds_to_what_a_rerank_model_says(
    client: FlaskClient, dataset: str, services: Services, endpoint: ModelEndpoint
) -> None:
    let_rank(services, endpoint)
    before = search(client, dataset, rerank_id=MODEL)
    weigh(client, dataset, 1)
    after = search(client, dataset, rerank_id=MODEL)
    plain, raised = similarities(before), similarities(after)
    rise = raised["Bela had the watch in March."] - plain["Bela had the watch in March."]
    assert rise == pytest.approx(1, abs=1e-5)
    assert "Bela" in after["chunks"][0]["content"]
    assert set(plain) == set(raised)


@pytest.mark.parametrize("bonus", [-0.1, 1.1, "much"])
def test_a_bonus_out_of_its_range_is_refused_by_name(
    client: FlaskClient, dataset: str, bonus: object
) -> None:
    body = {"parser_config": {"filename_bonus": bonus}}
    answer = client.put(f"{API}/datasets/{dataset}", json=body)
    assert "filename_bonus" in refused(answer, 400, 101)

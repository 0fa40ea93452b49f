"""The language of a document: found from its words, or said by its settings."""

import pytest

from tests.functional.ingesting import Site
from tests.functional.library import API, data_of, refused

pytestmark = pytest.mark.databases("sqlite")

LIST = "Häuser 4\n\nDächer 12\n".encode()
PROSE = (
    "Die Häuser stehen auf dem Berg, und der Weg zu ihnen ist mit Steinen belegt. Das Dach ist"
    " nicht aus Stroh, und die Fenster sind auch im Winter dicht."
).encode()


def hits(site: Site, path: str, question: str) -> list[str]:
    """Search a document's dataset by words alone."""
    body = {
        "dataset_ids": [path.split("/")[4]],
        "question": question,
        "vector_similarity_weight": 0,
        "similarity_threshold": 0.01,
    }
    chunks = data_of(site.client.post(f"{API}/retrieval", json=body))["chunks"]
    return [chunk["id"] for chunk in chunks]


def test_a_language_that_is_said_holds_where_a_text_shows_none(site: Site) -> None:
    path = site.document("parts.txt", LIST)
    site.parse(path)
    site.work()
    assert not hits(site, path, "Haus")

    site.change(path, parser_config={"language": "german"})
    site.parse(path)
    site.work()
    assert len(hits(site, path, "Haus")) == 1
    renamed = {"name": "pieces.txt"}
    data_of(site.client.put(path, json=renamed))
    [chunk] = site.chunks(path)
    assert hits(site, path, "Haus") == [chunk["id"]]
    change = {"content": "Bäume 7"}
    data_of(site.client.put(f"{path}/chunks/{chunk['id']}", json=change))
    assert hits(site, path, "Baum") == [chunk["id"]]


def test_a_language_that_is_seen_is_told_in_the_progress(site: Site) -> None:
    path = site.document("house.txt", PROSE)
    site.parse(path)
    site.work()
    assert "Words are taken for German." in site.shown(path)["progress_msg"]
    assert len(hits(site, path, "Fensters")) == 1
    body = {"dataset_ids": [path.split("/")[4]], "question": "Steinhäuser", "explain": True}
    found = data_of(site.client.post(f"{API}/retrieval", json={**body, "highlight": True}))
    [chunk] = found["chunks"]
    assert {"german~haus", "german~stein"} <= {one["term"] for one in chunk["matched_terms"]}
    assert "<em>Häuser</em>" in chunk["highlight"]
    assert "<em>Steinen</em>" in chunk["highlight"]


def test_a_dataset_says_the_language_of_what_is_uploaded_later(site: Site) -> None:
    path = site.document("a.txt", LIST)
    dataset = path.partition("/documents/")[0]
    data_of(site.client.put(dataset, json={"parser_config": {"language": "german"}}))
    later = site.another(dataset, "b.txt", LIST)
    site.parse(later)
    site.work()
    assert len(hits(site, later, "Haus")) == 1
    shown = site.shown(later)
    assert shown["parser_config"]["language"] == "german"
    assert "Words are taken for German, as the settings say." in shown["progress_msg"]


def test_an_unknown_language_is_refused_by_name(site: Site) -> None:
    path = site.document("a.txt", LIST)
    answer = site.client.put(path, json={"parser_config": {"language": "klingon"}})
    message = refused(answer, 400, 101)
    assert "language" in message
    assert "german" in message

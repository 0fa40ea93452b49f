"""Chunks are found by the headings that they stand under, which are shown apart from them."""

import pytest

from tests.functional.ingesting import Site, done, folder_of
from tests.functional.library import API, data_of

MODELS = ("KX-1", "KX-2", "KX-3", "KX-4")
PRESSURES = ("6", "10", "16", "25")
QUESTION = "What is the maximum pressure of model KX-3?"


def manual(model: str, pressure: str) -> str:
    """Return a section that is longer than a chunk, with the pressure in its middle."""
    mounted = "\n\n".join(
        f"Paragraph {n}: the pump is mounted on a level base, connected by lines and vented before"
        " the first start." + " The base is level." * 10
        for n in range(12)
    )
    kept = "\n\n".join(
        f"Note {n}: the shaft is turned by hand." + " The oil is changed." * 10 for n in range(12)
    )
    limits = f"## Limits\n\nThe maximum pressure is {pressure} bar."
    return f"# Model {model}\n\n{mounted}\n\n{limits}\n\n{kept}"


CATALOGUE = "\n\n".join(map(manual, MODELS, PRESSURES)).encode()


@pytest.fixture
def catalogue(site: Site) -> str:
    return done(site, "pumps.md", CATALOGUE)


def asked(site: Site, path: str, question: str = QUESTION) -> list[dict[str, object]]:
    body = {"question": question, "dataset_ids": [path.split("/")[4]]}
    found: list[dict[str, object]] = data_of(site.client.post(f"{API}/retrieval", json=body))[
        "chunks"
    ]
    return found


@pytest.mark.databases("sqlite")
def test_a_passage_is_found_by_the_heading_above_it(site: Site, catalogue: str) -> None:
    best = asked(site, catalogue)[0]
    assert "The maximum pressure is 16 bar." in str(best["content"])
    assert "KX-3" not in str(best["content"])
    assert best["headings"] == ["Model KX-3", "Limits"]
    chunks = site.chunks(catalogue)
    assert {chunk["headings"][0] for chunk in chunks} == {f"Model {model}" for model in MODELS}
    text = CATALOGUE.decode()
    assert all(chunk["content"].splitlines()[-1] in text for chunk in chunks)


def test_headings_outlive_edits_copies_and_a_new_index(site: Site, catalogue: str) -> None:
    best = asked(site, catalogue)[0]
    change = {"content": "It bears 16 bar at most, not more."}
    data_of(site.client.put(f"{catalogue}/chunks/{best['id']}", json=change))
    assert asked(site, catalogue, "How much bar does model KX-3 bear at most?")[0]["headings"] == [
        "Model KX-3",
        "Limits",
    ]
    site.parse(catalogue)
    site.work()
    again = site.another(folder_of(catalogue), "again.md", CATALOGUE)
    site.parse(again)
    site.work()
    for path in (catalogue, again):
        assert {tuple(chunk["headings"][:1]) for chunk in site.chunks(path)} == {
            (f"Model {model}",) for model in MODELS
        }
    site.services.library.reindexer.run(None, lambda _done, _total: None)
    assert asked(site, again)[0]["headings"] == ["Model KX-3", "Limits"]
    site.assert_consistent(again)


@pytest.mark.databases("sqlite")
def test_the_same_words_under_other_headings_are_another_passage(site: Site) -> None:
    sheet = b"# Model A\n\n" + b"word " * 520 + b"\n\n"
    rest = b"The seal is red.\n\n" + b"lamp " * 600
    path = done(site, "a.md", sheet + rest)
    other = site.another(folder_of(path), "b.md", sheet.replace(b"Model A", b"Model B") + rest)
    site.parse(other)
    site.work()
    found = [hit for hit in asked(site, path, "red seal") if "seal" in str(hit["content"])]
    assert sorted(str(hit["headings"]) for hit in found) == ["['Model A']", "['Model B']"]


@pytest.mark.databases("sqlite")
def test_a_single_chunk_shows_its_headings_in_either_form(site: Site, catalogue: str) -> None:
    best = asked(site, catalogue)[0]
    told = data_of(site.client.get(f"{catalogue}/chunks/{best['id']}"))
    assert told["headings"] == ["Model KX-3", "Limits"]
    added = data_of(site.client.post(f"{catalogue}/chunks", json={"content": "By hand."}))
    assert added["chunk"]["headings"] == []

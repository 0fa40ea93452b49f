"""A test of retrieval in the browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Ask, granted
from tests.running import Server

Visit = Callable[[str], Page]

QUESTION = "When does the lamp burn?"


SUM = re.compile(r"([\d.]+) \S ([\d.]+) \+ ([\d.]+) \S ([\d.]+) = ([\d.]+)")


def found_with(
    server: Server, dataset: str, question: str, threshold: float, weight: float
) -> dict[str, Any]:
    """Return what a test of retrieval shows of these settings, as the API tells it."""
    body = {
        "dataset_ids": [dataset],
        "question": question,
        "page_size": 20,
        "explain": True,
        "similarity_threshold": threshold,
        "vector_similarity_weight": weight,
    }
    found: dict[str, Any] = server.data_of("POST", "/retrieval", json=body)
    return found


def test_retrieval_shows_its_sums_and_what_is_below(
    visit: Visit, dataset: str, document: str, server: Server
) -> None:
    assert document
    page = visit(f"/datasets/{dataset}/retrieval")
    page.get_by_label("Question").fill(QUESTION)
    page.get_by_label("Threshold", exact=True).fill("0.3")
    page.get_by_label("Weight of meaning").fill("0.3")
    page.keyboard.press("Enter")
    best = page.get_by_role("listitem").filter(has_text="The lamp burns").first
    expect(best.locator(".chips")).to_contain_text(re.compile(r"lamp \d+ %"))
    told = SUM.search(best.inner_text())
    assert told
    vector_weight, vector, term_weight, term, whole = map(float, told.groups())
    assert (vector_weight, term_weight) == (0.3, 0.7)
    assert whole == pytest.approx(vector_weight * vector + term_weight * term, abs=0.02)
    bar = best.locator(".sum").bounding_box()
    parts = [best.locator(f".by-{kind}").bounding_box() for kind in ("vector", "term")]
    line = best.locator(".sum i").bounding_box()
    assert bar
    assert line
    widths = [part["width"] / bar["width"] for part in parts if part]
    assert widths == pytest.approx([vector_weight * vector, term_weight * term], abs=0.03)
    assert (line["x"] - bar["x"]) / bar["width"] == pytest.approx(0.3, abs=0.03)
    wanted = found_with(server, dataset, QUESTION, 0.3, 0.3)
    below = wanted["explanation"]["below"]
    assert len(below) == 3
    shown = page.get_by_role("region", name="What was found").locator("ol.chunks > li")
    expect(shown.nth(len(wanted["chunks"]))).to_contain_text("Threshold 0.30")
    expect(page.locator("li.chunk.below .chunk-text")).to_have_text(
        [one["content"] for one in below]
    )


def test_two_settings_tell_what_is_new_moved_and_lost(
    visit: Visit, dataset: str, document: str, server: Server
) -> None:
    assert document
    question = "When do storms come: in chapter 3?"
    place = f"/datasets/{dataset}/retrieval?q={question}&threshold=0.05&other=1&threshold2=0.05"
    ids = {
        weight: [one["id"] for one in found_with(server, dataset, question, 0.05, weight)["chunks"]]
        for weight in (1, 0.3)
    }
    assert set(ids[1]) > set(ids[0.3])
    for first, second in ((1, 0.3), (0.3, 1)):
        page = visit(f"{place}&weight={first}&weight2={second}")
        sides = page.get_by_role("region", name="What was found")
        expect(sides).to_have_count(2)
        left, right = sides.all()
        before, after = ids[first], ids[second]
        places = [(before.index(one), place) for place, one in enumerate(after) if one in before]
        moves = [f"{'up' if was > now else 'down'} {abs(was - now)}" for was, now in places]
        told = [move for move in moves if not move.endswith(" 0")]
        assert told
        expect(right.get_by_text(re.compile(r"^(up|down) \d+$"))).to_have_text(told)
        lost, new = set(before) - set(after), set(after) - set(before)
        expect(left.get_by_text("not found by the other")).to_have_count(len(lost))
        expect(right.get_by_text("new", exact=True)).to_have_count(len(new))


def test_kept_questions_tell_their_recall_and_settings_become_those_of_an_assistant(
    visit: Visit, dataset: str, document: str, server: Server
) -> None:
    assert document
    body = {"name": "keeper", "dataset_ids": [dataset]}
    chat = server.data_of("POST", "/chats", json=body)["id"]
    page = visit(f"/datasets/{dataset}/retrieval?q=When+does+the+tide+rise%3F&threshold=0.35")
    best = page.get_by_role("listitem").filter(has_text="The tide rises").first
    expect(best.locator(".chips")).to_contain_text("rise")
    best.get_by_label("Expected").check()
    expect(page.get_by_text("recall 100%")).to_be_visible()
    kept = page.get_by_role("region", name="Questions that are kept")
    kept.get_by_role("button", name="Ask all again").press("Enter")
    expect(kept.get_by_role("status")).to_contain_text("Mean: recall 100%, nDCG 1.00")
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="1 expected")).to_be_visible()
    page.get_by_role("button", name="Make this the default").click()
    page.get_by_role("button", name="keeper", exact=True).click()
    page.get_by_text("keeper searches with these settings now.").wait_for()
    found = server.data_of("GET", f"/chats/{chat}")
    assert found["prompt"]["similarity_threshold"] == 0.35
    kept.get_by_role("button", name="Drop").click()
    expect(kept).to_have_count(0)
    server.data_of("DELETE", "/chats", json={"ids": [chat]})


def test_readers_of_a_dataset_are_offered_what_they_may_do(
    visit: Visit, keeper: Ask, server: Server
) -> None:
    made = keeper("POST", "/datasets", json={"name": "charts"})["id"]
    files = {"file": ("coast.md", b"# Coast")}
    [document] = keeper("POST", f"/datasets/{made}/documents", files=files)
    keeper("POST", f"/datasets/{made}/chunks", json={"document_ids": [document["id"]]})
    kept = {"question": "Where is the reef?", "chunk_ids": []}
    keeper("PUT", f"/datasets/{made}/questions", json=kept)
    keeper("PUT", f"/datasets/{made}/grants", json=granted("read"))
    page = visit("/datasets")
    expect(page.get_by_role("button", name="More about charts")).to_have_count(0)
    page.get_by_role("link", name="charts").click()
    page.get_by_role("button", name="More about coast.md").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Open the file"])
    page.keyboard.press("Escape")
    main = page.get_by_role("main")
    expect(main.get_by_role("button", name="Upload files")).to_have_count(0)
    expect(main.get_by_role("checkbox")).to_have_count(0)
    server.finished(made, document["id"])
    main.get_by_role("link", name="coast.md").click()
    main.get_by_role("button", name="Chunk 1").click()
    expect(main.get_by_role("listitem").filter(has_text="Coast")).to_have_class(
        re.compile("chosen")
    )
    for name in ("Parse", "Edit", "Add a chunk"):
        expect(main.get_by_role("button", name=name)).to_have_count(0)
    main.get_by_role("link", name="charts").click()
    main.get_by_role("link", name="Test retrieval").click()
    questions = page.get_by_role("region", name="Questions that are kept")
    expect(questions.get_by_role("button")).to_have_text(["Where is the reef?"])
    visit(f"/datasets/{made}/settings")
    expect(main.get_by_role("button", name="Save")).to_be_disabled()
    expect(main.get_by_role("region", name="Who may use it")).to_have_count(0)
    keeper("PUT", f"/datasets/{made}/grants", json=granted("write"))
    visit(f"/datasets/{made}/retrieval")
    expect(questions.get_by_role("button", name="Ask all again")).to_be_visible()
    keeper("DELETE", "/datasets", json={"ids": [made]})

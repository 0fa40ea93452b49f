"""Search for readers: found by words, opened at the page, and all of it in the address."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LEAVE
from tests.running import Server

NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}


@pytest.mark.parametrize(
    "context", [pytest.param({}, id="wide"), pytest.param(NARROW, id="narrow")], indirect=True
)
def test_a_passage_is_found_and_its_page_opened_by_keyboard(visit: Any, chat: str) -> None:
    assert chat
    page = visit("/search")
    page.get_by_label("Search for").fill("keys of the crane")
    page.keyboard.press("Enter")
    results = page.get_by_role("region", name="What was found")
    hit = results.get_by_role("listitem").filter(has_text="harbour master").first
    expect(hit.locator("mark").first).to_be_visible()
    expect(hit).to_contain_text("page 1")
    expect(hit).to_contain_text("%")
    hit.get_by_role("button", name="harbour.pdf").press("Enter")
    source = page.get_by_role("complementary", name="Source")
    expect(source.get_by_role("img", name="Page 1 of harbour.pdf")).to_be_visible()
    expect(source.locator("rect.chosen")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("complementary", name="Source")).to_contain_text("harbour.pdf")
    page.keyboard.press("Escape")
    expect(source).to_be_hidden()


def test_datasets_are_chosen_and_stay_in_the_address(visit: Any, dataset: str, chat: str) -> None:
    assert chat
    page = visit("/search?q=days of leave")
    results = page.get_by_role("region", name="What was found")
    expect(results).to_contain_text(LEAVE)
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Choose datasets")
    dialog.get_by_label("rules of the house").uncheck()
    dialog.get_by_label("handbook", exact=True).check()
    # All others, of which there are as many as the tests before this one have left.
    for box in dialog.get_by_role("checkbox").element_handles():
        if box.evaluate("box => box.parentElement.textContent") != "handbook":
            box.uncheck()
    dialog.get_by_role("button", name="Search in these").click()
    page.wait_for_url(f"**in={dataset}")
    expect(results).to_contain_text("chapter")
    expect(results).not_to_contain_text(LEAVE)
    page.go_back()
    expect(results).to_contain_text(LEAVE)


def test_datasets_behind_the_first_thousand_are_chosen_by_their_names(
    visit: Any, page: Page, dataset: str, chat: str, server: Server
) -> None:
    model = server.data_of("GET", "/datasets", params={"id": dataset})[0]["embedding_model"]
    kept = {"embedding_model": model, "chunk_count": 1}
    rows = [{"id": f"{number:032}", "name": f"other {number}", **kept} for number in range(1000)]
    told = {"code": 0, "data": rows, "total_datasets": 1002}
    page.route("**/datasets?*orderby=*", lambda route: route.fulfill(json=told))
    visit(f"/search?q=days of leave&in={dataset}")
    results = page.get_by_role("region", name="What was found")
    expect(results).to_contain_text("chapter")
    page.get_by_role("button", name="handbook", exact=True).click()
    dialog = page.get_by_role("dialog", name="Choose datasets")
    expect(dialog.get_by_label("handbook", exact=True)).to_be_checked()
    dialog.get_by_label("Find a dataset").fill("rules of")
    dialog.get_by_label("rules of the house").check()
    dialog.get_by_role("button", name="Search in these").click()
    expect(results).to_contain_text(LEAVE)
    named = page.get_by_role("search").get_by_role("button").filter(has_text="rules of the house")
    expect(named).to_contain_text("handbook")
    assert chat

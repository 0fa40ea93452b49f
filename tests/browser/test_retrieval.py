"""A test of retrieval in the browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS

Visit = Callable[[str], Page]

expect.set_options(timeout=PATIENCE_MS)


def test_retrieval_shows_its_sums_and_what_is_below(
    visit: Visit, dataset: str, document: str
) -> None:
    assert document
    page = visit(f"/datasets/{dataset}/retrieval")
    page.get_by_label("Question").fill("When does the lamp burn?")
    page.get_by_label("Threshold", exact=True).fill("0.3")
    page.keyboard.press("Enter")
    best = page.get_by_role("listitem").filter(has_text="The lamp burns").first
    expect(best).to_contain_text(" = ")
    expect(best).to_contain_text("lamp")
    expect(page.get_by_text("Threshold 0.30")).to_be_visible()
    page.get_by_label("Compare with other settings").check()
    expect(page.get_by_role("region", name="What was found")).to_have_count(2)

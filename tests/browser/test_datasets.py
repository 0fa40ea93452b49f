"""The datasets: made, found, renamed and deleted, by mouse and by keyboard alone."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SILENT, Watched
from tests.running import Server

Visit = Callable[[str], Page]


def test_a_dataset_is_made_renamed_and_deleted_by_keyboard_alone(
    visit: Visit, server: Server
) -> None:
    page = visit("/datasets")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("recipes")
    page.keyboard.press("Tab")
    page.keyboard.type("How we cook.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("recipes")
    page.go_back()
    expect(page.get_by_role("link", name="recipes")).to_be_visible()
    page.get_by_role("button", name="More about recipes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Name and description")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Name").press("Control+a")
    page.keyboard.type("menus")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="menus")).to_be_visible()
    page.get_by_role("button", name="More about menus").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Name and description")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_role("link", name="menus")).to_have_count(0)
    assert "menus" not in [one["name"] for one in server.data_of("GET", "/datasets")]


def test_what_is_looked_for_is_in_the_address(visit: Visit, dataset: str) -> None:
    assert dataset
    page = visit("/datasets")
    page.get_by_label("Find a dataset").fill("HAND")
    page.wait_for_url("**/datasets?q=HAND")
    expect(page.get_by_role("link", name="handbook")).to_be_visible()
    page.get_by_role("link", name="handbook").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("handbook")
    page.go_back()
    expect(page.get_by_label("Find a dataset")).to_have_value("HAND")
    page.get_by_label("Find a dataset").fill("nothing is called so")
    expect(page.get_by_text("No dataset is called")).to_be_visible()


def test_a_dataset_with_documents_goes_only_after_its_name_was_typed(
    visit: Visit, server: Server
) -> None:
    made = server.dataset("precious")
    server.upload(made, ("a.md", b"# A"))
    page = visit("/datasets")
    page.get_by_role("button", name="More about precious").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Type precious to confirm").fill("precious")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="precious")).to_have_count(0)


def test_what_the_server_refuses_is_said_in_the_form(visit: Visit, watched: Watched) -> None:
    watched.expected.append(SILENT)
    page = visit("/datasets")
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Name").fill("x" * 128)
    page.get_by_label("Description").fill("y" * 70_000)
    page.get_by_role("button", name="Create").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("description")
    expect(alert).to_contain_text("Change what the sentence names, then try again.")
    expect(alert).to_contain_text("Request ")


EMPTY = [
    ("/datasets", "datasets?*", [], "No dataset yet", "New dataset", "raglan ingest ./documents"),
    ("/search", "datasets?*", [], "Nothing to search yet", "To the datasets", "raglan ingest"),
    ("/chat", "chats?*", [], "No assistant yet", "New assistant", "raglan ask "),
    ("/keys", "system/tokens", [], "No key yet", "New key", "raglan keys create"),
    ("/files", "files?*", {"files": [], "parent_folder": {}}, "No file yet", "Upload", "curl -F"),
]
"""Of each page that lists what people make: the heading, the button and the command line."""


def tell(told: object, route: Route) -> None:
    route.fulfill(json=told)


def test_an_empty_server_teaches(visit: Visit, page: Page) -> None:
    for address, path, data, title, button, command in EMPTY:
        told = {"code": 0, "data": data, "total_datasets": 0}
        page.route(f"**/api/v1/{path}", partial(tell, told))
        visit(address)
        lesson = page.locator("section.empty")
        expect(lesson.get_by_role("heading", name=title)).to_be_visible()
        expect(lesson.locator("pre")).to_contain_text(command)
        act = lesson.get_by_role("button", name=button).or_(lesson.get_by_role("link", name=button))
        expect(act.first).to_be_visible()
        page.unroute(f"**/api/v1/{path}")


def test_the_palette_and_the_list_of_keys(visit: Visit) -> None:
    page = visit("/datasets")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_contain_text("New dataset")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.type("new")
    expect(page.get_by_role("option", selected=True)).to_have_text("New dataset")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New dataset")).to_be_visible()


def test_colours_and_language_stay_chosen(visit: Visit) -> None:
    page = visit("/datasets")
    account = page.get_by_role("navigation").get_by_role("button", name="admin")
    account.click()
    page.get_by_role("menuitem", name="Dark").click()
    page.reload()
    page.get_by_role("heading", level=1).wait_for()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    account.click()
    page.get_by_role("menuitem", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("数据集")

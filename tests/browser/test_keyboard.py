"""The main path of each page by the keyboard alone, at a desk and on a telephone.

Nothing is pointed at, and what is pressed gets the focus by `Tab`, from what stands before it. From
page to page it goes by the palette and by links.
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched
from tests.running import Server

WIDE = {"viewport": {"width": 1280, "height": 800}}
NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
IS_FOCUSED = "element => element === document.activeElement"
GO_BEFORE = """element => {
  const place = element.closest("dialog, [popover]") ?? document;
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
  const isThere = (one) => !one.disabled && one.checkVisibility({ visibilityProperty: true });
  const all = [...place.querySelectorAll(kinds)].filter((one) => one.tabIndex >= 0 && isThere(one));
  const here = all.indexOf(element);
  const isFirst = here === 0;
  if (here >= 0) all[isFirst ? 1 : here - 1].focus();
  return isFirst ? "Shift+Tab" : "Tab";
}"""
"""Focuses what stands before an element, or behind the first one; returns the key to it."""


@dataclass
class Keys:
    """Somebody at the keyboard of a page."""

    page: Page
    base: str
    name: str

    def reach(self, wanted: Locator) -> None:
        """Go to an element by `Tab`."""
        self.page.keyboard.press(wanted.evaluate(GO_BEFORE))
        focused = self.page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
        assert wanted.evaluate(IS_FOCUSED), f"{wanted} cannot be reached by Tab, but {focused}"

    def press(self, name: str, role: str = "button", within: Locator | None = None) -> None:
        """Go to a button, or a link, and press it."""
        place = within if within is not None else self.page
        self.reach(place.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type] - the names of roles are literals
        self.page.keyboard.press("Enter")

    def fill(self, label: str, text: str, within: Locator | None = None) -> None:
        """Go to a field and type a text in place of what is there."""
        place = within if within is not None else self.page
        self.reach(place.get_by_label(re.compile(f"^{label}")).first)  # a hint may follow
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def go(self, name: str) -> None:
        """Go to a page by the palette."""
        self.page.keyboard.press("Control+k")
        self.page.keyboard.type(name)
        palette = self.page.get_by_role("listbox", name="Go to or do")
        expect(palette.get_by_role("option", selected=True)).to_have_text(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def open(self, address: str) -> None:
        """Go to a page by its address."""
        self.page.goto(f"{self.base}/console{address}")
        self.page.get_by_role("heading", level=1).first.wait_for()


def first_steps(keys: Keys, server: Server) -> None:
    page = keys.page
    keys.open("/start")
    keys.press("Take the sample")
    keys.fill("Question", "How many days of leave does a keeper have?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("region", name="Ask a question")
    expect(answer).to_contain_text("thirty days of leave")
    answer.get_by_role("complementary", name="Source").locator("rect").first.wait_for()
    keys.press("New key")
    keys.fill("Name", f"first of {keys.name}", page.get_by_role("dialog"))
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog", name="Your new key")
    keys.press("curl", within=shown)
    expect(shown.locator("pre").last).to_contain_text(server.url)
    keys.press("I have kept it", within=shown)


def documents(keys: Keys, server: Server) -> None:
    page = keys.page
    name = f"log of {keys.name}"
    made = server.dataset(name)
    server.upload(made, ("tide.md", b"# Tide\n\nThe tide rises at noon."))
    keys.open("/datasets")
    keys.fill("Find a dataset", name)
    keys.press(name, "link")
    keys.reach(page.get_by_role("checkbox", name="Select tide.md"))
    page.keyboard.press("Space")
    keys.press("Parse", within=page.get_by_role("region", name="selected"))
    expect(page.locator("tbody .chip.good")).to_have_count(1)
    keys.press("tide.md", "link")
    page.locator("li.chunk").wait_for()
    page.keyboard.press("j")
    expect(page.locator("li.chunk.chosen")).to_contain_text("rises at noon")
    keys.press(name, "link")
    keys.press("Test retrieval", "link")
    keys.fill("Question", "When does the tide rise?")
    page.keyboard.press("Enter")
    found = page.get_by_role("region", name="What was found")
    expect(found.get_by_role("listitem").first).to_contain_text(" = ")
    keys.reach(page.get_by_label("Compare with other settings"))
    page.keyboard.press("Space")
    expect(found).to_have_count(2)
    keys.press(name, "link")
    keys.press("Settings", "link", page.get_by_role("main"))
    keys.fill("Description", "What the sea does.")
    keys.press("Save")
    page.get_by_text("Saved.").first.wait_for()
    assert server.data_of("GET", "/datasets", params={"id": made})[0]["description"]
    files(keys, server, made)
    keys.go("Search")
    keys.fill("Search for", "When does the tide rise?")
    page.keyboard.press("Enter")
    keys.press("tide.md", within=page.get_by_role("region", name="What was found"))
    expect(page.get_by_role("complementary", name="Source")).to_contain_text("at noon")
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Source")).to_have_count(0)
    server.data_of("DELETE", "/datasets", json={"ids": [made]})


def files(keys: Keys, server: Server, dataset: str) -> None:
    page, name = keys.page, f"shelf of {keys.name}"
    keys.go("Files")
    keys.press("New folder")
    keys.fill("Name", name, page.get_by_role("dialog"))
    page.keyboard.press("Enter")
    keys.press(name, "link")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    folder = page.url.partition("folder=")[2]
    form = {"parent_id": folder}
    server.data_of("POST", "/files", files={"file": ("rota.md", b"# Rota")}, data=form)
    page.reload()
    keys.press("More about rota.md")
    expect(page.get_by_role("menuitem", name="Download")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Add to datasets")
    keys.reach(dialog.get_by_label(f"log of {keys.name}"))
    page.keyboard.press("Space")
    keys.press("Save", within=dialog)
    expect(page.get_by_role("link", name=f"log of {keys.name}")).to_be_visible()
    assert server.data_of("GET", f"/datasets/{dataset}/documents")["total"] == 2
    server.data_of("DELETE", "/files", json={"ids": [folder]})


def assistants(keys: Keys, server: Server) -> None:
    page = keys.page
    name = f"mate of {keys.name}"
    keys.go("Chat")
    keys.press("New assistant")
    dialog = page.get_by_role("dialog")
    keys.fill("Name", name, dialog)
    keys.reach(dialog.get_by_label("rules of the house"))
    page.keyboard.press("Space")
    keys.press("Create", within=dialog)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    keys.fill("Ask a question", "How many days of leave are there?")
    page.keyboard.press("Enter")
    keys.reach(page.get_by_role("button", name="Source 1: leave.md").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Source")).to_contain_text("thirty days")
    page.keyboard.press("Escape")
    main = page.get_by_role("main")
    keys.press("Settings", "link", main)
    keys.fill("First message", "Good day.")
    keys.press("Save", within=main)
    page.get_by_text("Saved.").first.wait_for()
    keys.press(name, "link", main)
    keys.press("Share", "link", main)
    keys.press("New share")
    keys.fill("Name", "intranet", page.get_by_role("dialog"))
    page.keyboard.press("Enter")
    card = page.get_by_role("article", name="intranet")
    keys.press("Switch off", within=card)
    expect(card).to_contain_text("Switched off")
    [made] = server.data_of("GET", "/chats", params={"name": name})
    assert made["prompt"]["opener"] == "Good day."
    server.data_of("DELETE", "/chats", json={"ids": [made["id"]]})


def operating(keys: Keys) -> None:
    page = keys.page
    name = f"key of {keys.name}"
    keys.go("Tasks")
    expect(page.get_by_role("row").filter(has_text="Done").first).to_be_visible()
    keys.reach(page.get_by_role("button", name="Failed"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="Done")).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="broken.pdf").first
    keys.reach(row.get_by_role("button", name="Try again"))
    keys.go("Models")
    row = page.get_by_role("row").filter(has_text="wordllama")
    keys.press("Test", within=row)
    expect(row).to_contain_text("256 dimensions")
    keys.go("Keys")
    keys.press("New key")
    keys.fill("Name", name)
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog", name="Your new key")
    keys.press("I have kept it", within=shown)
    expect(page.get_by_role("row").filter(has_text=name)).to_be_visible()
    keys.go("Settings")
    keys.fill("Find a setting", "retrieval.top_k")
    keys.press("Look at and change retrieval.top_k")
    keys.fill("New value", "777")
    page.keyboard.press("Enter")
    keys.press("Review 1 change")
    expect(page.get_by_role("dialog", name="Review before saving")).to_contain_text("777")
    page.keyboard.press("Escape")
    keys.press("Discard")
    keys.go("Status")
    keys.reach(page.get_by_role("button", name="Support bundle"))
    with page.expect_download() as loaded:
        page.keyboard.press("Enter")
    assert loaded.value.suggested_filename == "raglan-support.json"


def people(keys: Keys, server: Server) -> None:
    page = keys.page
    email = f"{keys.name}@example.org"
    keys.go("People")
    keys.press("Add somebody")
    keys.fill("E-mail address", email)
    keys.fill("Password", "a long password")
    page.keyboard.press("Enter")
    keys.reach(page.get_by_role("button", name=f"More about {email}"))
    keys.press("Audit log", "link")
    entry = page.get_by_role("row").filter(has_text="/api/v1/users").first
    keys.reach(entry.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text('"outcome"')
    [made] = [one for one in server.data_of("GET", "/users")["users"] if one["email"] == email]
    server.data_of("DELETE", f"/users/{made['id']}")


@pytest.mark.parametrize(
    "context", [pytest.param(WIDE, id="wide"), pytest.param(NARROW, id="narrow")], indirect=True
)
def test_whoever_has_a_keyboard_can_do_it_all(
    watched: Watched, server: Server, dataset: str, chat: str, request: pytest.FixtureRequest
) -> None:
    assert dataset
    assert chat
    keys = Keys(watched.page, watched.base, request.node.callspec.id)
    first_steps(keys, server)
    documents(keys, server)
    assistants(keys, server)
    operating(keys)
    people(keys, server)

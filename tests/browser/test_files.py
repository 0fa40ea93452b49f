"""The files beside the datasets: kept in folders, moved, granted, and made documents of."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import DROP, FOLDER, Ask, granted
from tests.running import KEY, Server

Visit = Callable[[str], Page]

NARROW = {"viewport": {"width": 390, "height": 844}}


def listed(server: Server, folder: str = "") -> list[dict[str, Any]]:
    query = {"parent_id": folder, "orderby": "name", "desc": "false"}
    files = server.data_of("GET", "/files", params=query)["files"]
    return [file for file in files if file["source_type"] == ""]


def names(server: Server, folder: str = "") -> list[str]:
    return [file["name"] for file in listed(server, folder)]


@pytest.fixture
def folder(server: Server, request: pytest.FixtureRequest) -> Any:
    """Make a folder; return its id. It goes with all that is in it."""
    name = request.node.name.partition("[")[0].removeprefix("test_")[:40]
    made = server.data_of("POST", "/files", json={"name": name, "type": "folder"})
    yield made["id"]
    server.data_of("DELETE", "/files", json={"ids": [made["id"]]})


def add(server: Server, folder: str, *names: str) -> list[str]:
    """Upload small files to a folder; return their ids."""
    files = [("file", (name, f"# {name}".encode())) for name in names]
    form = {"parent_id": folder}
    return [one["id"] for one in server.data_of("POST", "/files", files=files, data=form)]


def test_what_is_dropped_is_uploaded_with_its_folders(
    visit: Visit, server: Server, folder: str
) -> None:
    page = visit(f"/files?folder={folder}")
    expect(page.get_by_role("heading", name="Nothing is in this folder.")).to_be_visible()
    page.evaluate(DROP, [["a.md", "# A"], ["b.md", "# B"]])
    expect(page.get_by_role("link", name="b.md")).to_be_visible()
    page.evaluate(FOLDER, ["reports", [["c.md", "# C"], ["d.md", "# D"], [".hidden", "x"]]])
    page.get_by_role("link", name="reports").click()
    expect(page.get_by_role("link", name="d.md")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("reports")
    trail = page.get_by_role("navigation", name="Where this is")
    expect(trail.get_by_role("link").first).to_have_text("Files")
    page.go_back()
    expect(page.get_by_role("link", name="a.md")).to_be_visible()
    assert names(server, folder) == ["a.md", "b.md", "reports"]
    [inner] = [one for one in listed(server, folder) if one["type"] == "folder"]
    assert names(server, inner["id"]) == ["c.md", "d.md"]


def choose(page: Page, name: str, item: str) -> None:
    """Choose an item of an entry's menu by keyboard, once the menu has taken the focus."""
    page.get_by_role("button", name=f"More about {name}").press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.get_by_role("menuitem", name=item).press("Enter")


@pytest.mark.parametrize("context", [{}, NARROW], ids=["wide", "narrow"], indirect=True)
def test_a_folder_is_made_renamed_and_files_moved_into_it_by_keyboard_alone(
    visit: Visit, server: Server, folder: str
) -> None:
    add(server, folder, "tide.md")
    page = visit(f"/files?folder={folder}")
    page.get_by_role("link", name="tide.md").wait_for()
    page.keyboard.press("n")
    page.get_by_role("dialog", name="New folder").wait_for()
    page.keyboard.type("logs")
    page.keyboard.press("Enter")
    choose(page, "logs", "Rename")
    page.get_by_role("textbox", name="Name").press("Control+a")
    page.keyboard.type("log books")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="log books").wait_for()
    choose(page, "tide.md", "Move")
    dialog = page.get_by_role("dialog", name="Move tide.md")
    expect(dialog.get_by_role("button", name="Move here")).to_be_disabled()
    dialog.get_by_role("button", name="log books").press("Enter")
    expect(dialog.get_by_text("There are no folders in it.")).to_be_visible()
    dialog.get_by_role("button", name="Move here").press("Enter")
    expect(page.get_by_role("link", name="tide.md")).to_have_count(0)
    page.get_by_role("link", name="log books").press("Enter")
    expect(page.get_by_role("link", name="tide.md")).to_be_visible()
    assert names(server, folder) == ["log books"]
    page.get_by_role("navigation", name="Where this is").get_by_role("link").nth(1).press("Enter")
    page.get_by_role("checkbox", name="Select log books").press("Space")
    page.get_by_role("region", name="1 selected").get_by_role("button", name="Delete").press(
        "Enter"
    )
    page.get_by_label("Type log books to confirm").wait_for()
    page.keyboard.type("log books")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="log books")).to_have_count(0)
    assert names(server, folder) == []


def test_files_become_documents_and_lose_them(visit: Visit, server: Server, folder: str) -> None:
    add(server, folder, "lamp.md", "tide.md")
    one, two = server.dataset("linked first"), server.dataset("linked second")
    page = visit(f"/files?folder={folder}")
    for name in ("lamp.md", "tide.md"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("region", name="2 selected").get_by_role("button").first.click()
    dialog = page.get_by_role("dialog", name="Add to datasets")
    dialog.get_by_label("linked first").check()
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="lamp.md")
    expect(row.get_by_role("link", name="linked first")).to_be_visible()
    for made in server.data_of("GET", f"/datasets/{one}/documents")["docs"]:
        assert server.finished(one, made["id"])["run"] == "DONE"
    page.get_by_role("button", name="More about lamp.md").click()
    page.get_by_role("menuitem", name="Add to datasets").click()
    expect(dialog.get_by_label("linked first")).to_be_checked()
    dialog.get_by_label("linked first").uncheck()
    dialog.get_by_label("linked second").check()
    dialog.get_by_label("Parse what is new").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(row.get_by_role("link", name="linked second")).to_be_visible()
    shown = [server.data_of("GET", f"/datasets/{each}/documents")["docs"] for each in (one, two)]
    assert [[doc["name"] for doc in docs] for docs in shown] == [["tide.md"], ["lamp.md"]]
    assert shown[1][0]["run"] == "UNSTART"
    server.data_of("DELETE", "/datasets", json={"ids": [one, two]})


def test_a_file_is_found_downloaded_replaced_and_granted(
    visit: Visit, server: Server, folder: str
) -> None:
    made, _ = add(server, folder, "tide.md", "lamp.md")
    page = visit(f"/files?folder={folder}")
    page.get_by_label("Find by name").fill("TIDE")
    page.wait_for_url("**&q=TIDE")
    expect(page.get_by_role("link", name="lamp.md")).to_have_count(0)
    more = page.get_by_role("button", name="More about tide.md")
    more.click()
    with page.expect_download() as loaded:
        page.get_by_role("menuitem", name="Download").click()
    assert loaded.value.suggested_filename == "tide.md"
    assert loaded.value.path().read_bytes() == b"# tide.md"
    more.click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Replace the content").click()
    content: FilePayload = {
        "name": "other.md",
        "mimeType": "text/markdown",
        "buffer": b"The tide falls.",
    }
    chooser.value.set_files(content)
    expect(page.get_by_text("tide.md has another content.")).to_be_visible()
    address = f"{server.url}/api/v1/files/{made}"
    now = requests.get(address, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)
    assert now.content == b"The tide falls."
    more.click()
    page.get_by_role("menuitem", name="Who may use it").click()
    box = page.get_by_role("dialog", name="Who may use it")
    box.get_by_label("For whom").select_option("everybody")
    box.get_by_role("button", name="Let them use it").click()
    expect(box.get_by_role("button", name="Take away")).to_be_visible()
    [grant] = server.data_of("GET", f"/files/{made}/grants")
    assert (grant["subject"], grant["level"]) == ("everybody", "read")


def test_what_others_granted_is_listed_by_what_one_may_do(visit: Visit, keeper: Ask) -> None:
    ids = {}
    for level in ("read", "write"):
        folder = keeper("POST", "/files", json={"name": f"to {level}", "type": "folder"})["id"]
        keeper("POST", "/files", files={"file": ("tide.md", b"x")}, data={"parent_id": folder})
        keeper("PUT", f"/files/{folder}/grants", json=granted(level))
        ids[level] = folder
    page = visit("/files")
    page.get_by_role("link", name="From others").click()
    page.get_by_role("link", name="to read").click()
    expect(page.get_by_role("link", name="tide.md")).to_be_visible()
    expect(page.get_by_role("button", name="Upload files")).to_have_count(0)
    page.get_by_role("button", name="More about tide.md").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Download"])
    page.keyboard.press("Escape")
    page.get_by_role("link", name="From others").click()
    page.get_by_role("link", name="to write").click()
    expect(page.get_by_role("button", name="Upload files")).to_be_visible()
    page.evaluate(DROP, [["lamp.md", "# Lamp"]])
    page.get_by_role("button", name="More about lamp.md").click()
    expect(page.get_by_role("menuitem", name="Delete")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Add to datasets")).to_have_count(0)
    inside = keeper("GET", "/files", params={"parent_id": ids["write"]})["files"]
    assert sorted(one["name"] for one in inside) == ["lamp.md", "tide.md"]
    keeper("DELETE", "/files", json={"ids": list(ids.values())})

"""The pictures of README and docs/console.md are of the pages as they are now.

Beside them lies what the pages say in them, but for data: the test fails when a page says another
thing, and `--pictures` writes both anew.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.running import ROOT, Server

Visit = Callable[[str], Page]

FOLDER = ROOT / "docs" / "images"
SAID = FOLDER / "console.json"
MOST_BYTES = 80_000
OUTLINE = """() => {
  const said = "h1, h2, th, legend, summary, label > span, button, a.button, .chip";
  const data = "tbody, ul, ol:not(.steps), article, .choices, .toasts, .clip";
  const all = [...document.querySelectorAll(`main :is(${said})`)];
  const shown = all.filter((one) => !one.closest(data) && one.checkVisibility());
  return shown.map((one) => one.innerText.replace(/\\d[\\d.,:/ ]*/g, "#").trim()).filter(Boolean);
}"""
"""What a page says, but for what depends on its data, whose numbers are left out."""

KINDS = ("dataset", "document", "filed", "chat", "asked")
SIZE = {"width": 1120, "height": 640}
LOOKS = [{"viewport": SIZE}]

PICTURES = {
    "console-datasets": "/datasets",
    "console-documents": "/datasets/{dataset}",
    "console-failure": "/datasets/{dataset}?run=FAIL",
    "console-settings": "/datasets/{dataset}/settings",
    "console-document": "/datasets/{dataset}/documents/{document}?page=2",
    "console-files": "/files?folder={filed}",
    "console-search": "/search?q=days of leave&in={dataset}",
    "console-shares": "/chat/{chat}/share",
    "console-start": "/start?dataset={dataset}&q=When+does+the+tide+rise%3F",
    "console-retrieval": "/datasets/{dataset}/retrieval?q=When+does+the+tide+rise%3F",
    "console-chat": "/chat/{chat}?session={asked}",
    "console-tasks": "/tasks?state=failed",
    "console-models": "/models",
    "console-keys": "/keys",
    "console-people": "/people",
    "console-values": "/settings?q=retrieval",
    "console-status": "/status",
}
"""In this order: a document is added to the dataset for those that show it."""


@pytest.fixture
def asked(server: Server, chat: str) -> str:
    """Ask an assistant something; return the id of the session."""
    made = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": "Days of leave"})
    question = {"question": "How many days of leave are there?", "session_id": made["id"]}
    server.data_of("POST", f"/chats/{chat}/completions", json={**question, "stream": False})
    return str(made["id"])


@pytest.fixture
def filed(server: Server, dataset: str) -> str:
    """Keep a folder of files, one of which is in a dataset; return its id."""
    top = server.data_of("POST", "/files", json={"name": "Station", "type": "folder"})["id"]
    names = ("2025/inventory.csv", "Drawings/lantern.svg", "rota.xlsx", "tide tables.md")
    parts = [("file", (name, name.encode() * 400)) for name in names]
    made = server.data_of("POST", "/files", files=parts, data={"parent_id": top})
    body = {"file_ids": [made[-1]["id"]], "kb_ids": [dataset]}
    server.data_of("POST", "/files/link-to-datasets", json=body)
    return str(top)


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_each_picture_is_of_a_page_that_is_there(
    visit: Visit, server: Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_new = request.config.getoption("--pictures")
    for part in ("dataset", "chat"):
        request.getfixturevalue(part)
    folder = FOLDER if is_new else tmp_path
    said: dict[str, Any] = {}
    for name, address in PICTURES.items():
        named = [part for part in KINDS if f"{{{part}}}" in address]
        parts = {part: request.getfixturevalue(part) for part in named}
        if name == "console-shares":
            body = {"name": "Staff pages", "origins": ["https://intra.example.org"]}
            server.data_of("POST", f"/chats/{parts['chat']}/shares", json=body)
        page = visit(address.format(**parts))
        page.wait_for_load_state("networkidle")
        expect(page.locator(".skeleton")).to_have_count(0)
        if name == "console-start":
            page.locator(".step aside").evaluate("source => source.scrollIntoView(false)")
        said[name] = list(dict.fromkeys(page.evaluate(OUTLINE)))
        page.screenshot(path=folder / f"{name}.png")
        assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES, name
    if is_new:
        text = json.dumps(said, indent=1, ensure_ascii=False)
        SAID.write_text(f"{text}\n", encoding="utf-8")
    kept = json.loads(SAID.read_text("utf-8"))
    assert said == kept, "the pictures are old: write them anew with --pictures, and look at them"


def test_the_pictures_are_those_that_the_documentation_shows() -> None:
    text = (ROOT / "docs" / "console.md").read_text("utf-8")
    shown = set(re.findall(r"\(images/([\w-]+)\.png\)", text))
    assert shown == set(PICTURES)
    assert {path.stem for path in FOLDER.glob("console-*.png")} == shown
    readme = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"\(docs/images/([\w-]+)\.png\)", readme)) <= shown

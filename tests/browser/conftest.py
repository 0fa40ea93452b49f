"""A browser of the system, driven from outside, on one server for the whole folder."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from api.web.addresses import PAGES
from tests import fast
from tests.pdfs import pdf
from tests.running import PASSWORD, Server, server_on

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
INSTALL = "Chromium is not installed: apt-get install chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EMAIL = "admin@raglan.local"
PATIENCE_MS = 30_000
SILENT = "Failed to load resource: the server responded with a status of"
"""What Chromium writes of each status that is an error: tests of errors expect them."""

DROP = """files => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
"""Drops files, each with its name and text, on a page."""

FOLDER = """([folder, files]) => {
  const fileOf = ([name, text]) => ({
    isFile: true, name, fullPath: `/${folder}/${name}`, file: (ok) => ok(new File([text], name)) });
  let left = files.map(fileOf);
  const entry = { isFile: false, name: folder, createReader: () => ({
    readEntries: (ok) => { ok(left); left = []; } }) };
  const items = [{ kind: "file", webkitGetAsEntry: () => entry }];
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { types: ["Files"], items };
  document.body.dispatchEvent(event);
}"""
"""Drops a folder with such files on a page."""


@dataclass
class Watched:
    """A page and what went wrong in it; `expected` are parts of messages that a test causes."""

    page: Page
    base: str
    expected: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def begin(self) -> None:
        """Begin to watch."""
        self.page.on("console", lambda said: self.note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", self.see)

    def note(self, kind: str, text: str) -> None:
        """Keep what the console says that nobody expects."""
        if kind in {"error", "warning"} and not any(part in text for part in self.expected):
            self.problems.append(f"{kind}: {text}")

    def see(self, request: Request) -> None:
        """Keep a request, and one to another host as a problem."""
        self.requests.append(request)
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.problems.append(f"a request to {request.url}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests of this folder in one process: they share a server and a browser."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the server of all tests in this folder."""
    if fast.is_on():
        pytest.skip("whole processes are not in the short run")
    if not os.access(CHROMIUM, os.X_OK) or not shutil.which(CHROMIUM):
        pytest.skip(INSTALL)
    data = tmp_path_factory.mktemp("browser") / "data"
    with server_on(data, RAGLAN_SERVER__WORKERS="1") as running:
        yield running


@pytest.fixture(scope="module")
def playwright(server: Server) -> Iterator[Playwright]:
    """Run what drives the browser.

    Its event loop is that of this thread, where tests of others would not find their own.
    """
    assert server
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Run the browser."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield running
    running.close()


@pytest.fixture(scope="session")
def session(server: Server) -> Any:
    """Sign in once, without the browser; return the cookies as it keeps them."""
    form = {"email": EMAIL, "password": PASSWORD, "next": ""}
    with requests.Session() as client:
        client.post(f"{server.url}/console/signin", data=form, timeout=30).raise_for_status()
        cookies = [
            {
                "name": cookie.name,
                "value": cookie.value,
                "domain": cookie.domain,
                "path": cookie.path,
                "expires": cookie.expires or -1,
                "httpOnly": True,
                "secure": False,
                "sameSite": "Lax",
            }
            for cookie in client.cookies
        ]
    assert cookies
    return {"cookies": cookies, "origins": []}


Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def keeper(server: Server) -> Iterator[Ask]:
    """Sign in another administrator; return what asks the API as they do."""
    account = {"email": "keeper@example.org", "password": PASSWORD}
    server.data_of("POST", "/users", json={**account, "role": "administrator"})
    with requests.Session() as client:
        client.headers["X-Raglan-Console"] = "1"
        form = {**account, "next": ""}
        client.post(f"{server.url}/console/signin", data=form, timeout=30).raise_for_status()

        def ask(method: str, path: str, **request: Any) -> Any:
            answer = client.request(method, f"{server.url}/api/v1{path}", timeout=30, **request)
            answer.raise_for_status()
            return answer.json().get("data")

        yield ask


def granted(level: str) -> dict[str, Any]:
    """Return a body that grants something to who uses the browser."""
    return {"grants": [{"subject": "user", "name": EMAIL, "level": level}]}


def sign_in(page: Page, base: str) -> None:
    """Sign in at the form."""
    page.goto(f"{base}/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#app h1").first.wait_for()


@pytest.fixture
def context(
    browser: Browser, session: Any, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """Open a window in which somebody has signed in; parametrized, with options of the browser."""
    usual = {
        "locale": "en-US",
        "viewport": {"width": 1280, "height": 800},
        "storage_state": session,
    }
    options = usual | getattr(request, "param", {})
    made = browser.new_context(reduced_motion="reduce", **options)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext, server: Server) -> Iterator[Watched]:
    """Open a page; the test fails on an error, a report of the policy, or a request elsewhere."""
    found = Watched(context.new_page(), server.url)
    found.begin()
    yield found
    assert found.problems == []


@pytest.fixture
def page(watched: Watched) -> Page:
    """Return that page."""
    return watched.page


@pytest.fixture
def visit(page: Page, server: Server) -> Any:
    """Return what opens an address of the console, and waits until it shows its heading."""

    def open_at(address: str) -> Page:
        page.goto(f"{server.url}/console{address}")
        page.get_by_role("heading", level=1).first.wait_for()
        return page

    return open_at


ADDRESSES = {"dataset": "dataset", "document": "document", "chat": "chat"}
"""The fixture that has what an argument of an address names."""


def address_of(name: str, request: pytest.FixtureRequest) -> str:
    """Return the address of a page, with what its arguments name."""
    [found] = [page.address for page in PAGES if page.name == name]
    for argument, fixture in ADDRESSES.items():
        if f"<{argument}>" in found:
            found = found.replace(f"<{argument}>", request.getfixturevalue(fixture))
    return f"/console{found}"


@pytest.fixture(scope="session")
def dataset(server: Server) -> str:
    """Make a dataset with some documents, one of which fails; return its id."""
    made = server.dataset("handbook", description="What everybody here should know.")
    files = [
        (f"chapter {number}.md", f"# Chapter {number}\n\nLeave is {number} days.".encode())
        for number in range(1, 6)
    ]
    ids = server.upload(made, *files, ("broken.pdf", b"%PDF-1.7 no more"))
    server.parse(made, ids)
    for one in ids:
        server.finished(made, one)
    return made


LEAVE = "Everybody in the office has thirty days of leave in a year."
HARBOUR = "The harbour master keeps the keys of the crane."


@pytest.fixture(scope="session")
def chat(server: Server) -> str:
    """Make an assistant that reads a dataset of some documents; return its id."""
    made = server.dataset("rules of the house")
    files = [
        ("leave.md", f"# Leave\n\n{LEAVE}".encode()),
        ("lamp.md", b"The lamp is green."),
        ("harbour.pdf", pdf(HARBOUR)),
    ]
    ids = server.upload(made, *files)
    server.parse(made, ids)
    for one in ids:
        server.finished(made, one)
    body = {"name": "guide", "dataset_ids": [made]}
    return str(server.data_of("POST", "/chats", json=body)["id"])


@pytest.fixture(scope="session")
def document(server: Server, dataset: str) -> str:
    """Add a PDF of three pages with a chunk each to the dataset; return its id."""
    pages = ("The lamp burns at night.", "The tide rises at noon.", "Storms come in autumn.")
    [made] = server.upload(dataset, ("keeper.pdf", pdf(*pages)))
    change = {"chunk_method": "presentation"}
    server.data_of("PUT", f"/datasets/{dataset}/documents/{made}", json=change)
    server.parse(dataset, [made])
    server.finished(dataset, made)
    return made

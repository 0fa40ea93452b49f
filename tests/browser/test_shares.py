"""A shared assistant: made in the console, on its own page, and on a page of another origin."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LEAVE, PATIENCE_MS
from tests.running import Server

Visit = Callable[[str], Page]

QUESTION = "How many days of leave are there?"
NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}


@contextmanager
def site(text: str) -> Iterator[str]:
    """Serve a page at an origin of its own; yield that."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *values: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """Return a browser in which nobody has signed in; the test fails on what it complains of."""
    context = browser.new_context(locale="en-US", reduced_motion="reduce", **NARROW)
    context.set_default_timeout(PATIENCE_MS)
    page, problems = context.new_page(), list[str]()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: problems.append(said.text) if said.type in {"error", "warning"} else None,
    )
    yield page
    context.close()
    assert problems == []


def shared(server: Server, chat: str, **values: object) -> dict[str, Any]:
    body = {"name": "site", **values}
    found: dict[str, Any] = server.data_of("POST", f"/chats/{chat}/shares", json=body)
    return found


def test_a_share_is_made_switched_off_and_deleted(visit: Visit, chat: str, server: Server) -> None:
    page = visit(f"/chat/{chat}/share")
    page.get_by_role("button", name="New share").first.click()
    page.get_by_label("Name").fill("intranet")
    page.get_by_label("Sites that may show it").fill("https://intra.example.org")
    page.get_by_label("Name").press("Enter")
    card = page.get_by_role("article", name="intranet")
    expect(card).to_contain_text("data-share=")
    [made] = [
        one for one in server.data_of("GET", f"/chats/{chat}/shares") if one["name"] == "intranet"
    ]
    assert made["origins"] == ["https://intra.example.org"]
    card.get_by_role("button", name="Switch off").click()
    expect(card).to_contain_text("Switched off")
    assert page.request.get(f"{server.url}{made['path']}").status == 403
    card.get_by_role("button", name="More about intranet").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)


def test_whoever_has_the_link_gets_answers_with_their_sources(
    stranger: Page, chat: str, server: Server
) -> None:
    stranger.goto(server.url + shared(server, chat)["path"])
    box = stranger.get_by_label("Ask a question")
    box.fill(QUESTION)
    box.press("Enter")
    stranger.get_by_role("button", name="Copy").wait_for()
    stranger.get_by_role("button", name="Source 1: leave.md").first.focus()
    stranger.keyboard.press("Enter")
    source = stranger.get_by_role("complementary", name="Source")
    expect(source).to_contain_text(LEAVE)
    expect(source.get_by_role("link")).to_have_count(0)
    found = Axe().run(stranger)
    assert found.violations_count == 0, found.generate_report()
    assert stranger.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stranger.reload()
    expect(stranger.locator(".from-user")).to_have_text(QUESTION)
    stranger.get_by_role("button", name="Begin anew").click()
    expect(stranger.locator(".from-user")).to_have_count(0)


def test_a_site_shows_it_in_a_widget(stranger: Page, chat: str, server: Server) -> None:
    widget = '<!doctype html><title>x</title><body><script src="{}" data-share="{}"></script>'
    share = shared(server, chat)
    with site(widget.format(f"{server.url}/share/widget.js", share["token"])) as origin:
        path = f"/chats/{chat}/shares/{share['id']}"
        server.data_of("PATCH", path, json={"origins": [origin]})
        stranger.goto(origin)
        button = stranger.get_by_role("button", name="Chat")
        button.press("Enter")
        frame = stranger.frame_locator("iframe")
        frame.get_by_label("Ask a question").fill("Who keeps the keys of the crane?")
        frame.get_by_label("Ask a question").press("Enter")
        frame.get_by_role("button", name="harbour.pdf").first.click()
        picture = frame.get_by_role("img", name="Page 1 of harbour.pdf")
        picture.evaluate("image => image.decode()")
        frame.get_by_label("Ask a question").press("Escape")
        expect(button).to_have_attribute("aria-expanded", "false")


def test_another_site_does_not_show_it(browser: Browser, chat: str, server: Server) -> None:
    share = shared(server, chat, origins=["https://www.example.org"])
    context = browser.new_context()
    with site(f'<iframe src="{server.url}{share["path"]}"></iframe>') as origin:
        page, said = context.new_page(), list[str]()
        page.on("console", lambda message: said.append(message.text))
        page.goto(origin)
        page.wait_for_load_state("networkidle")
        assert any("frame-ancestors" in text for text in said)
        assert page.frame_locator("iframe").locator("#app").count() == 0
    context.close()

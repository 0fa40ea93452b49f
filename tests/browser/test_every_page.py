"""What holds for every page: it fits, is read by everybody, and asks for little."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from api.web.addresses import PAGES
from tests.browser.conftest import Watched, address_of
from tests.running import Server

MOST_FIRST, MOST_LATER = 14, 3
MOST_NODES = 4000

NARROW: ViewportSize = {"width": 390, "height": 844}
pages = pytest.mark.parametrize("name", [page.name for page in PAGES])


def shown(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for()
    expect(page.locator(".skeleton")).to_have_count(0)


def check_for_everybody(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is too wide"
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_NODES


@pages
def test_everybody_can_use_it_and_it_asks_for_little(
    name: str,
    watched: Watched,
    server: Server,
    context: BrowserContext,
    request: pytest.FixtureRequest,
) -> None:
    """A first visit by day on a desk, and a later one by night on a telephone, in Chinese."""
    url = server.url + address_of(name, request)
    shown(watched.page, url)
    watched.page.wait_for_load_state("networkidle")
    assert len(watched.requests) <= MOST_FIRST
    check_for_everybody(watched.page)
    context.add_cookies([{"name": "raglan_language", "value": "zh", "url": server.url}])
    later = Watched(context.new_page(), server.url)
    later.begin()
    later.page.set_viewport_size(NARROW)
    later.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    shown(later.page, url)
    later.page.wait_for_load_state("networkidle")
    asked = [
        one
        for one in later.requests
        if not one.url.startswith("data:") and "/static/" not in one.url
    ]
    assert len(asked) <= MOST_LATER, [one.url for one in asked]
    assert later.page.evaluate("document.documentElement.lang") == "zh-CN"
    assert later.page.get_by_role("navigation").first.get_by_text("数据集").count() == 1
    check_for_everybody(later.page)
    assert later.problems == []


def test_a_later_visit_asks_for_no_file_again(
    watched: Watched, server: Server, context: BrowserContext, dataset: str
) -> None:
    url = f"{server.url}/console/datasets/{dataset}"
    shown(watched.page, url)
    later, sent = context.new_page(), list[str]()
    session = context.new_cdp_session(later)
    session.send("Network.enable")

    def see(told: dict[str, Any]) -> None:
        answer = told["response"]
        if not answer["fromDiskCache"] and not answer["url"].startswith("data:"):
            sent.append(answer["url"])

    session.on("Network.responseReceived", see)
    shown(later, url)
    later.wait_for_load_state("networkidle")
    assert sent
    assert len(sent) <= MOST_LATER, sent
    assert not [one for one in sent if "/static/" in one]

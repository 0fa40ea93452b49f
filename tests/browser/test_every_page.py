"""What holds for every page: it fits, is read by everybody, and asks for little."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from api.web.addresses import PAGES
from tests.browser.conftest import Watched
from tests.running import Server

ADDRESSES = {"dataset": "dataset", "document": "document", "chat": "chat"}
"""The fixture that has what an argument of an address names."""

MOST_FIRST, MOST_LATER = 14, 3
MOST_NODES = 4000

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LIGHT = pytest.param({"viewport": WIDE, "color_scheme": "light"}, id="wide-light")
DARK = pytest.param(
    {"viewport": NARROW, "color_scheme": "dark", "has_touch": True}, id="narrow-dark-chinese"
)
pages = pytest.mark.parametrize("name", [page.name for page in PAGES])


def address(name: str, request: pytest.FixtureRequest) -> str:
    """Return the address of a page, with what its arguments name."""
    [found] = [page.address for page in PAGES if page.name == name]
    for argument, fixture in ADDRESSES.items():
        if f"<{argument}>" in found:
            found = found.replace(f"<{argument}>", request.getfixturevalue(fixture))
    return f"/console{found}"


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
@pytest.mark.parametrize("context", [LIGHT], indirect=True)
def test_everybody_can_use_it_and_it_asks_for_little(
    name: str,
    watched: Watched,
    server: Server,
    context: BrowserContext,
    request: pytest.FixtureRequest,
) -> None:
    url = server.url + address(name, request)
    shown(watched.page, url)
    watched.page.wait_for_load_state("networkidle")
    assert len(watched.requests) <= MOST_FIRST
    check_for_everybody(watched.page)
    later = Watched(context.new_page(), server.url)
    later.begin()
    shown(later.page, url)
    later.page.wait_for_load_state("networkidle")
    asked = [
        one
        for one in later.requests
        if not one.url.startswith("data:") and "/static/" not in one.url
    ]
    assert len(asked) <= MOST_LATER, [one.url for one in asked]


@pages
@pytest.mark.parametrize("context", [DARK], indirect=True)
def test_it_is_in_chinese_for_everybody(
    name: str, page: Page, context: BrowserContext, server: Server, request: pytest.FixtureRequest
) -> None:
    url = server.url + address(name, request)
    context.add_cookies([{"name": "raglan_language", "value": "zh", "url": server.url}])
    shown(page, url)
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.get_by_role("navigation").first.get_by_text("数据集").count() == 1
    check_for_everybody(page)

"""What pages do when the API is slow, fails, or is not there."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from api.web.addresses import PAGES
from tests.browser.conftest import SILENT, Watched, address_of

HTML = "text/html"
API = "**/api/v1/**"
FAILURE = {"code": 100, "message": "Something went wrong inside the server."}


@pytest.fixture
def addresses(request: pytest.FixtureRequest) -> list[str]:
    """Return the addresses of all pages that read something when they are opened."""
    query = {"search": "?q=leave", "retrieval": "?q=leave"}
    names = [page.name for page in PAGES if page.name != "start"]
    return [address_of(name, request) + query.get(name, "") for name in names]


def fail(route: Route) -> None:
    route.fulfill(status=500, json=FAILURE, headers={"X-Request-Id": "abc123"})


class Server:
    """An API that keeps requests waiting, and then does with all what it is told."""

    def __init__(self, page: Page) -> None:
        """Stand between a page and the server."""
        self.held: list[Route] = []
        self.answer: Callable[[Route], None] = self.held.append
        page.route(API, self.meet)

    def meet(self, route: Route) -> None:
        self.answer(route)

    def go_on(self, answer: Callable[[Route], None]) -> None:
        self.answer = answer
        while self.held:
            answer(self.held.pop())

    def wait(self) -> None:
        self.answer = self.held.append


def test_each_page_waits_and_tells_what_fails_and_asks_again(
    addresses: list[str], watched: Watched
) -> None:
    page, server = watched.page, Server(watched.page)
    watched.expected += [SILENT, "net::ERR_CONNECTION_REFUSED"]
    for address in addresses:
        server.wait()
        page.goto(f"{watched.base}{address}")
        expect(page.get_by_role("status", name="Loading").first, address).to_be_visible()
        server.go_on(lambda route: route.abort("connectionrefused"))
        alert = page.get_by_role("alert").first
        expect(alert, address).to_contain_text("The server did not answer.")
        expect(alert).to_contain_text("Check that the server runs")
        server.go_on(fail)
        alert.get_by_role("button", name="Try again").click()
        expect(alert, address).to_contain_text("Something went wrong inside the server.")
        expect(alert).to_contain_text("the log of the server has the cause")
        expect(alert).to_contain_text("Request abc123")
        server.go_on(lambda route: route.continue_())
        with page.expect_response(API) as again:
            alert.get_by_role("button", name="Try again").click()
        assert again.value.ok, address


def test_who_is_signed_out_meanwhile_is_led_to_the_form(
    addresses: list[str], watched: Watched
) -> None:
    page, refusal = watched.page, {"code": 109, "message": "The session has ended: sign in again."}
    watched.expected.append(SILENT)
    page.route(API, lambda route: route.fulfill(status=401, json=refusal))
    page.route("**/signin?*", lambda route: route.fulfill(body="the form", content_type=HTML))
    for address in addresses:
        page.goto(f"{watched.base}{address}")
        named = quote(address.removeprefix("/console"), safe="")
        page.wait_for_url(f"**/signin?next=*{named}")

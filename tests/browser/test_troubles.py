"""What pages do when the API fails, is slow, or is not there."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Route, expect

from api.web.addresses import PAGES
from tests.browser.conftest import SILENT, Watched, address_of

HTML = "text/html"
API = "**/api/v1/**"


@pytest.fixture
def addresses(request: pytest.FixtureRequest) -> list[str]:
    """Return the addresses of all pages that read something when they are opened."""
    query = {"search": "?q=leave", "retrieval": "?q=leave"}
    return [address_of(page.name, request) + query.get(page.name, "") for page in PAGES]


def opened(watched: Watched, address: str) -> None:
    watched.page.goto(f"{watched.base}{address}")


def test_an_error_of_the_server_is_told_with_its_request_and_asked_again(
    addresses: list[str], watched: Watched
) -> None:
    page = watched.page
    watched.expected.append(SILENT)
    failure = {"code": 100, "message": "Something went wrong inside the server."}

    def fail(route: Route) -> None:
        route.fulfill(status=500, json=failure, headers={"X-Request-Id": "abc123"})

    for address in addresses:
        page.route(API, fail)
        opened(watched, address)
        alert = page.get_by_role("alert").first
        expect(alert, address).to_contain_text("Something went wrong inside the server.")
        expect(alert).to_contain_text("the log of the server has the cause")
        expect(alert).to_contain_text("Request abc123")
        page.unroute(API)
        retry = page.get_by_role("button", name="Try again")
        while retry.count():
            retry.first.click()
            expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        expect(page.get_by_role("heading", level=1), address).to_be_visible()


def test_who_is_signed_out_meanwhile_is_led_to_the_form(
    addresses: list[str], watched: Watched
) -> None:
    page, refusal = watched.page, {"code": 109, "message": "The session has ended: sign in again."}
    watched.expected.append(SILENT)
    page.route(API, lambda route: route.fulfill(status=401, json=refusal))
    page.route("**/signin?*", lambda route: route.fulfill(body="the form", content_type=HTML))
    for address in addresses:
        opened(watched, address)
        named = quote(address.removeprefix("/console"), safe="")
        page.wait_for_url(f"**/signin?next=*{named}")


def test_what_is_slow_is_shown_as_coming_and_a_server_that_is_gone_is_told(
    addresses: list[str], watched: Watched
) -> None:
    page = watched.page
    watched.expected.append("net::ERR_FAILED")
    for address in addresses:
        held: list[Route] = []
        page.route(API, held.append)
        opened(watched, address)
        expect(page.get_by_role("status", name="Loading").first, address).to_be_visible()
        page.unroute(API)
        for route in held:
            route.abort()
        alert = page.get_by_role("alert").first
        expect(alert, address).to_contain_text("The server did not answer.")
        expect(alert).to_contain_text("Check that the server runs")

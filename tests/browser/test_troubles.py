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
    names = [page.name for page in PAGES if page.name != "start"]
    return [address_of(name, request) + query.get(name, "") for name in names]


@pytest.fixture(params=["datasets", "documents", "document", "dataset_settings", "search"])
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of a page of something that is there."""
    query = "?q=leave" if request.param == "search" else ""
    return address_of(str(request.param), request) + query


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
        opened(watched, address)
        named = quote(address.removeprefix("/console"), safe="")
        page.wait_for_url(f"**/signin?next=*{named}")


def test_what_is_slow_is_shown_as_coming(address: str, watched: Watched) -> None:
    held: list[Route] = []
    is_fast = False

    def hold(route: Route) -> None:
        if is_fast:
            route.continue_()
        else:
            held.append(route)

    watched.page.route(API, hold)
    opened(watched, address)
    expect(watched.page.get_by_role("status", name="Loading").first).to_be_visible()
    is_fast = True
    for route in held:
        route.continue_()
    expect(watched.page.get_by_role("status", name="Loading")).to_have_count(0)


def test_a_server_that_is_gone_is_told(address: str, watched: Watched) -> None:
    watched.expected.append("net::ERR_FAILED")
    watched.page.route(API, lambda route: route.abort())
    opened(watched, address)
    alert = watched.page.get_by_role("alert").first
    expect(alert).to_contain_text("The server did not answer.")
    expect(alert).to_contain_text("Check that the server runs")

"""The way in and out."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import EMAIL, SILENT, Watched, sign_in
from tests.running import PASSWORD, Server


def test_signing_in_and_out_needs_no_script(browser: Browser, server: Server) -> None:
    context = browser.new_context(locale="en-US", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text(
        "The e-mail address or the password is not right."
    )
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    context.close()


@pytest.mark.parametrize("context", [{"storage_state": None}], indirect=True)
def test_signing_in_by_keyboard_leads_to_the_page_that_was_asked_for(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/console/datasets?q=hand")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Datasets")
    assert page.url.endswith("/console/datasets?q=hand")


@pytest.mark.usefixtures("dataset")  # a server without any leads to the first steps
@pytest.mark.parametrize("context", [{"storage_state": None}], indirect=True)
def test_a_session_that_has_ended_leads_to_the_form_and_back(
    watched: Watched, server: Server
) -> None:
    watched.expected.append(SILENT)
    page = watched.page
    sign_in(page, server.url)
    page.context.clear_cookies(name="raglan_session")
    page.get_by_role("button", name="New dataset").click()
    page.get_by_role("textbox", name="Name").fill("too late")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/console/signin?next=*")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Datasets")


@pytest.mark.parametrize("context", [{"storage_state": None}], indirect=True)
def test_signing_out_from_the_menu(page: Page, server: Server) -> None:
    sign_in(page, server.url)
    page.get_by_role("navigation").get_by_role("button", name="admin").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(f"{server.url}/console/datasets")
    assert "/console/signin" in page.url

"""The pages of those who keep the server: tasks, models, keys, settings and status."""

from typing import Any

from playwright.sync_api import expect

from tests.running import Server


def test_a_failed_task_tells_why_and_is_tried_again(visit: Any, dataset: str) -> None:
    assert dataset
    page = visit("/tasks")
    page.get_by_role("button", name="Failed").click()
    row = page.get_by_role("row").filter(has_text="broken.pdf").first
    expect(row.locator("[title]").first).not_to_be_empty()
    row.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("row").filter(has_text="broken.pdf").nth(1)).to_be_visible()


def test_a_model_is_tested(visit: Any) -> None:
    page = visit("/models")
    row = page.get_by_role("row").filter(has_text="wordllama")
    row.get_by_role("button", name="Test").click()
    expect(row).to_contain_text("256 dimensions")
    page.get_by_role("button", name="Add a model").click()
    page.get_by_label("Address").fill("http://127.0.0.1:9/v1")
    page.get_by_label("Name").fill("nobody")
    page.get_by_role("dialog").get_by_role("button", name="Test").click()
    expect(page.get_by_role("dialog").locator(".bad-text")).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(visit: Any, server: Server) -> None:
    page = visit("/keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("for the browser")
    page.get_by_label("Scope").select_option("read")
    page.get_by_role("button", name="Create").click()
    shown = page.get_by_role("dialog", name="Your new key")
    token = shown.locator("pre").first.inner_text()
    expect(shown.locator("pre").last).to_contain_text(token)
    refusal = server.call("POST", "/datasets", key=token, json={"name": "x"})
    assert refusal["code"] == 103
    shown.get_by_role("button", name="I have kept it").click()
    page.get_by_role("button", name="More about for the browser").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("for the browser")).to_have_count(0)
    assert server.call("GET", "/datasets", key=token)["code"] == 109


def test_a_setting_tells_where_it_comes_from(visit: Any) -> None:
    page = visit("/settings")
    page.get_by_label("Find a setting").fill("server.port")
    row = page.get_by_role("row").filter(has_text="server.port")
    expect(row).to_contain_text("RAGLAN_SERVER__PORT")
    expect(row).to_contain_text("Environment")
    expect(row).to_contain_text("After a restart")


def test_the_parts_and_workers_are_shown(visit: Any) -> None:
    page = visit("/status")
    part = page.get_by_role("row").filter(has_text="Database")
    expect(part).to_contain_text("In order")
    expect(page.get_by_role("table", name="Ingest workers")).to_be_visible()

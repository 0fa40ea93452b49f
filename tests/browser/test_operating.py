"""The pages of those who keep the server: tasks, models, keys, settings and status."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Ask, Watched, granted
from tests.running import Server


def test_a_failed_task_tells_why_and_is_tried_again(visit: Any, dataset: str) -> None:
    assert dataset
    page = visit("/tasks")
    page.get_by_role("button", name="Failed").click()
    row = page.get_by_role("row").filter(has_text="broken.pdf").first
    expect(row.locator("[title]").first).not_to_be_empty()
    row.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("row").filter(has_text="broken.pdf").nth(1)).to_be_visible()


def test_a_task_tells_what_it_waits_for_and_is_stopped(visit: Any, page: Page) -> None:
    later = {"reason": "later", "ahead": None, "until": 1_800_000_000_000}
    rows = [
        row(1, "running", progress=0.42),
        row(2, "pending", wait={"reason": "queue", "ahead": 11, "until": 0}),
        row(3, "pending", wait={"reason": "no_worker", "ahead": 0, "until": 0}),
        row(4, "pending", wait=later, error="The endpoint was silent."),
    ]
    counts = {"running": 1, "pending": 3, "failed": 0, "dead": 0, "done": 0, "cancelled": 0}
    told = {"code": 0, "data": {"tasks": rows, "counts": counts, "workers": 1}}
    page.route("**/tasks?*", lambda route: route.fulfill(json=told))
    page.route("**/tasks/*/*", lambda route: route.fulfill(json={"code": 0, "data": rows[0]}))
    visit("/tasks")
    time = page.evaluate(
        "new Date(1.8e12).toLocaleTimeString"
        "([], {hour: '2-digit', minute: '2-digit', second: '2-digit'})"
    )
    words = ("42%", "11 tasks come first", "No worker is running", f"Again at {time}. The endpoint")
    buttons = ("Stop", "Stop", "Stop", "Try now")
    paths = ("cancel", "cancel", "cancel", "retry")
    for number, (text, name, path) in enumerate(zip(words, buttons, paths, strict=True), 1):
        shown = page.get_by_role("row").filter(has_text=f"{number}.pdf")
        expect(shown).to_contain_text(text)
        with page.expect_request(f"**/tasks/{number}/{path}"):
            shown.get_by_role("button", name=name).click()


def row(number: int, state: str, **more: object) -> dict[str, Any]:
    """Return a task as the API lists it."""
    usual = {"id": str(number), "document_name": f"{number}.pdf", "dataset_id": "0", "error": ""}
    kept = {"dataset_name": "x", "attempts": 1, "progress": 0, "wait": None, "update_time": 0}
    return {**usual, **kept, "state": state, **more}


def test_a_model_is_tested_added_and_granted(visit: Any, server: Server) -> None:
    page = visit("/models")
    row = page.get_by_role("row").filter(has_text="wordllama")
    row.get_by_role("button", name="Test").click()
    expect(row).to_contain_text("256 dimensions")
    page.get_by_role("button", name="Add a model").click()
    page.get_by_label("Address").fill("http://127.0.0.1:9/v1")
    page.get_by_label("Name").fill("nobody")
    page.get_by_role("dialog").get_by_role("button", name="Test").click()
    expect(page.get_by_role("dialog").locator(".bad-text")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="More about nobody").click()
    page.get_by_role("menuitem", name="Who may use it").click()
    box = page.get_by_role("dialog", name="Who may use it")
    box.get_by_label("For whom").select_option("everybody")
    box.get_by_label("What they may do").select_option("manage")
    box.get_by_role("button", name="Let them use it").click()
    expect(box.get_by_role("button", name="Take away")).to_be_visible()
    model = {"provider": "OpenAI-API-Compatible", "name": "nobody"}
    [grant] = server.data_of("GET", "/models/grants", params={**model, "type": "chat"})
    assert (grant["subject"], grant["level"]) == ("everybody", "manage")
    server.data_of("DELETE", "/models", json=model)


def test_a_model_of_somebody_else_is_changed_by_whom_they_let(visit: Any, keeper: Ask) -> None:
    model = {"provider": "OpenAI-API-Compatible", "name": "theirs"}
    added = {**model, "type": "chat", "base_url": "http://127.0.0.1:9/v1"}
    keeper("POST", "/models", json=added)
    place = {**model, "type": "chat"}
    for level, offered in (("read", ["Use by default"]), ("manage", None)):
        keeper("PUT", "/models/grants", json={**place, **granted(level)})
        page = visit("/models")
        page.get_by_role("button", name="More about theirs").click()
        items = page.get_by_role("menuitem")
        if offered:
            expect(items).to_have_text(offered)
        else:
            expect(items).to_have_text(["Use by default", "Switch off", "Who may use it"])
    items.nth(1).click()
    expect(page.get_by_role("row").filter(has_text="theirs")).to_contain_text("Off")
    keeper("DELETE", "/models", json=model)


def test_a_key_is_made_shown_once_and_revoked(visit: Any, server: Server) -> None:
    page = visit("/keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("for the browser")
    page.get_by_label("Scope").select_option("read")
    page.get_by_text("Further limits").click()
    page.get_by_label("/api/v1", exact=True).check()
    page.get_by_role("group", name="Only for these things").get_by_label("Search").check()
    page.get_by_label("Note").fill("of the night watch")
    page.get_by_role("button", name="Create").click()
    shown = page.get_by_role("dialog", name="Your new key")
    token = shown.locator("pre").first.inner_text()
    expect(shown.locator("pre").last).to_contain_text(token)
    assert "`search`" in server.call("GET", "/datasets", key=token)["message"]
    shown.get_by_role("button", name="I have kept it").click()
    row = page.get_by_role("row").filter(has_text="of the night watch")
    expect(row).to_contain_text("Reads and asks · /api/v1 · Search")
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


def test_the_parts_workers_and_jobs_are_shown_with_what_helps(visit: Any, page: Page) -> None:
    busy: dict[str, Any] = {}

    def change(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        data = told["data"]
        data["redis"] = {"type": "redis", "status": "red", "elapsed": "1.0", "error": "It is away."}
        [beats] = list(data["task_executor_heartbeats"].values())[:1]
        beats[0]["current"] = {"id": "1"}
        busy.update(data["background_jobs"])
        route.fulfill(response=answer, json=told)

    task = row(1, "running", last_page=8, first_page=5)
    told = {"code": 0, "data": {"tasks": [task], "counts": {}, "workers": 1}}
    page.route("**/system/status", change)
    page.route("**/tasks?*", lambda route: route.fulfill(json=told))
    visit("/status")
    expect(page.get_by_role("row").filter(has_text="Database")).to_contain_text("In order")
    away = page.get_by_role("row").filter(has_text="Redis")
    expect(away).to_contain_text("It is away.See that it runs and that redis.url is right.")
    workers = page.get_by_role("table", name="Ingest workers")
    expect(workers).to_contain_text("1.pdf, pages 5 to 8")
    jobs = page.get_by_role("table", name="Background jobs")
    expect(jobs).to_contain_text("Returns tasks of lost workers")
    assert busy
    for holder in {job.get("worker") or job.get("owner") for job in busy.values()}:
        expect(jobs.get_by_text(str(holder)).first).to_be_visible()


def test_a_setting_is_changed_reviewed_saved_and_taken_back(visit: Any, server: Server) -> None:
    page = visit("/settings?q=retrieval.top_k")
    edit = page.get_by_role("button", name="Look at and change retrieval.top_k")
    edit.click()
    page.get_by_label("New value").fill("777")
    page.get_by_role("button", name="Take", exact=True).click()
    page.get_by_role("button", name="Review 1 change").click()
    review = page.get_by_role("dialog", name="Review before saving")
    expect(review.locator("del")).to_have_text("1024")
    expect(review.locator("ins")).to_have_text("777")
    review.get_by_role("button", name="Save").click()
    row = page.get_by_role("table", name="Settings").get_by_role("row").nth(1)
    expect(row).to_contain_text("Database")
    edit.click()
    expect(page.get_by_role("dialog")).to_contain_text("1024")  # what it would be without
    page.keyboard.press("Escape")
    page.get_by_role("button", name="History").click()
    history = page.get_by_role("dialog", name="History of changes")
    expect(history).to_contain_text("777")
    history.get_by_role("button", name="Back to before this").first.click()
    expect(row).to_contain_text("1024")
    found = server.data_of("GET", "/system/settings")["settings"]
    assert next(one for one in found if one["name"] == "retrieval.top_k")["stored"] is None


def test_a_setting_of_the_environment_is_locked_and_the_second_who_saves_is_told(
    visit: Any, server: Server, watched: Watched
) -> None:
    page = visit("/settings?q=server.port")
    page.get_by_role("button", name="Look at and change server.port").click()
    expect(page.get_by_role("dialog")).to_contain_text("RAGLAN_SERVER__PORT")
    expect(page.get_by_label("New value")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_label("Find a setting").fill("log.access")
    page.get_by_role("button", name="Look at and change log.access").click()
    page.get_by_label("New value").select_option("false")
    page.get_by_role("button", name="Take", exact=True).click()
    version = server.data_of("GET", "/system/settings")["version"]
    other = {"version": version, "settings": {"retrieval.rerank_candidates": 65}}
    server.data_of("PATCH", "/system/settings", json=other)
    page.get_by_role("button", name="Review 1 change").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("admin@raglan.local")
    assert all("409" in problem for problem in watched.problems), watched.problems
    watched.problems.clear()  # the browser reports the refusal, which is meant here


def test_the_last_hour_is_drawn_and_a_bundle_helps_others(visit: Any, server: Server) -> None:
    page = visit("/status")
    expect(page.get_by_role("img", name="Tasks waiting")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Support bundle").press("Enter")
    text = waiting.value.path().read_text("utf-8")
    assert '"settings"' in text
    assert server.environment["RAGLAN_BOOTSTRAP__PASSWORD"] not in text


def test_somebody_is_added_approved_and_shut_out(visit: Any, server: Server) -> None:
    page = visit("/people")
    page.get_by_role("button", name="Add somebody").click()
    page.get_by_label("E-mail address").fill("noor@example.org")
    page.get_by_label("Password").fill("a long password")
    page.get_by_label("Role").select_option("pending")
    page.get_by_role("button", name="Create").click()
    row = page.get_by_role("row").filter(has_text="noor@example.org")
    expect(row).to_contain_text("Waits for approval")
    page.get_by_role("button", name="More about noor@example.org").click()
    page.get_by_role("menuitem", name="Groups").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of a new group").fill("Night watch")
    dialog.get_by_role("button", name="Make a group").click()
    expect(dialog.get_by_role("checkbox", name="Night watch")).to_be_checked()
    dialog.get_by_role("button", name="More about the group Night watch").click()
    page.get_by_role("menuitem", name="Rename").click()
    dialog.get_by_label("New name of the group").fill("Day watch")
    dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(dialog.get_by_role("checkbox", name="Day watch")).to_be_checked()
    [group] = server.data_of("GET", "/groups", params={"keywords": "watch"})["groups"]
    assert (group["name"], group["member_count"]) == ("Day watch", 1)
    dialog.get_by_role("button", name="More about the group Day watch").click()
    page.get_by_role("menuitem", name="Delete the group").click()
    question = page.get_by_role("dialog", name="Delete the group Day watch?")
    question.get_by_role("button", name="Delete the group").click()
    expect(dialog.get_by_role("checkbox", name="Day watch")).to_have_count(0)
    page.keyboard.press("Escape")
    for item, shown in (("Approve", "User"), ("Deactivate", "Deactivated")):
        page.get_by_role("button", name="More about noor@example.org").click()
        page.get_by_role("menuitem", name=item, exact=True).click()
        expect(row).to_contain_text(shown)
    page.get_by_role("button", name="More about noor@example.org").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("noor@example.org")).to_have_count(0)
    found = server.data_of("GET", "/users")["users"]
    assert "noor@example.org" not in str(found)


def test_the_audit_log_is_searched_and_an_entry_shown(visit: Any, server: Server) -> None:
    server.data_of("POST", "/system/tokens", json={"name": "to be seen"})
    page = visit("/people/audit")
    row = page.get_by_role("row").filter(has_text="/api/v1/system/tokens").first
    expect(row).to_contain_text("admin@raglan.local")
    row.get_by_role("button").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text('"outcome"')

"""Talking with an assistant: a question, an answer that cites, and the source beside it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import LEAVE, Ask, Watched, granted
from tests.model_endpoint import event, serve, stream
from tests.running import Server

NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}


def ask(page: Page, question: str) -> Locator:
    """Ask by the keyboard alone, and return the whole answer."""
    box = page.get_by_label("Ask a question")
    box.focus()
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy").last.wait_for()
    return page.locator(".from-assistant").last


@pytest.mark.parametrize(
    "context", [pytest.param({}, id="wide"), pytest.param(NARROW, id="narrow")], indirect=True
)
def test_an_answer_leads_to_its_source(visit: Any, chat: str) -> None:
    page = visit(f"/chat/{chat}")
    answer = ask(page, "How many days of leave are there?")
    expect(answer).to_contain_text("thirty days of leave")
    citation = answer.get_by_role("button", name="Source 1: leave.md")
    citation.focus()
    told = page.get_by_role("tooltip")
    expect(told).to_contain_text(LEAVE)
    expect(told).to_contain_text(re.compile(r"leave\.md.*\d+%"))
    page.keyboard.press("Enter")
    source = page.get_by_role("complementary", name="Source")
    expect(source).to_contain_text(LEAVE)
    expect(source.get_by_role("link", name="leave.md")).to_be_visible()
    page.keyboard.press("Escape")
    expect(source).to_be_hidden()


def test_a_citation_of_a_pdf_shows_the_page_with_a_box(visit: Any, chat: str) -> None:
    page = visit(f"/chat/{chat}")
    answer = ask(page, "Who keeps the keys of the crane?")
    answer.get_by_role("button", name="Source 1: harbour.pdf").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("Page 1")
    answer.get_by_role("button", name="harbour.pdf").first.click()
    source = page.get_by_role("complementary", name="Source")
    expect(source.locator("header")).to_contain_text("Page 1")
    picture = source.get_by_role("img", name="Page 1 of harbour.pdf")
    picture.evaluate("image => image.decode()")
    source.locator("rect").first.wait_for()
    outer, inner = picture.bounding_box(), source.locator("rect").first.bounding_box()
    assert outer
    assert inner
    # The line stands 50 points from the left and 100 from the top of a page of 600 by 800.
    left = (inner["x"] - outer["x"]) / outer["width"]
    middle = (inner["y"] - outer["y"] + inner["height"] / 2) / outer["height"]
    assert left == pytest.approx(50 / 600, abs=0.02)
    assert middle == pytest.approx(100 / 800, abs=0.02)
    assert inner["width"] > 0.2 * outer["width"]


def test_a_session_is_there_again_and_is_asked_otherwise(
    visit: Any, chat: str, server: Server
) -> None:
    page = visit(f"/chat/{chat}")
    ask(page, "Which colour has the lamp?")
    page.reload()
    expect(page.locator(".from-user")).to_have_text("Which colour has the lamp?")
    expect(page.locator(".from-assistant").last).to_contain_text("The lamp is green.")
    session = page.url.partition("session=")[2]
    page.get_by_role("button", name="Edit and ask again").click()
    box = page.get_by_label("Ask a question")
    expect(box).to_have_value("Which colour has the lamp?")
    box.fill("How many days of leave are there?")
    box.press("Enter")
    expect(page.locator(".from-assistant").last).to_contain_text("thirty days")
    expect(page.locator(".from-user")).to_have_count(1)
    page.get_by_role("button", name="Not helpful").click()
    page.get_by_role("textbox", name="What is wrong with the answer?").fill("It is thirty-one.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    kept = server.data_of("GET", f"/chats/{chat}/sessions/{session}/messages")
    assert [message["role"] for message in kept] == ["assistant", "user", "assistant"]
    assert (kept[-1]["thumbup"], kept[-1]["feedback"]) == (False, "It is thirty-one.")


@pytest.mark.parametrize(
    "context", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True
)
def test_an_answer_is_stopped_asked_for_again_gone_through_and_copied(
    visit: Any, chat: str, server: Server
) -> None:
    model = {"provider": "OpenAI-API-Compatible", "name": "talker"}
    with serve() as endpoint:
        place = {**model, "type": "chat", "base_url": endpoint.url}
        server.data_of("POST", "/models", json=place)
        reads = server.data_of("GET", f"/chats/{chat}")["dataset_ids"]
        llm = {"model_name": "talker@OpenAI-API-Compatible"}
        body = {"name": "one with a model", "dataset_ids": reads, "llm": llm}
        made = server.data_of("POST", "/chats", json=body)["id"]
        endpoint.script.append(stream(event(content="It is gr"), hold=True))
        whole = "**Thirty** days [ID:0], by the lamp [ID:1].\n\n* <img src=x onerror=alert(1)>"
        endpoint.script.append(stream(event(content=whole), b"data: [DONE]\n\n"))
        page = visit(f"/chat/{made}")
        page.get_by_label("Ask a question").fill("Days of leave, the lamp, the harbour?")
        page.keyboard.press("Enter")
        answer = page.locator(".from-assistant").last
        expect(answer).to_contain_text("It is gr")
        page.get_by_role("button", name="Stop").click()
        assert endpoint.gone.wait(30)
        answer.get_by_role("button", name="Ask again").click()
        expect(answer).to_contain_text("by the lamp")
        expect(page.locator(".from-user")).to_have_count(1)
        expect(answer.locator("strong")).to_have_text("Thirty")
        expect(answer.get_by_role("listitem").first).to_have_text("<img src=x onerror=alert(1)>")
        expect(answer.locator("img")).to_have_count(0)
        answer.get_by_role("button", name=re.compile("^Source 1:")).click()
        number = page.get_by_role("complementary", name="Source").locator(".cite-number")
        for key, shown in (("n", "2"), ("n", "1"), ("p", "2")):
            page.keyboard.press(key)
            expect(number).to_have_text(shown)
        answer.get_by_role("button", name="Copy").click()
        page.get_by_text("Copied").wait_for()
        text, _, files = page.evaluate("navigator.clipboard.readText()").split("\n\n")
        assert text == "**Thirty** days [1], by the lamp [2]."
        for line, name in zip(
            files.splitlines(), answer.locator(".files li").all_inner_texts(), strict=True
        ):
            number, file = name.split(maxsplit=1)
            assert line.startswith(f"[{number}] {file}")
    server.data_of("DELETE", "/chats", json={"ids": [made]})
    server.data_of("DELETE", "/models", json=model)


def test_what_the_server_refuses_is_said_with_what_to_do(
    watched: Watched, visit: Any, chat: str
) -> None:
    watched.expected.append("status of 500")
    page = visit(f"/chat/{chat}")
    broken = '{"code": 100, "message": "Something broke."}'
    page.route(
        "**/completions",
        lambda route: route.fulfill(status=500, content_type="application/json", body=broken),
    )
    box = page.get_by_label("Ask a question")
    box.fill("Who is there?")
    box.press("Enter")
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("Something broke.")
    page.unroute("**/completions")
    trouble.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Copy").last.wait_for()
    expect(trouble).to_be_hidden()


def test_an_assistant_is_made_and_changed(visit: Any, chat: str, server: Server) -> None:
    assert chat
    page = visit("/chat")
    page.get_by_role("button", name="New assistant").click()
    page.get_by_label("Name").fill("porter")
    page.get_by_label("rules of the house").check()
    page.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="porter", level=1).wait_for()
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_label("First message").fill("Good day.")
    prompt = page.get_by_label("Prompt", exact=False).first
    prompt.fill("Answer.")
    expect(page.get_by_text("The prompt has no place for {knowledge}")).to_be_visible()
    prompt.fill("Answer from this: {knowledge} {other}")
    expect(page.get_by_text("Nothing fills in {other}")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    [made] = server.data_of("GET", "/chats", params={"name": "porter"})
    assert made["prompt"]["opener"] == "Good day."
    assert len(made["dataset_ids"]) == 1


def test_a_dataset_among_many_is_found_by_its_name(
    visit: Any, page: Page, chat: str, server: Server
) -> None:
    rows = [{"id": f"{number:032}", "name": f"other {number}"} for number in range(50)]

    def answer(route: Route) -> None:
        if "keywords=" in route.request.url:
            route.continue_()
        else:
            route.fulfill(json={"code": 0, "data": rows, "total_datasets": 51})

    page.route("**/datasets?*", answer)
    visit("/chat")
    page.get_by_role("button", name="New assistant").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("one of many")
    expect(dialog.get_by_label("other 49")).to_be_visible()
    find = dialog.get_by_label("Find a dataset")
    find.fill("OF THE HOUSE")
    dialog.get_by_label("rules of the house").check()
    expect(dialog.get_by_label("other 49")).to_have_count(0)
    find.press("Enter")
    find.fill("")
    expect(dialog.get_by_label("other 49")).to_be_visible()
    expect(dialog.get_by_label("rules of the house")).to_be_checked()
    dialog.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="one of many", level=1).wait_for()
    [made] = server.data_of("GET", "/chats", params={"name": "one of many"})
    assert made["kb_names"] == ["rules of the house"]
    refusal = {"code": 100, "message": "Not now."}
    page.route("**/datasets?*", lambda route: route.fulfill(json=refusal))
    visit(f"/chat/{made['id']}/settings")
    expect(page.get_by_text("Not now.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    [kept] = server.data_of("GET", "/chats", params={"name": "one of many"})
    assert kept["kb_names"] == ["rules of the house"], "nothing is taken away that is not seen"
    server.data_of("DELETE", "/chats", json={"ids": [made["id"]]})
    assert chat


def test_an_assistant_is_tried_as_its_form_has_it(visit: Any, chat: str, server: Server) -> None:
    page = visit(f"/chat/{chat}/settings")
    trial = page.get_by_role("complementary", name="Try it")
    page.get_by_label("Threshold", exact=False).fill("0.99")
    page.get_by_label("Answer where nothing is found").fill("Nobody knows.")
    trial.get_by_label("Ask a question").fill("How many days of leave are there?")
    trial.get_by_role("button", name="Ask", exact=True).click()
    expect(trial.locator(".from-assistant")).to_contain_text("Nobody knows.")
    page.get_by_label("Threshold", exact=False).fill("0.1")
    trial.get_by_label("Ask a question").fill("How many days of leave are there?")
    trial.get_by_role("button", name="Ask", exact=True).click()
    expect(trial.locator(".from-assistant")).to_contain_text("thirty days")
    trial.locator(".files button").first.click()
    expect(trial.get_by_text("Everybody in the office").last).to_be_visible()
    kept = server.data_of("GET", f"/chats/{chat}")
    assert kept["prompt"]["empty_response"] != "Nobody knows."
    assert not [one for one in server.data_of("GET", f"/chats/{chat}/sessions") if not one["name"]]


def test_an_assistant_of_somebody_else_is_asked_and_changed_by_whom_they_let(
    visit: Any, keeper: Ask
) -> None:
    made = keeper("POST", "/chats", json={"name": "harbour master"})["id"]
    for level, offered in (("read", 0), ("write", 1)):
        keeper("PUT", f"/chats/{made}/grants", json=granted(level))
        page = visit("/chat")
        expect(page.get_by_role("button", name="More about harbour master")).to_have_count(offered)
        page.get_by_role("link", name="harbour master").click()
        page.get_by_role("textbox", name="Ask a question").wait_for()
        main = page.get_by_role("main")
        expect(main.get_by_role("link", name="Settings")).to_have_count(offered)
        expect(main.get_by_role("link", name="Share")).to_have_count(0)
        visit(f"/chat/{made}/settings")
        expect(main.get_by_role("button", name="Save")).to_be_enabled(enabled=bool(offered))
        expect(main.get_by_role("region", name="Who may use it")).to_have_count(0)
    keeper("DELETE", "/chats", json={"ids": [made]})

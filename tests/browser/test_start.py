"""From nothing to a cited answer, by the keyboard alone."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.clients.environments import python_client
from tests.clients.test_openai_responses import LANGCHAIN
from tests.clients.test_openai_stores import PYTHONS
from tests.model_endpoint import event, serve, stream
from tests.running import Server

Visit = Callable[[str], Page]

NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}


QUESTION = "How many days of leave does a keeper have?"


MCP = """
import asyncio, json, sys
from fastmcp import Client

async def main():
    async with Client(json.loads(sys.argv[1])) as client:
        print([tool.name for tool in await client.list_tools()])

asyncio.run(main())
"""


def printed(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, encoding="utf-8"
    ).stdout


def dify(lines: str) -> str:
    """Ask as Dify does once these lines stand in its forms; return what it would show."""
    values = dict(line.split(": ", 1) for line in lines.splitlines())
    answer = requests.post(
        f"{values['API Endpoint']}/retrieval",
        headers={"Authorization": f"Bearer {values['API Key']}"},
        json={
            "knowledge_id": values["External Knowledge ID"],
            "query": QUESTION,
            "retrieval_setting": {"top_k": 3, "score_threshold": 0.2},
        },
        timeout=60,
    )
    return str(answer.json()["records"][0]["content"])


def press(page: Page, button: Locator) -> None:
    button.focus()
    page.keyboard.press("Enter")


def test_the_sample_leads_to_an_answer_with_its_page_and_to_a_key(
    visit: Visit, server: Server
) -> None:
    page = visit("/start")
    press(page, page.get_by_role("button", name="Take the sample"))
    box = page.get_by_role("textbox", name="Question")
    box.focus()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answer = page.get_by_role("region", name="Ask a question")
    expect(answer).to_contain_text("thirty days of leave")
    source = answer.get_by_role("complementary", name="Source")
    expect(source).to_contain_text("Keepers' handbook.pdf")
    picture = source.get_by_role("img", name="Page 2 of Keepers' handbook.pdf")
    picture.evaluate("image => image.decode()")
    source.locator("rect").first.wait_for()
    press(page, page.get_by_role("button", name="New key"))
    page.get_by_label("Name").fill("first")
    page.get_by_label("Name").press("Enter")
    shown = page.get_by_role("dialog", name="Your new key")
    token = shown.locator("pre").first.inner_text()
    lines = {}
    for client in ("RAGFlow SDK", "OpenAI", "MCP", "LangChain", "Dify", "curl"):
        press(page, shown.get_by_role("button", name=client, exact=True))
        expect(shown.locator("pre").last).to_contain_text(token)
        expect(shown.locator("pre").last).to_contain_text(server.url)
        lines[client] = shown.locator("pre").last.inner_text().replace("…", QUESTION)
    assert "thirty days" in printed("bash", "-c", lines["curl"])
    assert "thirty days" in printed(sys.executable, "-W", "ignore", "-c", lines["RAGFlow SDK"])
    openai, fastmcp = python_client(PYTHONS["3"]), python_client("fastmcp==4.2.3")
    assert "thirty days" in printed(str(openai.interpreter), "-c", lines["OpenAI"])
    assert "search" in printed(str(fastmcp.interpreter), "-c", MCP, lines["MCP"])
    press(page, shown.get_by_role("button", name="I have kept it"))
    press(page, page.get_by_role("button", name="Make an assistant of it"))
    page.get_by_role("heading", name="Sample: Tern Island", level=1).wait_for()
    langchain = lines["LangChain"].replace("ASSISTANT", "Sample: Tern Island")
    interpreter = str(python_client(*LANGCHAIN).interpreter)
    assert "thirty days" in printed(interpreter, "-c", langchain)
    assert "thirty days" in dify(lines["Dify"])


def test_own_files_are_seen_becoming_searchable_and_a_model_answers_about_them(
    visit: Visit, server: Server
) -> None:
    before = server.data_of("GET", "/models/defaults")["chat"]
    page = visit("/start")
    press(page, page.get_by_role("button", name="Begin with your own documents"))
    page.get_by_label("Name of the dataset").fill("harbour office")
    page.keyboard.press("Enter")
    page.wait_for_url("**/start?dataset=*")
    made = page.url.partition("dataset=")[2]
    files = page.get_by_role("region", name="Files become searchable")
    rota = {"name": "rota.md", "mimeType": "text/markdown", "buffer": b"Mina has the crane."}
    files.locator("input").set_input_files([rota])
    row = files.get_by_role("listitem").filter(has_text="rota.md")
    expect(row).to_contain_text("Ready")
    expect(row).to_contain_text("1 passage")
    model = {"provider": "OpenAI-API-Compatible", "name": "first mate"}
    with serve() as endpoint:
        step = page.get_by_role("region", name="A model for answers in its own words")
        press(page, step.get_by_role("button", name="See what is set up"))
        press(page, step.get_by_role("button", name="Add a model"))
        form = page.get_by_role("dialog")
        form.get_by_label("Address").fill(endpoint.url)
        form.get_by_label("Name").fill(model["name"])
        press(page, form.get_by_role("button", name="Add", exact=True))
        expect(step).to_contain_text("first mate answers.")
        press(page, step.get_by_role("button", name="Test", exact=True))
        expect(step.get_by_role("status")).to_have_text(re.compile(r"\d+ ms"))
        endpoint.script.append(stream(event(content="It is Mina [ID:0]."), b"data: [DONE]\n\n"))
        page.get_by_role("textbox", name="Question").fill("Who has the crane?")
        page.keyboard.press("Enter")
        answer = page.get_by_role("region", name="Ask a question")
        expect(answer).to_contain_text("It is Mina")
        expect(answer.get_by_role("complementary", name="Source")).to_contain_text("rota.md")
    server.data_of("PUT", "/models/defaults", json={"chat": before})
    server.data_of("DELETE", "/models", json=model)
    server.data_of("DELETE", "/datasets", json={"ids": [made]})


@pytest.mark.parametrize("context", [NARROW], indirect=True)
def test_the_sample_is_there_in_chinese(
    visit: Visit, context: BrowserContext, server: Server
) -> None:
    context.add_cookies([{"name": "raglan_language", "value": "zh", "url": server.url}])
    page = visit("/start")
    press(page, page.get_by_role("button", name="使用示例"))
    press(page, page.get_by_role("button", name="守塔人每年有多少天年假？"))
    source = page.get_by_role("complementary")
    expect(source).to_contain_text("守塔人手册.pdf")
    source.locator("rect").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

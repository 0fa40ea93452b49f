"""A document: its pages beside its chunks, which are read, edited, cut and joined."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from rag.parsing.helpers.programs import LIBREOFFICE
from tests.browser.conftest import SILENT, Watched
from tests.pdfs import pdf
from tests.running import Server
from tests.support.programs import needs

NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}
TEXT = "\n\n".join(f"# Part {number}\n\nGull {number} cries. It flies." for number in range(1, 5))


def chunk(page: Page, number: int) -> Locator:
    """Return the card of a chunk."""
    return page.get_by_role("listitem").filter(
        has=page.get_by_role("button", name=f"Chunk {number}", exact=True)
    )


def made(server: Server, name: str, file: str, content: bytes) -> str:
    """Make a dataset with a document that is parsed in small chunks; return its address."""
    dataset = server.dataset(name)
    [one] = server.upload(dataset, (file, content))
    change = {"parser_config": {"chunk_token_num": 16}}
    server.data_of("PUT", f"/datasets/{dataset}/documents/{one}", json=change)
    server.parse(dataset, [one])
    server.finished(dataset, one)
    return f"/datasets/{dataset}/documents/{one}"


@pytest.mark.parametrize(
    "context", [pytest.param({}, id="wide"), pytest.param(NARROW, id="narrow")], indirect=True
)
def test_pages_and_chunks_are_gone_through_by_keyboard(
    visit: Any, dataset: str, document: str
) -> None:
    page = visit(f"/datasets/{dataset}/documents/{document}")
    expect(page.get_by_role("img", name="Page 1 of keeper.pdf")).to_be_visible()
    page.keyboard.press("j")
    expect(chunk(page, 1)).to_contain_text("The lamp burns at night.")
    expect(page.locator("rect.chosen")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.get_by_role("img", name="Page 2 of keeper.pdf")).to_be_visible()
    expect(chunk(page, 1)).to_contain_text("The tide rises at noon.")
    expect(chunk(page, 1).get_by_role("button", name="Edit")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("img", name="Page 1 of keeper.pdf")).to_be_visible()
    page.get_by_role("button", name="Whole document").press("Enter")
    expect(page.get_by_text("3 chunks")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("img", name="Page 3 of keeper.pdf")).to_be_visible()
    page.reload()
    expect(page.get_by_role("img", name="Page 3 of keeper.pdf")).to_be_visible()
    expect(page.locator("rect.chosen")).to_have_count(1)


def test_pointing_at_a_box_shows_its_chunk_and_the_other_way_round(
    visit: Any, dataset: str, document: str
) -> None:
    page = visit(f"/datasets/{dataset}/documents/{document}")
    chunk(page, 1).hover()
    expect(page.locator("rect.hovered")).to_have_count(1)
    page.get_by_role("heading", level=1).hover()
    expect(page.locator("rect.hovered")).to_have_count(0)
    page.locator(".sheet-page rect").first.hover()
    expect(page.locator("li.chunk.hovered")).to_have_count(1)
    page.locator(".sheet-page rect").first.click()
    expect(page.locator("li.chunk.chosen")).to_have_count(1)


def test_chunks_are_edited_split_merged_and_added_by_keyboard(visit: Any, server: Server) -> None:
    address = made(server, "gulls", "gulls.md", TEXT.encode())
    page = visit(address)
    expect(page.get_by_text("4 chunks")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.get_by_role("textbox", name="Text", exact=True).fill("A tern. It dives 🐟. It eats.")
    page.get_by_role("textbox", name="Keywords").fill("bird\nsea")
    page.get_by_role("textbox", name="Questions").fill("What dives?")
    page.get_by_role("button", name="Save").press("Enter")
    expect(chunk(page, 1)).to_contain_text("edited")
    expect(chunk(page, 1)).to_contain_text("What dives?")
    page.keyboard.press("s")
    page.get_by_role("button", name="Cut before “It eats.”").press("Enter")
    page.get_by_role("button", name="Make 2 pieces").press("Enter")
    expect(chunk(page, 2)).to_contain_text("It eats.")
    expect(chunk(page, 1)).to_contain_text("A tern. It dives 🐟.")
    page.keyboard.press("m")
    expect(page.get_by_text("4 chunks")).to_be_visible()
    expect(chunk(page, 1)).to_contain_text("It eats.")
    page.keyboard.press("x")
    expect(chunk(page, 1)).to_contain_text("left out")
    page.keyboard.press("a")
    page.get_by_role("textbox", name="Text", exact=True).fill("An auk.")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("li.chunk.chosen")).to_contain_text("An auk.")
    expect(
        page.get_by_text("1 chunk edited · 1 chunk added by hand · 1 chunk left")
    ).to_be_visible()
    shown = server.data_of("GET", f"{address}/chunks")["chunks"]
    assert (shown[0]["important_keywords"], shown[0]["available"]) == (["bird", "sea"], False)
    assert shown[0]["content"] == "A tern. It dives 🐟.\nIt eats."
    page.get_by_role("button", name="Show added").press("Enter")
    expect(page.get_by_text("1 chunk", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.get_by_role("button", name="Delete").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_text("No chunk is so.")).to_be_visible()


def test_parsing_again_says_what_it_would_lose(visit: Any, server: Server) -> None:
    address = made(server, "terns", "terns.md", TEXT.encode())
    [first, *_] = server.data_of("GET", f"{address}/chunks")["chunks"]
    server.data_of("PUT", f"{address}/chunks/{first['id']}", json={"content": "A tern."})
    page = visit(f"{address}?chunk={first['id']}")
    expect(page.locator("li.chunk.chosen")).to_contain_text("A tern.")
    page.get_by_role("button", name="Parse again").click()
    dialog = page.get_by_role("dialog", name="Parse again")
    expect(dialog).to_contain_text("Keep 1 chunk that was edited or added")
    dialog.get_by_label("Discard 1 edit").check()
    dialog.get_by_role("button", name="Parse again").click()
    expect(page.get_by_text("Ready")).to_be_visible()
    expect(chunk(page, 1)).to_contain_text("Gull 1 cries.")
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_text("Embedding", exact=False).first).to_be_visible()
    expect(page.locator("li.chunk")).to_have_count(2)
    page.get_by_role("link", name="Text").click()
    expect(page.get_by_role("region", name="Text")).to_contain_text("Gull 4 cries.")
    page.get_by_role("link", name="Metadata").click()
    page.get_by_label("Field").fill("author")
    page.get_by_label("Value").first.fill("Nia")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert server.document(*address.split("/")[2::2])["meta_fields"] == {"author": "Nia"}


def test_a_word_is_found_in_a_document_and_rows_are_rows(visit: Any, server: Server) -> None:
    rows = "Part,Place\n" + "".join(f"Bolt {number},Shelf {number}\n" for number in range(9))
    page = visit(made(server, "stock", "stock.csv", rows.encode()))
    paper = page.get_by_role("region", name="The file")
    expect(paper.get_by_role("cell", name="Bolt 7")).to_be_visible()
    page.get_by_label("Find in the document").fill("bolt 7")
    page.keyboard.press("Enter")
    expect(paper.locator("mark").first).to_have_text("Bolt")
    page.wait_for_url("**?q=bolt+7")


LOG = rb"""{\rtf1 Gulls cry over the harbour.\par Gulls sleep on the quay at night.\par
\page Terns dive.}"""
"""In two chunks, of which the second goes on on the second page."""


def test_an_office_file_is_seen_as_pages_or_as_paragraphs(visit: Any, server: Server) -> None:
    needs(LIBREOFFICE)
    address = made(server, "logs", "log.rtf", LOG)
    page = visit(address)
    expect(page.get_by_role("img", name="Page 1 of log.rtf")).to_be_visible()
    page.keyboard.press("j")
    expect(chunk(page, 1)).to_contain_text("Gulls cry")
    expect(page.locator("rect.chosen")).to_have_count(1)
    page.get_by_role("button", name="Forward").press("Enter")
    expect(page.get_by_role("img", name="Page 2 of log.rtf")).to_be_visible()
    [first, second] = server.data_of("GET", f"{address}/chunks")["chunks"]
    server.data_of("PUT", f"{address}/chunks/{first['id']}", json={"content": "Auks swim."})
    page = visit(f"{address}?chunk={first['id']}")
    expect(page.get_by_text("The words of this chunk are not to be found")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("rect.chosen")).not_to_have_count(0)
    dataset = address.split("/")[2]
    page = visit(f"/search?q=When+do+terns+dive%3F&in={dataset}&hit={second['id']}")
    expect(page.get_by_role("img", name="Page 1 of log.rtf")).to_be_visible()
    expect(page.locator("rect.chosen")).not_to_have_count(0)
    page = visit(address)
    page.get_by_role("button", name="Rows and paragraphs").press("Enter")
    expect(page.get_by_role("region", name="The file")).to_contain_text("Terns dive.")
    page.wait_for_url("**?as=rows")


def test_ten_thousand_chunks_take_no_more_of_the_page_than_a_few(
    watched: Watched, visit: Any
) -> None:
    total = 10_000
    table = "".join(f"Bolt {row} | Shelf {row} | {row}\n" for row in range(60))

    def answer(route: Route) -> None:
        query = dict(part.split("=") for part in route.request.url.partition("?")[2].split("&"))
        part = int(query.get("part", 1))
        chunks = [
            {
                "id": f"{number:016}",
                "content": f"Number {number}\n{table}",
                "important_keywords": [],
                "questions": [],
                "available": True,
                "source": "parsed",
                "positions": [],
                "headings": [],
            }
            for number in range(25 * (part - 1), 25 * part)
        ]
        document = {"id": "1", "name": "long.csv", "run": "DONE", "status": "1"}
        nothing = {"edited": 0, "added": 0, "switched_off": 0, "kept": 0, "lost_by_discarding": 0}
        data = {
            "dataset_name": "long",
            "document": {**document, "progress": 1, "progress_msg": "", "chunk_count": total},
            "edits": nothing,
            "pages": None,
            "pages_problem": "It has none.",
            "on_page": 0,
            "part": part,
            "total": total,
            "chunks": chunks,
        }
        route.fulfill(json={"code": 0, "data": data})

    watched.page.route("**/view?*", answer)
    page = visit("/datasets/0/documents/1")
    expect(page.get_by_text("10,000 chunks")).to_be_visible()
    for number in (1, 25):
        page.keyboard.press("j" if number == 1 else "k")
        expect(page.locator("li.chunk.chosen")).to_have_count(1)
        assert page.evaluate("document.querySelectorAll('*').length") < 4000
    page.get_by_label("Part", exact=True).fill("400")
    page.keyboard.press("Enter")
    expect(page.locator("li.chunk").last).to_contain_text("Number 9999")
    assert len([one for one in watched.requests if "/api/" in one.url]) == 2


PASTE = """(box, text) => {
  box.value = text;
  box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
}"""


def test_a_pasted_megabyte_is_refused_by_name_and_much_text_has_few_elements(
    watched: Watched, visit: Any, server: Server
) -> None:
    watched.expected.append(SILENT)
    address = made(server, "scans", "scan.pdf", pdf("One line."))
    page = visit(address)
    page.keyboard.press("a")
    box = page.get_by_role("textbox", name="Text", exact=True)
    save = page.locator("dialog .button.primary")
    box.evaluate(PASTE, "0123456789" * 100_000)
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("content")
    box.evaluate(PASTE, "a | b\n" * 10_000)
    save.click()
    expect(page.locator("li.chunk.chosen")).to_contain_text("added")
    assert page.evaluate("document.querySelectorAll('*').length") < 4000
    [_, added] = server.data_of("GET", f"{address}/chunks")["chunks"]
    assert added["content"].count("\n") == 10_000


def test_the_form_of_a_dataset_shows_how_a_document_would_be_cut(
    visit: Any, server: Server
) -> None:
    made = server.dataset("to be cut")
    lines = "\n\n".join(f"Line {number} of the keeper's log." for number in range(1, 7))
    server.upload(made, ("log.md", lines.encode()), ("tides.pdf", pdf("Ebb.", "Flood.")))
    page = visit(f"/datasets/{made}/settings")
    cut = page.get_by_role("complementary", name="As it would be cut")
    cut.get_by_role("button", name="Show a document").click()
    cut.get_by_label("Document").select_option("log.md")
    expect(cut.get_by_role("status")).to_have_text("1 chunk")
    page.get_by_label("Tokens in a chunk").fill("16")
    expect(cut.get_by_role("status")).to_have_text("6 chunks")
    expect(cut.get_by_text("Line 6")).to_be_visible()
    cut.get_by_label("Document").select_option("tides.pdf")
    cut.get_by_label("Page, of 2").fill("2")
    expect(cut.get_by_role("listitem")).to_have_text("Flood.")
    expect(cut.get_by_alt_text("Page 2 of tides.pdf")).to_be_visible()
    assert server.data_of("GET", f"/datasets/{made}/documents")["docs"][0]["chunk_count"] == 0

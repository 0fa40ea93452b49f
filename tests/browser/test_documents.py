"""The documents of a dataset: uploaded by a drop, watched, changed, and found again."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DROP, FOLDER, SILENT, Watched
from tests.browser.test_every_page import check_for_everybody
from tests.running import Server, wait_until

Visit = Callable[[str], Page]


RUNNING = {
    "code": 0,
    "data": {
        "total": 1,
        "counts": {"RUNNING": 1},
        "docs": [
            {
                "id": "1",
                "name": "long.pdf",
                "suffix": "pdf",
                "size": 1,
                "run": "RUNNING",
                "progress": 0.5,
                "chunk_count": 0,
                "status": "1",
                "create_time": 0,
            }
        ],
    },
}
"""A list of a document that is parsed for ever."""


def test_dropped_files_are_uploaded_and_read_wherever_somebody_goes(
    visit: Visit, server: Server
) -> None:
    made = server.dataset("dropped")
    page = visit(f"/datasets/{made}")
    expect(page.get_by_role("heading", name="No document yet")).to_be_visible()
    files = [[f"note {number}.md", f"# Note {number}\n\nSome text."] for number in range(6)]
    page.evaluate(DROP, [*files, ["broken.pdf", "%PDF-1.7 no more"]])
    page.get_by_role("link", name="Datasets").first.click()
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("7 files uploaded")).to_be_visible()
    page.get_by_role("link", name="dropped").click()
    expect(page.locator("tbody .chip.good")).to_have_count(6, timeout=30_000)
    expect(page.locator("tbody .chip.bad")).to_have_text("Failed")
    assert {one["run"] for one in server.data_of("GET", f"/datasets/{made}/documents")["docs"]} == {
        "DONE",
        "FAIL",
    }


def test_ten_thousand_files_of_a_folder_are_sent_four_at_a_time(
    visit: Visit, server: Server, page: Page
) -> None:
    made = server.dataset("ten thousand")
    nothing = {"code": 0, "data": {"documents": []}}
    held: list[Route] = []
    page.route("**/documents/known", lambda route: route.fulfill(json=nothing))
    page.route("**/documents", lambda route: held.insert(0, route))
    page.route("**/chunks", lambda route: route.fulfill(json=nothing))
    visit(f"/datasets/{made}")
    page.evaluate(FOLDER, ["all", [[f"{number}.md", "x"] for number in range(10_001)]])
    expect(page.get_by_text("At most 10,000 files wait at once.")).to_be_visible()
    uploads = page.get_by_role("region", name="Uploads")
    for done in (0, 4, 8):
        expect(uploads.get_by_role("status")).to_have_text(f"Uploading: {done} of 10,000")
        expect(uploads.get_by_text("0 %")).to_have_count(4)
        wait_until(lambda: page.title() and len(held) == 4, "four uploads")
        assert page.evaluate("document.querySelectorAll('*').length") < 4000
        some, held[:] = [*held], []
        for route in some:
            route.fulfill(json={"code": 0, "data": [{"id": "1"}]})
    uploads.get_by_role("button", name="Stop uploading").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop uploading").click()
    expect(uploads.get_by_role("status")).to_contain_text("files uploaded")


def test_files_that_are_there_are_not_sent_again(visit: Visit, server: Server) -> None:
    made = server.dataset("resumed")
    files = [[f"note {number}.md", f"# Note {number}\n\nText."] for number in range(3)]
    server.upload(made, *[(name, text.encode()) for name, text in files[:2]])
    page = visit(f"/datasets/{made}")
    chips = page.get_by_role("group", name="By state")
    expect(chips.get_by_role("button", name="Not parsed 2")).to_be_visible()
    page.evaluate(DROP, files)
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("1 file uploaded 2 were there already")).to_be_visible()
    expect(chips.get_by_role("button", name="Ready 3")).to_be_visible()
    expect(chips.get_by_role("button", name="All 3")).to_be_visible()
    assert server.data_of("GET", f"/datasets/{made}/documents")["total"] == 3


def test_changes_are_asked_for_while_something_runs_and_somebody_looks(
    visit: Visit, server: Server, watched: Watched
) -> None:
    made = server.dataset("followed")
    ids = server.upload(made, *[(f"{number}.md", b"# Text\n\nWords.") for number in range(5)])
    page = visit(f"/datasets/{made}")
    server.parse(made, ids)
    page.reload()
    expect(page.locator("tbody .chip.good")).to_have_count(5)
    chips = page.get_by_role("group", name="By state")
    expect(chips.get_by_role("button", name="Ready 5")).to_be_visible()
    expect(chips.get_by_role("button", name="Parsing 0")).to_be_visible()
    page.clock.install()
    page.reload()
    expect(page.locator("tbody .chip.good")).to_have_count(5)
    asked = len(watched.requests)
    page.clock.run_for(5000)
    running = {"documents": [], "deleted": [], "counts": {"RUNNING": 1, "DONE": 4}, "cursor": "1"}
    page.route("**/changes?*", lambda route: route.fulfill(json={"code": 0, "data": running}))
    page.evaluate("0")  # what was asked for meanwhile is known now
    assert len(watched.requests) == asked
    page.route("**/documents?*", lambda route: route.fulfill(json=RUNNING))
    page.reload()
    expect(chips.get_by_role("button", name="Parsing 1")).to_be_visible()
    for _ in range(2):
        with page.expect_response("**/changes?*"):
            page.clock.run_for(1000)
    hide = (
        "isHidden => Object.defineProperty(document, 'hidden', {value: isHidden, writable: true})"
    )
    page.evaluate(hide, True)  # noqa: FBT003 - a value for the page
    asked = len(watched.requests)
    page.clock.run_for(20_000)
    page.evaluate("0")
    assert len(watched.requests) == asked
    page.evaluate(hide, False)  # noqa: FBT003 - a value for the page
    with page.expect_response("**/changes?*"):
        page.clock.run_for(1000)


def test_a_failure_has_its_reason_and_its_remedy(visit: Visit, dataset: str) -> None:
    page = visit(f"/datasets/{dataset}")
    page.get_by_role("group", name="By state").get_by_role("button", name="Failed").click()
    page.wait_for_url("**?run=FAIL")
    notice = page.locator(".notice.bad")
    expect(notice).to_contain_text("broken.pdf")
    expect(notice).to_contain_text("save it again")
    page.reload()
    expect(page.get_by_role("row", name="broken.pdf")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("row", name="chapter 1.md")).to_be_visible()


def test_many_are_changed_at_once(visit: Visit, server: Server) -> None:
    made = server.dataset("many")
    server.upload(made, *[(f"{number}.md", b"# Text") for number in range(8)])
    page = visit(f"/datasets/{made}")
    page.get_by_role("checkbox", name="Select 2.md").click()
    page.get_by_role("checkbox", name="Select 5.md").click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="selected")
    expect(bar.get_by_role("status")).to_have_text("4 selected")
    bar.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Leave out of searches").click()
    expect(page.get_by_text("4 documents changed.")).to_be_visible()
    expect(page.locator("tbody tr.off")).to_have_count(4)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr.off")).to_have_count(0)
    page.get_by_role("checkbox", name="Select all that are shown").click()
    with page.expect_request("**/documents/bulk") as asked:
        bar.get_by_role("button", name="Stop").click()
    assert asked.value.post_data_json["action"] == "stop"
    expect(page.get_by_text("Parsing of 0 documents was stopped.")).to_be_visible()
    bar.get_by_role("button", name="Parse").click()
    expect(page.locator("tbody .chip.good")).to_have_count(8, timeout=30_000)
    bar.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No document yet")).to_be_visible()
    assert server.data_of("GET", f"/datasets/{made}/documents")["total"] == 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("8 documents are there again.")).to_be_visible()
    expect(page.locator("tbody .chip.good")).to_have_count(8)


def test_all_that_match_can_be_chosen_beyond_those_that_are_shown(
    visit: Visit, server: Server
) -> None:
    made = server.dataset("beyond")
    server.upload(made, *[(f"keep {number}.md", b"# Text") for number in range(3)])
    server.upload(made, *[(f"drop {number}.md", b"# Text") for number in range(160)])
    page = visit(f"/datasets/{made}?q=drop")
    expect(page.get_by_text("160 documents")).to_be_visible()
    page.get_by_role("checkbox", name="Select all that are shown").click()
    page.get_by_role("button", name="Select all 160 that match").click()
    page.get_by_role("checkbox", name="Select drop").first.click()
    bar = page.get_by_role("region", name="selected")
    expect(bar.get_by_role("status")).to_have_text("159 selected")
    bar.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_label("Type 159 to confirm").fill("159")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 document", exact=True)).to_be_visible()
    assert server.data_of("GET", f"/datasets/{made}/documents")["total"] == 4
    page.reload()
    page.locator("header.head").get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Deleted documents").click()
    bin_ = page.get_by_role("dialog", name="Deleted documents")
    expect(bin_).to_contain_text("159 documents, until")
    bin_.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("160 documents")).to_be_visible()


def test_name_and_metadata_of_a_document(visit: Visit, server: Server) -> None:
    made = server.dataset("described")
    [one] = server.upload(made, ("draft.md", b"# Text"))
    page = visit(f"/datasets/{made}")
    page.get_by_role("button", name="More about draft.md").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("final.md")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="More about final.md").click()
    page.get_by_role("menuitem", name="Metadata").click()
    for number, (field, value) in enumerate([("author", "Nia"), ("year", "2026")]):
        page.get_by_label("Field").nth(number).fill(field)
        page.get_by_label("Value").nth(number).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    found = server.document(made, one)
    assert (found["name"], found["meta_fields"]) == ("final.md", {"author": "Nia", "year": 2026})


def test_settings_are_changed_and_kept(visit: Visit, server: Server) -> None:
    made = server.dataset("to be set")
    page = visit(f"/datasets/{made}/settings")
    page.get_by_label("Name", exact=True).fill("set")
    page.get_by_label("Shared with").select_option("team")
    page.get_by_role("radio", name="Laws").check()
    page.get_by_label("Tokens in a chunk").fill("200")
    page.get_by_label("Parts end with").fill("\\n.")
    page.get_by_label("Rows of tables are written as").select_option("HTML")
    page.get_by_label("Keywords for each chunk").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It counts")).to_be_visible()
    [found] = server.data_of("GET", "/datasets", params={"id": made})
    config = found["parser_config"]
    assert (found["chunk_method"], config["chunk_token_num"], config["html4excel"]) == (
        "laws",
        200,
        True,
    )
    assert config["parent_child"] == {"use_parent_child": True, "children_delimiter": "\n."}
    assert (config["auto_keywords"], config["auto_questions"]) == (3, 0)
    expect(page.get_by_label("Parts end with")).to_have_value("\\n.")
    page.get_by_role("radio", name="Questions and answers").check()
    expect(page.get_by_label("Tokens in a chunk")).to_have_count(0)
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.get_by_role("button", name="Save").click()
    [found] = server.data_of("GET", "/datasets", params={"id": made})
    assert (found["name"], found["permission"], found["chunk_method"]) == ("set", "team", "qa")


def test_an_upload_that_fails_is_told_and_tried_again(
    visit: Visit, server: Server, watched: Watched
) -> None:
    watched.expected.append(SILENT)
    made = server.dataset("refusing")
    page = visit(f"/datasets/{made}")
    refusal = {"code": 101, "message": "The file is larger than the server accepts."}

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=413, json=refusal)
        else:
            route.continue_()

    page.route("**/documents", refuse)
    page.evaluate(DROP, [["large.md", "# Text"]])
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("larger than the server accepts")).to_be_visible()
    page.unroute("**/documents")
    uploads.get_by_role("button", name="Try 1 again").click()
    expect(page.get_by_role("row", name="large.md")).to_be_visible()


def test_a_hundred_thousand_documents_take_no_more_of_the_page(visit: Visit, page: Page) -> None:
    total = 100_000

    def answer(route: Route) -> None:
        query = dict(part.split("=") for part in route.request.url.partition("?")[2].split("&"))
        first = int(query["after"]) + 1 if "after" in query else 0
        rows = [
            {
                "id": str(place),
                "name": f"{place}.md",
                "suffix": "md",
                "size": place,
                "run": "DONE",
                "progress": 1,
                "chunk_count": 1,
                "status": "1",
                "create_time": 0,
            }
            for place in range(first, min(total, first + int(query["page_size"])))
        ]
        counts = {"DONE": total}
        route.fulfill(json={"code": 0, "data": {"docs": rows, "total": total, "counts": counts}})

    data = {"id": "0", "name": "long", "chunk_count": 0}
    page.route("**/api/v1/datasets/0/documents?*", answer)
    page.route("**/api/v1/datasets/0", lambda route: route.fulfill(json={"code": 0, "data": data}))
    visit("/datasets/0")
    expect(page.get_by_text("100,000 documents")).to_be_visible()
    table = page.get_by_role("table", name="Documents")
    assert table.get_attribute("aria-rowcount") == "100001"
    rows = page.locator("tbody tr[aria-rowindex]")
    for _ in range(4):
        before = rows.last.get_attribute("aria-rowindex") or ""
        page.evaluate("document.querySelector('main').scrollTo(0, 1e9)")
        expect(rows.last).not_to_have_attribute("aria-rowindex", before)
    assert int(rows.last.get_attribute("aria-rowindex") or 0) > 100
    assert page.evaluate("document.querySelectorAll('*').length") < 2500


def test_further_options_are_shown_in_the_cut_and_kept(visit: Visit, server: Server) -> None:
    made, tags = server.dataset("manual"), server.dataset("subjects", chunk_method="tag")
    server.upload(made, ("lamp.md", b"# Lamp\n\nIt is lit at dusk.\n\n# Fog\n\nThe horn sounds."))
    page = visit(f"/datasets/{made}/settings")
    page.get_by_role("button", name="Show a document").click()
    cut = page.get_by_role("complementary", name="As it would be cut")
    expect(cut.get_by_role("status")).to_have_text("1 chunk")
    page.get_by_text("Further options").click()
    page.get_by_label("The headings make a further chunk").check()
    expect(cut.get_by_role("status")).to_have_text("2 chunks")
    page.get_by_label("Only these pages").fill("1-5, 9")
    page.get_by_label("Text around tables").fill("64")
    page.get_by_label("Rank of the dataset").fill("7")
    page.get_by_role("group", name="Tags from").get_by_label("subjects").check()
    page.get_by_text("Metadata that the chat model finds").click()
    page.get_by_role("button", name="Add a field").click()
    field = page.get_by_role("group", name="Field 1")
    field.get_by_label("Name").fill("kind")
    field.get_by_label("Values", exact=False).first.fill("rule, log")
    field.get_by_label("Only these values").check()
    check_for_everybody(page)
    page.get_by_label("Find metadata in documents").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    found = server.data_of("GET", f"/datasets/{made}")
    wanted = {"toc_extraction": True, "pages": [[1, 5], [9, 9]], "table_context_size": 64}
    config = found["parser_config"]
    assert {name: config[name] for name in wanted} == wanted
    assert (config["tag_kb_ids"], found["pagerank"]) == ([tags], 7)
    assert "image_context_size" not in config  # what nobody has changed
    kinds = {"name": "kind", "type": "string", "examples": ["rule", "log"], "restrict_values": True}
    assert found["auto_metadata_config"] == {"enabled": True, "fields": [kinds]}
    expect(page.get_by_label("Only these pages")).to_have_value("1-5, 9")
    server.data_of("DELETE", "/datasets", json={"ids": [made, tags]})


def test_a_dataset_is_granted_to_a_group_and_taken_away(visit: Visit, server: Server) -> None:
    made = server.dataset("to be granted")
    server.data_of("POST", "/groups", json={"name": "Lighthouse crew"})
    page = visit(f"/datasets/{made}/settings")
    box = page.get_by_role("region", name="Who may use it")
    box.get_by_text("Who may use it").click()
    expect(box).to_contain_text("Only whose it is.")
    box.get_by_label("For whom").select_option("group")
    box.get_by_label("Name of the group").fill("lighthouse crew")
    box.get_by_label("What they may do").select_option("write")
    box.get_by_role("button", name="Let them use it").click()
    expect(box.get_by_text("Lighthouse crew")).to_be_visible()
    [grant] = server.data_of("GET", f"/datasets/{made}/grants")
    assert (grant["name"], grant["level"]) == ("Lighthouse crew", "write")
    box.get_by_role("button", name="Take away").click()
    expect(box).to_contain_text("Only whose it is.")
    assert server.data_of("GET", f"/datasets/{made}/grants") == []

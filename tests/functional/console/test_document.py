"""Documents on the console's pages: added, listed, changed, parsed and deleted."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.conftest import Member, client_with, join
from tests.functional.console.uploading import post_documents
from tests.functional.ingesting import Site
from tests.functional.library import API, add_chunk, contents, data_of, make_dataset, told

NOBODY = "0" * 32
NO_AUTHORIZATION = (109, "No authorization.")


@pytest.fixture
def dataset(console: FlaskClient) -> str:
    return str(make_dataset(console)["id"])


def add(console: FlaskClient, dataset: str, *names: str) -> list[str]:
    """Upload files and return the ids of their documents."""
    files = [(name, b"The tide comes.") for name in names]
    return [document["id"] for document in data_of(post_documents(console, dataset, *files))]


def ask(console: FlaskClient, page: str, **body: object) -> TestResponse:
    """Post to a page of documents."""
    return console.post(f"/v1/document/{page}", json=body)


def listed(
    console: FlaskClient, dataset: str, body: dict[str, object] | None = None, **query: object
) -> list[dict[str, Any]]:
    """Return the documents that a list shows."""
    asked = {"kb_id": dataset, "orderby": "name", "desc": "False", **query}
    answer = console.post("/v1/document/list", query_string=asked, json=body or {})
    docs: list[dict[str, Any]] = data_of(answer)["docs"]
    return docs


def names(
    console: FlaskClient, dataset: str, *body: dict[str, object], **query: object
) -> list[str]:
    """Return the names of the documents that a list shows."""
    return [document["name"] for document in listed(console, dataset, *body, **query)]


def path(dataset: str, document: str) -> str:
    """Return the address of a document at the REST API."""
    return f"{API}/datasets/{dataset}/documents/{document}"


@pytest.mark.databases("sqlite")
def test_uploads_are_all_or_none(console: FlaskClient, dataset: str) -> None:
    add(console, dataset, "b.txt", "a.md")
    add(console, dataset, "b.txt")
    assert names(console, dataset) == ["a.md", "b(1).txt", "b.txt"]
    files = [(name, b"x") for name in ("c.txt", "d.exe", "e.dll")]
    refused = post_documents(console, dataset, *files)
    assert told(refused) == (500, "d.exe, e.dll: This type of file has not been supported yet!")
    assert len(names(console, dataset)) == 3
    assert told(post_documents(console, dataset)) == (101, "No file part!")
    assert told(post_documents(console, dataset, ("", b"x"))) == (101, "No file selected!")
    assert told(post_documents(console, "", ("c.txt", b"x"))) == (101, 'Lack of "KB ID"')
    unknown = post_documents(console, NOBODY, ("c.txt", b"x"))
    assert told(unknown) == (102, "Can't find this knowledgebase!")


@pytest.mark.databases("sqlite")
def test_a_document_can_be_made_without_a_file(console: FlaskClient, dataset: str) -> None:
    made = data_of(ask(console, "create", name="my notes", kb_id=dataset))
    assert data_of(ask(console, "create", name="my notes", kb_id=dataset))["name"] == "my notes(1)"
    add_chunk(console, path(dataset, made["id"]), "Spring tides come at new moon.")
    shown = listed(console, dataset)[0]
    assert (shown["name"], shown["type"], shown["chunk_num"]) == ("my notes", "virtual", 1)
    detail = data_of(console.get("/v1/kb/detail", query_string={"kb_id": dataset}))
    assert detail["doc_num"] == 2
    assert told(ask(console, "create", name=" ", kb_id=dataset)) == (
        101,
        "File name can't be empty.",
    )
    assert told(ask(console, "create", name="x", kb_id=NOBODY)) == (
        102,
        "Can't find this knowledgebase!",
    )
    assert told(ask(console, "create")) == (101, "required argument are missing: name, kb_id; ")


def test_lists_filter_page_and_sort(console: FlaskClient, dataset: str) -> None:
    first, *_ = add(console, dataset, "a.txt", "b.md", "100%.txt")
    every = ["100%.txt", "a.txt", "b.md"]
    assert names(console, dataset) == every
    assert names(console, dataset, page=2, page_size=2) == ["b.md"]
    assert names(console, dataset, page=2) == names(console, dataset, page_size=1) == every
    assert names(console, dataset, page=0, page_size=0) == every
    assert names(console, dataset, desc="True") == every[::-1]
    assert names(console, dataset, keywords="0%") == ["100%.txt"]
    assert names(console, dataset, {"suffix": ["md"]}) == ["b.md"]
    assert names(console, dataset, {"types": ["pdf"]}) == []
    assert names(console, dataset, {"run_status": ["0"]}) == every
    assert names(console, dataset, {"run_status": ["1", "3"]}) == []
    created = listed(console, dataset)[0]["create_time"]
    assert names(console, dataset, create_time_from=created + 60_000) == []
    assert names(console, dataset, create_time_to=created) != []
    for body, query in (({"run_status": ["9"]}, {}), ({}, {"orderby": "storage_key"})):
        asked = {"kb_id": dataset, **query}
        answer = console.post("/v1/document/list", query_string=asked, json=body)
        assert told(answer)[0] in {101, 102}
    assert told(console.post("/v1/document/list", json={})) == (101, 'Lack of "KB ID"')
    assert told(ask(console, "filter")) == (101, 'Lack of "KB ID"')
    found = data_of(ask(console, "infos", doc_ids=[first, NOBODY, "no id", first]))
    assert [info["id"] for info in found] == [first]


@pytest.mark.databases("sqlite")
def test_documents_are_hidden_from_searches(console: FlaskClient, dataset: str) -> None:
    document, other = add(console, dataset, "a.txt", "b.txt")
    add_chunk(console, path(dataset, document), "The lamp of the tide stands there.")

    def hits() -> int:
        body = {"question": "lamp tide", "dataset_ids": [dataset]}
        return int(data_of(console.post(f"{API}/retrieval", json=body))["total"])

    for status, found in ((0, 0), ("1", 1), ("0", 0), (1, 1)):
        answer = ask(console, "change_status", doc_ids=[document, other], status=status)
        state = {"status": str(status)}
        assert data_of(answer) == {document: state, other: state}
        assert {shown["status"] for shown in listed(console, dataset)} == {str(status)}
        assert hits() == found
    refused = ask(console, "change_status", doc_ids=[document], status=2)
    assert (told(refused)[0], "status" in told(refused)[1]) == (101, True)
    mixed = ask(console, "change_status", doc_ids=[document, NOBODY], status=0)
    assert told(mixed) == NO_AUTHORIZATION
    assert hits() == 1


@pytest.mark.databases("sqlite")
def test_documents_are_parsed_and_parsing_is_stopped(
    site: Site, console: FlaskClient, dataset: str
) -> None:
    first, second = add(console, dataset, "a.txt", "b.txt")
    idle = (102, "Cannot cancel a task that is not in RUNNING status")
    assert told(ask(console, "run", doc_ids=[first], run="2")) == idle
    assert data_of(ask(console, "run", doc_ids=[first, second, first], run="1")) is True
    assert {document["run"] for document in listed(console, dataset)} == {"1"}
    busy = (102, "Can't parse document that is currently being processed")
    assert told(ask(console, "run", doc_ids=[first], run=1)) == busy
    assert data_of(ask(console, "run", doc_ids=[second], run=2)) is True
    stopped = listed(console, dataset)[1]
    assert (stopped["run"], stopped["progress"]) == ("2", 0.0)
    assert stopped["process_begin_at"]
    assert told(ask(console, "run", doc_ids=[first, second], run=2)) == idle
    site.work()
    assert [document["run"] for document in listed(console, dataset)] == ["3", "2"]
    assert data_of(ask(console, "run", doc_ids=[], run=1)) is True
    assert told(ask(console, "run", doc_ids=[first], run=3))[0] == 101
    assert told(ask(console, "run", doc_ids=[first])) == (
        101,
        "required argument are missing: run; ",
    )


def test_old_chunks_go_first_only_where_that_is_asked(
    site: Site, console: FlaskClient, dataset: str
) -> None:
    [document] = add(console, dataset, "a.txt")
    place = path(dataset, document)
    add_chunk(console, place, "Written by hand.")
    assert data_of(ask(console, "run", doc_ids=[document], run=1, delete=False)) is True
    site.work()
    assert sorted(contents(console, place)) == ["The tide comes.", "Written by hand."]
    assert data_of(ask(console, "run", doc_ids=[document], run=1, delete=True)) is True
    assert contents(console, place) == []
    site.work()
    assert contents(console, place) == ["The tide comes."]
    site.assert_consistent(place)


def test_a_document_is_renamed(console: FlaskClient, dataset: str) -> None:
    document, _ = add(console, dataset, "a.txt", "b.txt")
    assert data_of(ask(console, "rename", doc_id=document, name="c.txt")) is True
    assert names(console, dataset) == ["b.txt", "c.txt"]
    for name, refusal in (
        ("c.md", (101, "The extension of file can't be changed")),
        ("b.txt", (102, "Duplicated document name in the same knowledgebase.")),
        ("", (101, "File name can't be empty.")),
    ):
        assert told(ask(console, "rename", doc_id=document, name=name)) == refusal
    assert names(console, dataset) == ["b.txt", "c.txt"]


@pytest.mark.databases("sqlite")
def test_how_a_document_is_parsed_is_changed(
    site: Site, console: FlaskClient, dataset: str
) -> None:
    [document] = add(console, dataset, "a.txt")
    ask(console, "run", doc_ids=[document], run=1)
    site.work()
    options = {"chunk_token_num": 64, "pages": [[1, 3]], "toc_extraction": False}
    body = {"doc_id": document, "pipeline_id": "", "parser_config": options}
    assert data_of(ask(console, "change_parser", parser_id="naive", **body)) is True
    [shown] = listed(console, dataset)
    assert options.items() <= shown["parser_config"].items()
    assert (shown["run"], shown["chunk_num"]) == ("3", 1)
    assert data_of(ask(console, "change_parser", parser_id="one", **body)) is True
    [shown] = listed(console, dataset)
    assert (shown["parser_id"], shown["run"], shown["chunk_num"]) == ("one", "0", 0)
    for fields, code in (
        ({"parser_id": "none"}, 102),
        ({"parser_id": "one", "pipeline_id": NOBODY}, 101),
        ({"parser_id": "one", "parser_config": {"chunk_token_num": "many"}}, 101),
    ):
        found, message = told(ask(console, "change_parser", **body | fields))
        assert found == code
        assert any(name in message for name in fields)


@pytest.mark.databases("sqlite")
def test_metadata_are_set_by_text(console: FlaskClient, dataset: str) -> None:
    [document] = add(console, dataset, "a.txt")
    for text in ('{"shelf": "north", "year": 1999}', "{}"):
        assert data_of(ask(console, "set_meta", doc_id=document, meta=text)) is True
    assert listed(console, dataset)[0]["meta_fields"] == {}
    data_of(ask(console, "set_meta", doc_id=document, meta='{"a": ["x", 1]}'))
    for wrong in ("{", "[]", '{"a": {"b": 1}}', '{"a": null}', {"a": 1}, None):
        code, message = told(ask(console, "set_meta", doc_id=document, meta=wrong))
        assert (code in {101, 102}, "meta" in message) == (True, True)
    assert listed(console, dataset)[0]["meta_fields"] == {"a": ["x", 1]}


@pytest.mark.databases("sqlite")
def test_documents_are_deleted(console: FlaskClient, dataset: str) -> None:
    other = make_dataset(console, "other")["id"]
    first, second, third = add(console, dataset, "a.txt", "b.txt", "c.txt")
    [elsewhere] = add(console, other, "d.txt")
    assert told(ask(console, "rm", doc_id=[first, NOBODY])) == NO_AUTHORIZATION
    assert data_of(ask(console, "rm", doc_id=first)) is True
    assert data_of(ask(console, "rm", doc_id=[second, second, elsewhere])) is True
    assert data_of(ask(console, "rm", doc_id=[])) is True
    assert [document["id"] for document in listed(console, dataset)] == [third]
    assert names(console, other) == []


def test_the_documents_of_others_are_not_there(
    app: Flask, console: FlaskClient, services: Services, member: Member, stranger: FlaskClient
) -> None:
    theirs = make_dataset(stranger)["id"]
    [document] = add(stranger, theirs, "a.txt")
    [own] = add(console, make_dataset(console)["id"], "a.txt")
    for body in (
        {"doc_ids": [own, document]},
        {"doc_id": document},
    ):
        for page, more in (
            ("run", {"run": 1}),
            ("change_status", {"status": 0}),
            ("rm", {}),
            ("rename", {"name": "b.txt"}),
            ("change_parser", {"parser_id": "one"}),
            ("set_meta", {"meta": "{}"}),
        ):
            code, message = told(ask(console, page, **body, **more))
            assert (code, message) == NO_AUTHORIZATION or "are missing: doc_id" in message
    assert data_of(ask(console, "infos", doc_ids=[document])) == []
    only = (103, "Only owner of knowledgebase authorized for this operation.")
    query = {"kb_id": theirs}
    assert told(console.post("/v1/document/list", query_string=query, json={})) == only
    assert told(ask(console, "filter", kb_id=theirs)) == NO_AUTHORIZATION
    assert listed(stranger, theirs)[0]["status"] == "1"
    colleague = join(services, "colleague@example.org")
    services.accounts.members.add(member.account.principal, "colleague@example.org")
    shared = make_dataset(console, "shared", permission="team")["id"]
    helper = client_with(app, colleague.api_key)
    [made] = add(helper, shared, "theirs.txt")
    assert [shown["nickname"] for shown in listed(console, shared)] == ["colleague"]
    assert data_of(ask(helper, "rm", doc_id=made)) is True


@pytest.mark.databases("sqlite")
def test_what_is_not_built_of_documents_is_refused(console: FlaskClient) -> None:
    answer = console.post("/v1/document/parse", data={"url": "https://example.org"})
    code, message = told(answer)
    assert (code, "Raglan has none of this" in message) == (501, True)

"""Chunks on the console's pages: written, listed, changed, searched and deleted."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.models.document import StoredChunk
from tests.functional.conftest import Member, client_with, join
from tests.functional.ingesting import Site, done
from tests.functional.library import add_chunk, data_of, make_dataset, make_document, told, upload

NOBODY = "0" * 32
TEXTS = ("The lamp is lit.", "The tide comes.", "The lamp is out.")


@pytest.fixture
def place(console: FlaskClient) -> str:
    return make_document(console)


@pytest.fixture
def document(place: str) -> str:
    return place.split("/")[6]


def ask(console: FlaskClient, page: str, /, **body: object) -> TestResponse:
    """Post to a page of chunks."""
    return console.post(f"/v1/chunk/{page}", json=body)


def write(console: FlaskClient, document: str, *texts: str) -> list[str]:
    """Add chunks and return their ids."""
    return [
        data_of(ask(console, "create", doc_id=document, content_with_weight=text))["chunk_id"]
        for text in texts
    ]


def listed(console: FlaskClient, document: str, **body: object) -> list[dict[str, Any]]:
    """Return the chunks that a list shows."""
    chunks: list[dict[str, Any]] = data_of(ask(console, "list", doc_id=document, **body))["chunks"]
    return chunks


def texts(console: FlaskClient, document: str, **body: object) -> list[str]:
    """Return the contents of the chunks that a list shows."""
    return [chunk["content_with_weight"] for chunk in listed(console, document, **body)]


def shown(console: FlaskClient, chunk: str) -> dict[str, Any]:
    """Return a single chunk."""
    found: dict[str, Any] = data_of(console.get("/v1/chunk/get", query_string={"chunk_id": chunk}))
    return found


def found(console: FlaskClient, place: str, question: str, **body: object) -> list[str]:
    """Return the contents of the chunks that a search finds."""
    asked = {"kb_id": place.split("/")[4], "question": question, **body}
    return [
        hit["content_with_weight"]
        for hit in data_of(ask(console, "retrieval_test", **asked))["chunks"]
    ]


@pytest.mark.databases("sqlite")
def test_a_chunk_is_written_and_found(console: FlaskClient, place: str, document: str) -> None:
    body = {
        "doc_id": document,
        "content_with_weight": "Ships keep the lamp to port.",
        "important_kwd": ["harbour"],
        "question_kwd": ["Where is the lamp?", " "],
        "tag_kwd": [],
        "tag_feas": {},
        "available_int": 0,
    }
    made = data_of(ask(console, "create", **body))["chunk_id"]
    chunk = shown(console, made)
    assert (chunk["important_kwd"], chunk["question_kwd"]) == (["harbour"], ["Where is the lamp?"])
    assert chunk["available_int"] == 1
    assert found(console, place, "lamp") == ["Ships keep the lamp to port."]
    assert write(console, document, " ") != [made]


def test_lists_filter_and_page(console: FlaskClient, document: str) -> None:
    first, *_ = write(console, document, *TEXTS)
    assert texts(console, document) == [*TEXTS]
    assert texts(console, document, page=0, size=0) == [*TEXTS]
    assert texts(console, document, page=2, size=2) == [TEXTS[2]]
    data_of(ask(console, "switch", doc_id=document, chunk_ids=[first], available_int=0))
    assert texts(console, document, available_int=0) == [TEXTS[0]]
    assert texts(console, document, available_int=1) == [*TEXTS[1:]]
    assert texts(console, document, keywords="tide") == ["The <em>tide</em> comes."]
    assert texts(console, document, keywords=" ", available_int=None) == [*TEXTS]
    answer = data_of(ask(console, "list", doc_id=document, size=1))
    assert (answer["total"], answer["doc"]["chunk_num"]) == (3, 3)


def test_a_chunk_is_changed(console: FlaskClient, place: str, document: str) -> None:
    chunk, _ = write(console, document, *TEXTS[:2])
    body = {
        **shown(console, chunk),
        "content_with_weight": "The bell rings in fog.",
        "important_kwd": ["weather"],
        "question_kwd": ["When does it ring?"],
    }
    assert data_of(ask(console, "set", **body)) is True
    assert shown(console, chunk) == body
    assert found(console, place, "bell") == ["The bell rings in fog."]
    hidden = {"doc_id": document, "chunk_id": chunk, "content_with_weight": "The bell rings."}
    assert data_of(ask(console, "set", **hidden, available_int=0)) is True
    assert shown(console, chunk)["available_int"] == 0
    assert shown(console, chunk)["important_kwd"] == ["weather"]
    assert found(console, place, "bell", similarity_threshold=0.5) == []


def test_a_pair_keeps_its_question(site: Site, console: FlaskClient) -> None:
    place = site.document("pairs.csv", b"What shines?\tThe lamp.\n")
    site.change(place, chunk_method="qa")
    document = place.split("/")[6]
    [chunk] = write(console, document, "Question: What shines?\tAnswer: The lamp.")
    edit = {"doc_id": document, "chunk_id": chunk}
    refused = ask(console, "set", **edit, content_with_weight="no pair")
    assert told(refused) == (102, "Q&A must be separated by TAB/ENTER key.")
    pair = "Question: What rings?\tAnswer: The bell."
    data_of(ask(console, "set", **edit, content_with_weight=pair))
    assert shown(console, chunk)["question_kwd"] == ["What rings?"]


@pytest.mark.databases("sqlite")
def test_chunks_are_switched_all_or_none(console: FlaskClient, document: str) -> None:
    first, second, _ = write(console, document, *TEXTS)
    body = {"doc_id": document, "available_int": 0}
    mixed = ask(console, "switch", **body, chunk_ids=[first, "0" * 16])
    assert told(mixed) == (102, "Chunk not found!")
    assert data_of(ask(console, "switch", **body, chunk_ids=[first, second, first])) is True
    assert [chunk["available_int"] for chunk in listed(console, document)] == [0, 0, 1]


def test_chunks_are_deleted(console: FlaskClient, document: str) -> None:
    first, second, _ = write(console, document, *TEXTS)
    failure = (102, "Index updating failure")
    assert told(ask(console, "rm", doc_id=document, chunk_ids=["0" * 16, "x"])) == failure
    body = {"doc_id": document, "chunk_ids": [first, "0" * 16, first]}
    assert data_of(ask(console, "rm", **body)) is True
    assert told(ask(console, "rm", **body)) == failure
    assert data_of(ask(console, "rm", doc_id=document, chunk_ids=[])) is True
    assert texts(console, document) == [*TEXTS[1:]]
    gone = console.get("/v1/chunk/get", query_string={"chunk_id": first})
    assert told(gone) == (102, "Chunk not found!")
    assert shown(console, second)["content_with_weight"] == TEXTS[1]


def test_a_chunk_is_found_by_its_id_only_where_it_is_visible(
    site: Site, console: FlaskClient, stranger: FlaskClient
) -> None:
    place = done(site, "notes.txt", b"The lamp is lit.")
    [chunk] = site.chunks(place)
    theirs = make_document(stranger)
    add_chunk(stranger, theirs, "The lamp is theirs.")
    copy = {"id": chunk["id"]}  # ids are hashes, which somebody can aim at
    site.set_rows(StoredChunk, StoredChunk.content == "The lamp is theirs.", **copy)
    assert shown(console, chunk["id"])["content_with_weight"] == "The lamp is lit."
    assert shown(stranger, chunk["id"])["content_with_weight"] == "The lamp is theirs."
    data_of(site.client.delete(place.rpartition("/")[0], json={"ids": [place.split("/")[6]]}))
    gone = console.get("/v1/chunk/get", query_string={"chunk_id": chunk["id"]})
    assert told(gone) == (102, "Chunk not found!")


@pytest.mark.databases("sqlite")
def test_a_search_is_narrowed_and_paged(console: FlaskClient, place: str, document: str) -> None:
    write(console, document, *TEXTS)
    dataset = place.split("/")[4]
    other = upload(console, dataset, ("other.txt", b"x"))[0]["id"]
    write(console, other, "A lamp elsewhere.")
    everything = {"similarity_threshold": 0.0}
    assert len(found(console, place, "lamp", **everything)) == 4
    assert found(console, place, "lamp", doc_ids=[other]) == ["A lamp elsewhere."]
    pages = [found(console, place, "lamp", **everything, page=page, size=3) for page in (1, 2)]
    assert list(map(len, pages)) == [3, 1]
    assert TEXTS[1] not in found(console, place, "lamp", **everything, top_k=1)
    listed_too = {"kb_id": [dataset], "question": "lamp", "vector_similarity_weight": 10}
    [first, *_] = data_of(ask(console, "retrieval_test", **listed_too))["chunks"]
    assert first["similarity"] == pytest.approx(first["vector_similarity"])
    off = {
        "use_kg": False,
        "rerank_id": "",
        "cross_languages": [],
        "keyword": False,
        "meta_data_filter": {"method": "disabled"},
    }
    assert found(console, place, "lamp", **off) == found(console, place, "lamp")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("page", "body", "code", "message"),
    [
        ("create", {"content_with_weight": ""}, 102, "`content_with_weight` is required"),
        ("create", {"important_kwd": "x"}, 102, "`important_kwd` is required to be a list"),
        ("create", {"question_kwd": [1]}, 102, "`question_kwd` must be a list of strings"),
        ("create", {"tag_kwd": ["x"]}, 101, "Field: <tag_kwd>"),
        ("create", {"tag_feas": {"x": 1}}, 101, "Field: <tag_feas>"),
        ("set", {"important_kwd": "x"}, 102, "`important_kwd` should be a list"),
        ("set", {"available_int": 2}, 101, "available_int"),
        ("set", {"chunk_id": "0" * 16}, 102, "Chunk not found!"),
        ("switch", {"chunk_ids": "x"}, 101, "chunk_ids"),
        ("list", {"size": 10_001}, 101, "size"),
        ("retrieval_test", {"top_k": 0}, 101, "top_k"),
        ("retrieval_test", {"kb_id": []}, 101, "kb_id"),
        ("retrieval_test", {"toc_enhance": True}, 101, "Field: <toc_enhance>"),
        ("retrieval_test", {"keyword": True}, 102, "This needs a chat model"),
        ("retrieval_test", {"rerank_id": "x"}, 102, "`rerank_id` x doesn't exist"),
        ("retrieval_test", {"cross_languages": [""]}, 101, "Field: <cross_languages.0>"),
        (
            "retrieval_test",
            {"meta_data_filter": {"method": "auto"}},
            101,
            "Field: <meta_data_filter>",
        ),
        ("retrieval_test", {"doc_ids": [NOBODY]}, 102, "The datasets don't own the document"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    console: FlaskClient,
    place: str,
    document: str,
    page: str,
    body: dict[str, object],
    code: int,
    message: str,
) -> None:
    [chunk] = write(console, document, TEXTS[0])
    complete = {
        "doc_id": document,
        "chunk_id": chunk,
        "chunk_ids": [chunk],
        "content_with_weight": "x",
        "available_int": 1,
        "kb_id": place.split("/")[4],
        "question": "lamp",
    }
    found_code, said = told(ask(console, page, **complete | body))
    assert (found_code, message in said) == (code, True), said
    assert texts(console, document) == [TEXTS[0]]


@pytest.mark.databases("sqlite")
def test_what_is_missing_is_named_together(console: FlaskClient) -> None:
    for page, missing in (
        ("create", "doc_id, content_with_weight"),
        ("set", "doc_id, content_with_weight, chunk_id"),
        ("switch", "doc_id, chunk_ids, available_int"),
        ("rm", "doc_id, chunk_ids"),
        ("list", "doc_id"),
        ("retrieval_test", "kb_id, question"),
    ):
        refusal = (101, f"required argument are missing: {missing}; ")
        assert told(ask(console, page)) == refusal
    assert told(console.get("/v1/chunk/get"))[1] == "required argument are missing: chunk_id; "


@pytest.mark.databases("sqlite")
def test_the_chunks_of_others_are_not_there(
    app: Flask, console: FlaskClient, services: Services, member: Member, stranger: FlaskClient
) -> None:
    place = make_document(stranger)
    dataset, document = place.split("/")[4::2]
    [chunk] = write(stranger, document, "The lamp is theirs.")
    body = {"doc_id": document, "chunk_id": chunk, "chunk_ids": [chunk], "available_int": 0}
    for page in ("list", "create", "switch", "rm"):
        answer = ask(console, page, **body, content_with_weight="x")
        assert told(answer) == (102, "Document not found!")
    changed = ask(console, "set", **body, content_with_weight="x")
    assert told(changed) == (102, "Tenant not found!")
    asked = {"chunk_id": chunk, "doc_id": document}
    assert told(console.get("/v1/chunk/get", query_string=asked)) == (102, "Chunk not found!")
    graph = console.get("/v1/chunk/knowledge_graph", query_string=asked)
    assert told(graph) == (102, "Document not found!")
    only = (103, "Only owner of knowledgebase authorized for this operation.")
    assert told(ask(console, "retrieval_test", kb_id=dataset, question="lamp")) == only
    assert texts(stranger, document) == ["The lamp is theirs."]
    colleague = join(services, "colleague@example.org")
    services.accounts.members.add(member.account.principal, "colleague@example.org")
    shared = make_dataset(console, permission="team")["id"]
    ours = upload(console, shared, ("ours.txt", b"x"))[0]["id"]
    helper = client_with(app, colleague.api_key)
    [written] = write(helper, ours, "The lamp is ours.")
    assert shown(console, written)["content_with_weight"] == "The lamp is ours."

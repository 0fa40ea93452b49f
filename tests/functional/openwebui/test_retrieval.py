"""Questions to collections, and what can be found there from now on."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.ingesting import Site
from tests.functional.library import data_of
from tests.functional.openwebui.library import KNOWLEDGE, LAMP, base, detail, ok, send
from tests.web_site import Site as WebSite
from tests.web_site import running_site

pytestmark = pytest.mark.databases("sqlite")

RETRIEVAL = "/api/v1/retrieval"
QUESTION = "When is the lamp lit?"
OIL = b"The oil of the lamp comes from the mill of Tarn."


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[WebSite]:
    """Run a site of the web."""
    with running_site() as running:
        yield running


def test_a_file_and_a_knowledge_base_are_collections(
    web: FlaskClient, other: FlaskClient, site: Site
) -> None:
    home, lamp = base(web), send(web, "lamp.txt")
    oil = send(web, "oil.txt", OIL, knowledge_id=home["id"])
    site.work()
    one = {"collection_name": f"file-{lamp['id']}", "query": QUESTION}
    found = ok(web.post(f"{RETRIEVAL}/query/doc", json=one))
    assert (found["documents"], len(found["ids"][0])) == ([[LAMP.decode()]], 1)
    assert found["metadatas"][0][0]["file_id"] == lamp["id"]
    names = [f"file-{lamp['id']}", home["id"], str(UUID(int=7)), "0" * 64]
    several = {"collection_names": names, "query": QUESTION, "hybrid_bm25_weight": 0.5}
    found = ok(web.post(f"{RETRIEVAL}/query/collection", json=several))
    assert found["documents"] == [[LAMP.decode(), OIL.decode()]]
    assert found["metadatas"][0][1]["knowledge_id"] == home["id"]
    assert 1 >= found["distances"][0][0] > found["distances"][0][1] >= 0
    few = {**several, "k": 1, "hybrid": False}
    assert len(ok(web.post(f"{RETRIEVAL}/query/collection", json=few))["documents"][0]) == 1
    near = {**several, "r": 1.0}
    assert ok(web.post(f"{RETRIEVAL}/query/collection", json=near))["documents"] == [[]]
    plain = ok(web.get(f"{RETRIEVAL}/query?q=oil&knowledge_id={home['id']}&k=5"))
    assert [one["file_id"] for one in plain["metadatas"][0]] == [oil["id"]]
    nothing = {"documents": [[]], "metadatas": [[]], "distances": [[]]}
    assert ok(other.post(f"{RETRIEVAL}/query/collection", json=several)) == nothing
    assert "query" in detail(web.get(f"{RETRIEVAL}/query?collection=x"), 400)
    assert "collection" in detail(web.get(f"{RETRIEVAL}/query?q=x"), 400)


def test_a_text_is_kept_as_a_file(web: FlaskClient, site: Site) -> None:
    body = {"name": "note", "content": LAMP.decode()}
    made = ok(web.post(f"{RETRIEVAL}/process/text", json=body))
    assert (made["status"], made["filename"], made["content"]) == (True, "note.txt", LAMP.decode())
    site.work()
    asked = {"collection_name": made["collection_name"], "query": QUESTION}
    assert ok(web.post(f"{RETRIEVAL}/query/doc", json=asked))["documents"] == [[LAMP.decode()]]
    home = base(web)
    file_id = made["collection_name"].removeprefix("file-")
    put = {"file_id": file_id, "collection_name": home["id"]}
    ok(web.post(f"{RETRIEVAL}/process/file", json=put))
    site.work()
    again = ok(web.post(f"{RETRIEVAL}/process/file", json=put))
    assert (again["collection_name"], again["content"]) == (home["id"], LAMP.decode())
    assert ok(web.get(f"{KNOWLEDGE}/{home['id']}"))["file_count"] == 1
    detail(web.post(f"{RETRIEVAL}/process/file", json={**put, "content": "x"}), 501)
    nowhere = {**body, "collection_name": str(UUID(int=7))}
    detail(web.post(f"{RETRIEVAL}/process/text", json=nowhere), 404)
    assert ok(web.get("/api/v1/files/"))["total"] == 1


def test_a_page_of_the_web_is_fetched_where_that_is_allowed(
    web: FlaskClient, client: FlaskClient, services: Services, site: Site, elsewhere: WebSite
) -> None:
    html = b"<html><body><p>High water comes at noon.</p></body></html>"
    url = elsewhere.has("/tides/today", html, Content_Type="text/html")
    assert "own network" in detail(web.post(f"{RETRIEVAL}/process/web", json={"url": url}), 400)
    settings = services.live.current
    fetching = settings.fetching.model_copy(update={"internal": True})
    services.live.take(settings.model_copy(update={"fetching": fetching}))
    made = ok(web.post(f"{RETRIEVAL}/process/web?process=true", json={"url": url}))
    assert (made["name"], made["url"], made["file"]["meta"]["content_type"]) == (
        *(url, url),
        "text/html",
    )
    site.work()
    home = ok(web.post(f"{KNOWLEDGE}/create", json={"name": "Tides", "description": ""}))
    put = {"file_id": made["file"]["id"]}
    assert ok(web.post(f"{KNOWLEDGE}/{home['id']}/file/add", json=put))["file_count"] == 1
    asked = {"collection_name": made["collection_name"], "query": "When is high water?"}
    found = ok(web.post(f"{RETRIEVAL}/query/doc", json=asked))
    assert "High water" in found["documents"][0][0]
    assert found["metadatas"][0][0]["source"] == url
    listed = data_of(client.get("/api/v1/datasets"))
    datasets = {one["name"]: one["document_count"] for one in listed}
    assert datasets == {"Files of chats": 1, "Tides": 1}


def test_what_is_not_built_of_retrieval_is_refused_by_its_name(web: FlaskClient) -> None:
    assert "retrieval" in detail(web.post(f"{RETRIEVAL}/process/youtube", json={}), 501)

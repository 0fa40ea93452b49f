"""Pages of the web that become documents, and those that are not fetched."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.library import API, data_of, make_dataset, refused
from tests.web_site import Site, running_site

pytestmark = pytest.mark.databases("sqlite")

HTML = "<html><head><title>Tides</title></head><body><p>High water.</p></body></html>"


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    """Return a site that has nothing and was asked nothing."""
    running.answers.clear()
    running.asked.clear()
    return running


@pytest.fixture
def dataset(client: FlaskClient) -> str:
    return str(make_dataset(client)["id"])


@pytest.fixture
def within(services: Services) -> None:
    """Let pages of this machine be fetched."""
    fetching(services, internal=True)


def fetching(services: Services, **values: object) -> None:
    settings = services.live.current
    changed = settings.fetching.model_copy(update=values)
    services.live.take(settings.model_copy(update={"fetching": changed}))


def add(client: FlaskClient, dataset: str, url: str, name: str = "tides") -> TestResponse:
    path = f"{API}/datasets/{dataset}/documents?type=web"
    return client.post(path, data={"name": name, "url": url})


def added(client: FlaskClient, dataset: str, url: str, name: str = "tides") -> dict[str, Any]:
    [document] = data_of(add(client, dataset, url, name))
    return dict(document)


def content(client: FlaskClient, dataset: str, document: dict[str, Any]) -> bytes:
    return client.get(f"{API}/datasets/{dataset}/documents/{document['id']}").get_data()


def names(client: FlaskClient, dataset: str) -> list[str]:
    found = data_of(client.get(f"{API}/datasets/{dataset}/documents"))
    return [one["name"] for one in found["docs"]]


@pytest.mark.usefixtures("within")
def test_a_page_is_kept_as_its_server_sends_it(
    client: FlaskClient, dataset: str, site: Site
) -> None:
    url = site.has("/tides?day=1", HTML.encode(), Content_Type="text/html; charset=UTF-8")
    document = added(client, dataset, url)
    assert (document["name"], document["run"]) == ("tides.html", "UNSTART")
    assert document["meta_fields"] == {"url": url}
    assert content(client, dataset, document) == HTML.encode()
    assert site.asked == [("/tides?day=1", url.split("/")[2])]
    assert added(client, dataset, url)["name"] == "tides(1).html"


@pytest.mark.usefixtures("within")
@pytest.mark.parametrize(
    ("path", "kind", "name", "kept"),
    [
        ("/a", "application/pdf", "a.pdf", "a.pdf"),
        ("/a", "text/html", "a.htm", "a.htm"),
        ("/a", "text/html", "a.pdf", "a.pdf.html"),
        ("/notes.md?x=.zip", "application/octet-stream", "notes", "notes.md"),
    ],
)
def test_a_document_is_called_by_what_it_is(
    client: FlaskClient, dataset: str, site: Site, path: str, kind: str, name: str, kept: str
) -> None:
    url = site.has(path, b"%PDF-1.4", Content_Type=kind)
    assert added(client, dataset, url, name)["name"] == kept


@pytest.mark.usefixtures("within")
def test_text_of_another_encoding_can_be_read_without_its_headers(
    client: FlaskClient, dataset: str, site: Site
) -> None:
    text = "<p>Прилив и отлив</p>"
    url = site.has("/ru", text.encode("cp1251"), Content_Type='text/html; charset="windows-1251"')
    document = added(client, dataset, url)
    assert content(client, dataset, document) == text.encode("utf-8-sig")
    broken = site.has("/odd", b"\xff\xfe\xfd", Content_Type="text/html; charset=no-such")
    assert content(client, dataset, added(client, dataset, broken)) == b"\xff\xfe\xfd"


@pytest.mark.usefixtures("within")
def test_a_page_that_has_moved_is_followed(client: FlaskClient, dataset: str, site: Site) -> None:
    there = site.has("/there", HTML.encode(), Content_Type="text/html")
    first = site.has("/first", status=302, Location="/second")
    site.has("/second", status=308, Location=there)
    assert added(client, dataset, first)["meta_fields"] == {"url": there}
    ring = site.has("/ring", status=302, Location="/ring")
    assert "5 times" in refused(add(client, dataset, ring), 400, 102)
    assert [path for path, _ in site.asked].count("/ring") == 6


@pytest.mark.usefixtures("within")
def test_what_cannot_be_had_is_told_and_nothing_is_kept(
    client: FlaskClient, dataset: str, site: Site, services: Services
) -> None:
    gone = refused(add(client, dataset, f"{site.url}/gone"), 400, 102)
    assert gone == "127.0.0.1 answered 404."
    packed = site.has("/packed", b"PK", Content_Type="application/x-something")
    assert "application/x-something" in refused(add(client, dataset, packed), 415, 500)
    fetching(services, most_bytes=10)
    long = site.has("/long", b"x" * 11, Content_Type="text/plain")
    assert "fetching.most_bytes" in refused(add(client, dataset, long), 400, 102)
    assert added(client, dataset, site.has("/short", b"x" * 10, Content_Type="text/plain"))
    assert names(client, dataset) == ["tides.txt"]


def test_nothing_is_fetched_from_the_network_of_the_server(
    client: FlaskClient, dataset: str, site: Site
) -> None:
    site.has("/", b"a secret", Content_Type="text/plain")
    port = site.url.rpartition(":")[2]
    for host in (
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",  # noqa: S104 - an address as any other
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
    ):
        answer = add(client, dataset, f"http://{host}:{port}/")
        assert "the server's own network" in refused(answer, 400, 102), host
    assert site.asked == []
    assert names(client, dataset) == []


@pytest.mark.usefixtures("within")
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "url"),
        ("file:///etc/passwd", "http://"),
        ("gopher://127.0.0.1/", "http://"),
        ("http://", "http://"),
        ("127.0.0.1", "http://"),
        ("http://user:secret@127.0.0.1/", "http://"),
        ("http://[::1/", "url"),
        ("http://a\0b/", "url"),
        (f"http://127.0.0.1/{'a' * 2048}", "url"),
    ],
)
def test_what_is_no_page_is_refused_by_its_field(
    client: FlaskClient, dataset: str, url: str, said: str
) -> None:
    assert said in refused(add(client, dataset, url), 400, 101)
    assert "name" in refused(add(client, dataset, "http://127.0.0.1/", name=" "), 400, 101).lower()


@pytest.mark.usefixtures("within")
def test_nothing_is_fetched_for_those_who_may_not_add(
    stranger: FlaskClient, dataset: str, site: Site
) -> None:
    url = site.has("/", HTML.encode(), Content_Type="text/html")
    refused(add(stranger, dataset, url), 404, 102)
    assert site.asked == []


@pytest.mark.usefixtures("within")
def test_the_console_adds_pages_too(
    console: FlaskClient, client: FlaskClient, dataset: str, site: Site, app: Flask
) -> None:
    url = site.has("/", HTML.encode(), Content_Type="text/html")
    form = {"kb_id": dataset, "name": "tides", "url": url}
    assert data_of(console.post("/v1/document/web_crawl", data=form)) is True
    assert names(client, dataset) == ["tides.html"]
    assert app.test_client().post("/v1/document/web_crawl", data=form).get_json()["code"] == 401

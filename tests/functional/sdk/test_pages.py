"""Pages of documents as pictures, and the chunks that stand on one."""

from pathlib import Path
from struct import unpack_from
from threading import Thread

import numpy as np
import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.jobs.background import trim_pictures
from api.services.ingestion.picture_cache import PictureCache
from rag.parsing.helpers.programs import LIBREOFFICE, found
from rag.parsing.pdf.pictures import grey_png
from tests import fast
from tests.functional.ingesting import Site
from tests.functional.library import API, data_of, make_dataset, refused, upload
from tests.pdfs import pdf

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.long]

BOOK = pdf(*(f"This is page {number}." for number in range(1, 6)))
PICTURE = grey_png(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.fixture
def book(client: FlaskClient) -> str:
    return document(client, "book.pdf", BOOK)


def document(client: FlaskClient, name: str, content: bytes, dataset: str = "handbook") -> str:
    dataset_id = make_dataset(client, dataset)["id"]
    [made] = upload(client, dataset_id, (name, content))
    return f"{API}/datasets/{dataset_id}/documents/{made['id']}"


def kept(services: Services) -> set[str]:
    """Return the names of the pictures that are kept."""
    folder = services.ingestion.pictures.cache.folder
    return {path.name for path in folder.rglob("*.png")}


def test_a_document_tells_the_sizes_of_its_pages(client: FlaskClient, book: str) -> None:
    told = data_of(client.get(f"{book}/pages"))
    assert told.pop("version")
    sizes = [{"first": 1, "last": 5, "width": 600, "height": 800}]
    assert told == {"total": 5, "unit": "pt", "placed": True, "sizes": sizes}


def test_a_page_is_drawn_once_together_with_the_next_two(
    client: FlaskClient, services: Services, book: str
) -> None:
    answer = client.get(f"{book}/pages/2", query_string={"width": 300})
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert unpack_from(">II", answer.data, 16) == (300, 400)
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert kept(services) == {"2-w300.png", "3-w300.png", "4-w300.png"}
    services.storage.delete_tree(book.split("/")[4])  # nothing is read of it any more
    again = client.get(f"{book}/pages/2", query_string={"width": 300})
    assert again.data == answer.data
    assert client.get(f"{book}/pages/3", query_string={"width": 300}).status_code == 200
    tag = {"If-None-Match": answer.headers["ETag"]}
    unchanged = client.get(f"{book}/pages/2", query_string={"width": 300}, headers=tag)
    assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_the_same_file_elsewhere_is_not_drawn_again(
    client: FlaskClient, services: Services, book: str
) -> None:
    assert client.get(f"{book}/pages/1").status_code == 200
    other = document(client, "copy.pdf", BOOK, dataset="other")
    services.storage.delete_tree(other.split("/")[4])
    assert client.get(f"{other}/pages/1").status_code == 200


def test_two_who_ask_at_the_same_time_have_it_drawn_once(tmp_path: Path) -> None:
    cache, made = PictureCache(tmp_path, lambda: 1 << 20), []

    def ask() -> None:
        with cache.alone("ab-pdf-1"):
            if cache.find("ab-pdf-1", "1.png") is None:
                made.append(1)
                cache.keep("ab-pdf-1", "1.png", b"picture")

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_sizes_out_of_bounds_and_pages_that_there_are_not(client: FlaskClient, book: str) -> None:
    for query, named in (
        ({"width": 49}, "width"),
        ({"width": 2401}, "width"),
        ({"scale": 5}, "scale"),
        ({"width": 100, "scale": 1}, "width"),
    ):
        assert named in refused(client.get(f"{book}/pages/1", query_string=query), 400, 101)
    message = refused(client.get(f"{book}/pages/6"), 404, 102)
    assert message == "book.pdf has 5 pages: there is no page 6."
    assert "page" in refused(client.get(f"{book}/pages/one"), 400, 101)
    assert "page" in refused(client.get(f"{book}/pages/0"), 400, 101)


@pytest.mark.parametrize(
    ("name", "content", "status", "code", "said"),
    [
        ("notes.txt", b"words", 404, 102, "no pages that can be shown"),
        ("empty.pdf", b"", 404, 102, "empty.pdf is empty"),
        ("broken.pdf", b"%PDF-1.7 broken", 422, 101, "broken.pdf is damaged"),
        ("locked.pdf", pdf("secret", user="x"), 422, 101, "password"),
        ("photo.png", b"\x89PNG", 422, 101, "photo.png is no picture"),
    ],
)
def test_files_without_pages_say_why(
    client: FlaskClient, name: str, content: bytes, status: int, code: int, said: str
) -> None:
    path = document(client, name, content)
    assert said in refused(client.get(f"{path}/pages"), status, code)
    assert said in refused(client.get(f"{path}/pages/1"), status, code)


def test_a_picture_is_its_own_page(client: FlaskClient) -> None:
    path = document(client, "photo.png", PICTURE)
    told = data_of(client.get(f"{path}/pages"))
    assert (told["total"], told["unit"]) == (1, "px")
    assert told["sizes"] == [{"first": 1, "last": 1, "width": 3, "height": 2}]
    answer = client.get(f"{path}/pages/1")
    assert (answer.data, answer.mimetype) == (PICTURE, "image/png")
    refused(client.get(f"{path}/pages/2"), 404, 102)


def test_an_office_file_has_pages_where_libreoffice_is(
    client: FlaskClient, services: Services
) -> None:
    fast.leave_out(LIBREOFFICE.title)
    path = document(client, "notes.rtf", rb"{\rtf1 One.\page Two.}")
    view = data_of(client.get(f"{path}/view"))
    assert view["pages"] is None
    if not found(LIBREOFFICE):
        assert LIBREOFFICE.install in view["pages_problem"]
        assert LIBREOFFICE.install in refused(client.get(f"{path}/pages"), 404, 102)
        return
    assert view["pages_problem"] == ""  # nobody has asked for them yet
    told = data_of(client.get(f"{path}/pages"))
    assert (told["total"], told["unit"], told["placed"]) == (2, "pt", False)
    assert client.get(f"{path}/pages/2", query_string={"width": 50}).mimetype == "image/png"
    assert kept(services) == {"2-w50.png"}
    assert data_of(client.get(f"{path}/view"))["pages"] == told
    [one] = data_of(client.post(f"{path}/chunks", json={"content": "two!"})).values()
    assert data_of(client.get(f"{path}/view"))["chunks"][0]["positions"][0][0] == 2
    placed = data_of(client.get(f"{path}/pages", query_string={"chunk_id": one["id"]}))
    [[page, left, right, top, bottom]] = placed.pop("positions")
    assert (placed, page) == (told, 2)
    assert 0 < left < right < told["sizes"][0]["width"]
    assert 0 < top < bottom < told["sizes"][0]["height"]
    [other] = data_of(client.post(f"{path}/chunks", json={"content": "Three."})).values()
    query = {"chunk_id": other["id"]}
    assert data_of(client.get(f"{path}/pages", query_string=query))["positions"] == []
    refused(client.get(f"{path}/pages", query_string={"chunk_id": "0" * 32}), 404, 102)
    broken = document(client, "broken.docx", b"PK\3\4 no more", dataset="others")
    for _ in range(2):
        assert "broken.docx is damaged" in refused(client.get(f"{broken}/pages"), 422, 101)
    assert data_of(client.get(f"{broken}/view"))["pages_problem"] == ""


def test_what_was_not_asked_for_the_longest_is_removed(
    client: FlaskClient, services: Services, book: str
) -> None:
    assert client.get(f"{book}/pages/1", query_string={"width": 300}).status_code == 200
    cache = services.ingestion.pictures.cache
    sizes = sorted(file.size for file in cache.files())
    assert trim_pictures(services, 1) == 0
    cache.most = lambda: sum(sizes) - 1
    assert cache.find(next(cache.folder.glob("*-pdf-*")).name, "1-w300.png")
    assert trim_pictures(services, 1) >= 1
    assert "1-w300.png" in kept(services)
    cache.most = lambda: 0
    trim_pictures(services, 1)
    assert kept(services) == set()
    assert client.get(f"{book}/pages/1", query_string={"width": 300}).status_code == 200
    assert kept(services) == set()


def test_strangers_see_no_pages(client: FlaskClient, stranger: FlaskClient, book: str) -> None:
    assert client.get(f"{book}/pages/1").status_code == 200
    refused(stranger.get(f"{book}/pages"), 404, 102)
    refused(stranger.get(f"{book}/pages/1"), 404, 102)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_the_chunks_of_a_page_are_listed(site: Site) -> None:
    path = site.document("book.pdf", BOOK)
    site.change(path, chunk_method="presentation")
    site.parse(path)
    site.work()
    listed = data_of(site.client.get(f"{path}/chunks", query_string={"on_page": 3}))
    assert listed["total"] == 1
    [chunk] = listed["chunks"]
    assert "page 3" in chunk["content"]
    assert [box[0] for box in chunk["positions"]] == [3]
    words = {"on_page": 3, "keywords": "page"}
    assert data_of(site.client.get(f"{path}/chunks", query_string=words))["total"] == 1
    assert data_of(site.client.get(f"{path}/chunks", query_string={"on_page": 50}))["total"] == 0
    named = refused(site.client.get(f"{path}/chunks", query_string={"on_page": 0}), 400, 101)
    assert "on_page" in named


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_known_contents_are_named(client: FlaskClient, stranger: FlaskClient) -> None:
    dataset_id = make_dataset(client)["id"]
    made = upload(client, dataset_id, ("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"one"))
    hashes = [made[1]["content_hash"], "0" * 64, made[0]["content_hash"]]
    address = f"{API}/datasets/{dataset_id}/documents/known"
    found = data_of(client.post(address, json={"content_hashes": hashes}))["documents"]
    assert {(one["name"], one["content_hash"]) for one in found} == {
        ("a.txt", hashes[2]),
        ("b.txt", hashes[0]),
        ("c.txt", hashes[2]),
    }
    assert {one["run"] for one in found} == {"UNSTART"}
    assert data_of(client.post(address, json={"content_hashes": []})) == {"documents": []}
    wrong = client.post(address, json={"content_hashes": ["abc"]})
    assert "content_hashes" in refused(wrong, 400, 101)
    refused(stranger.post(address, json={"content_hashes": hashes}), 404, 102)

"""Long answers are compressed for those who take it, and nothing else is."""

import gzip
from collections.abc import Callable

import brotli
import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.http import packing
from api.http.packing import chosen
from tests.functional.corpus import Corpus
from tests.functional.test_fronting import with_settings

pytestmark = pytest.mark.databases("sqlite")

PATH = "/api/v1/datasets"
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompress(packed),
}


@pytest.fixture
def long(client: FlaskClient) -> FlaskClient:
    """Return a client whose list of datasets is longer than the least that is compressed."""
    for number in range(30):
        client.post(PATH, json={"name": f"dataset {number}", "description": "x" * 400})
    return client


@pytest.mark.parametrize("coding", UNPACK)
def test_a_long_answer_comes_as_the_client_takes_it(long: FlaskClient, coding: str) -> None:
    plain = long.get(PATH)
    packed = long.get(PATH, headers={"Accept-Encoding": coding})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == coding
    assert UNPACK[coding](packed.data) == plain.data
    assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data) / 3
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_who_has_the_answer_is_told_so_whatever_the_coding(long: FlaskClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    first = long.get(PATH, headers=headers)
    assert first.headers["ETag"].startswith("W/")
    again = long.get(PATH, headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Encoding" not in again.headers


def test_a_very_long_answer_is_compressed_on_a_thread(
    long: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "BESIDE_THE_HUB", 1024)
    packed = long.get(PATH, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == long.get(PATH).data


def test_short_answers_errors_and_files_go_out_as_they_are(
    app: Flask, client: FlaskClient, corpus: Corpus, settings: Settings
) -> None:
    with_settings(app, settings, "compression", least_bytes=256)
    everything = {"Accept-Encoding": "zstd, br, gzip"}
    file = f"{PATH}/{corpus.dataset_id}/documents/{corpus.document_id}"
    for path in ("/api/v1/system/version", "/api/v1/nothing", file):
        answer = client.get(path, headers=everything)
        assert "Content-Encoding" not in answer.headers, path


def test_a_stream_goes_out_as_it_is(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with_settings(app, settings, "compression", least_bytes=1)
    everything = {"Accept-Encoding": "zstd, br, gzip"}
    made = client.post("/api/v1/chats", json={"name": "guide"}, headers=everything)
    assert made.headers["Content-Encoding"] == "zstd"
    chat = client.get("/api/v1/chats").get_json()["data"][0]["id"]
    asked = {"question": "Who keeps the light?", "stream": True}
    said = {"model": "guide", "messages": [{"role": "user", "content": asked["question"]}]}
    for path, body, kind, begins in (
        (f"/api/v1/chats/{chat}/completions", asked, "text/event-stream", b"data:"),
        ("/v1/chat/completions", {**said, "stream": True}, "text/event-stream", b"data:"),
        ("/v1/messages", {**said, "stream": True, "max_tokens": 9}, "text/event-stream", b"event:"),
        ("/api/chat", said, "application/x-ndjson", b"{"),
    ):
        answer = client.post(path, json=body, headers=everything)
        assert answer.headers["Content-Type"].startswith(kind), answer.text
        assert "Content-Encoding" not in answer.headers
        assert answer.data.startswith(begins)


def test_a_request_of_another_site_tells_nothing_by_its_length(
    long: FlaskClient,
) -> None:
    long.set_cookie("anything", "at all")
    packed = {"Accept-Encoding": "gzip"}
    for site, is_packed in (("same-origin", True), ("cross-site", False), ("none", False)):
        headers = {**packed, "Sec-Fetch-Site": site}
        assert ("Content-Encoding" in long.get(PATH, headers=headers).headers) is is_packed, site
    assert "Content-Encoding" not in long.get(PATH, headers=packed).headers


def test_codings_are_a_setting(app: Flask, long: FlaskClient, settings: Settings) -> None:
    with_settings(app, settings, "compression", codings="gzip")
    answer = long.get(PATH, headers={"Accept-Encoding": "zstd, br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    with_settings(app, settings, "compression", codings="")
    answer = long.get(PATH, headers={"Accept-Encoding": "zstd, br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *;q=0.5", "br"),
        ("identity", ""),
        ("identity;q=1, gzip;q=0.5", ""),
        ("gzip;q=0", ""),
        ("", ""),
        ("x-gzip-not", ""),
        ("gzip;q=nonsense", ""),
    ],
)
def test_the_client_says_which_coding(header: str, coding: str) -> None:
    assert chosen(header, ("zstd", "br", "gzip")) == coding

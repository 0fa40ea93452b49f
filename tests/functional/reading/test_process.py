"""Files whose text is asked for: what Open WebUI's external document engine is sent."""

import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.container import Services
from tests.pdfs import pdf
from tests.support.hostile.kinds import KINDS

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.long]

PATH = "/process"
TEXT = "The lamp is lit at dusk.\n\nIt is put out at dawn.\n"


def put(
    client: FlaskClient, content: bytes, name: str | None = "notes.txt", **headers: str
) -> TestResponse:
    told = {} if name is None else {"X-Filename": quote(name)}
    told |= {key.replace("_", "-"): value for key, value in headers.items()}
    return client.put(PATH, data=content, headers=told)


def refused(answer: TestResponse) -> tuple[int, int, str]:
    assert set(answer.json) == {"code", "detail"}
    return answer.status_code, answer.json["code"], answer.json["detail"]


def test_a_text_comes_back(client: FlaskClient, settings: Settings) -> None:
    answer = put(client, TEXT.encode(), "Größe 表.txt", Content_Type="text/plain")
    assert answer.status_code == 200, answer.text
    assert answer.json["page_content"] == "The lamp is lit at dusk.\nIt is put out at dawn."
    assert answer.json["metadata"] == {"name": "Größe 表.txt"}
    assert list((settings.data_path / "tmp").iterdir()) == []


def test_pages_are_read_in_their_order(client: FlaskClient) -> None:
    answer = put(client, pdf("first", "second", "third"), "a.PDF")
    assert answer.json["page_content"] == "first\n\nsecond\n\nthird"


def test_remarks_on_pages_are_told(client: FlaskClient) -> None:
    answer = put(client, pdf("first", ""), "a.pdf")
    assert answer.json["page_content"] == "first"
    [note] = answer.json["metadata"]["notes"]
    assert "2" in note


@pytest.mark.parametrize(
    ("name", "kind", "called"),
    [
        (None, "text/plain; charset=utf-8", "document.txt"),
        (None, "Application/PDF", "document.pdf"),
        ("no suffix", "text/markdown", "no suffix.md"),
        ("a.unknown", "text/html", "a.unknown.html"),
        ("a.md", "application/octet-stream", "a.md"),
        ("up/and\\down/b.txt", "", "up/and\\down/b.txt"),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_name_or_its_type(
    client: FlaskClient, name: str | None, kind: str, called: str
) -> None:
    content = pdf("light") if called.endswith("pdf") else b"light"
    answer = put(client, content, name, Content_Type=kind)
    assert answer.status_code == 200, answer.text
    assert answer.json["page_content"] == "light"
    assert answer.json["metadata"]["name"] == called


@pytest.mark.parametrize(
    ("name", "content", "status", "code", "said"),
    [
        ("a.hlp", b"x", 415, 500, "a.hlp is a file of a kind"),
        ("none", b"x", 415, 500, "none is a file of a kind"),
        ("a.txt", b"", 422, 101, "a.txt is empty"),
        ("a.txt", b" \n ", 422, 101, "a.txt gave no text"),
        ("a.pdf", b"no pdf at all", 422, 101, "a.pdf"),
        ("a.pdf", pdf("x", user="secret"), 422, 101, "password"),
        ("a.pdf", pdf(""), 422, 101, "a.pdf gave no text"),
        ("a.docx", b"PK\x03\x04 and nothing", 422, 101, "a.docx"),
        ("..", b"x", 400, 101, "File name must not be empty."),
        ("a\n.txt", b"x", 400, 101, "control characters"),
        ("x" * 300 + ".txt", b"x", 400, 101, "255 bytes or less"),
    ],
)
def test_what_cannot_be_read_is_named(
    client: FlaskClient, name: str, content: bytes, status: int, code: int, said: str
) -> None:
    found = refused(put(client, content, name))
    assert found[:2] == (status, code)
    assert said in found[2]


def test_a_name_in_another_encoding_is_refused(client: FlaskClient) -> None:
    answer = client.put(PATH, data=b"x", headers={"X-Filename": "%FF.txt"})
    assert refused(answer) == (400, 101, "X-Filename: it must be percent-encoded UTF-8.")


def limited(services: Services, **limits: object) -> None:
    settings = services.live.current
    worker = settings.worker.model_copy(update=limits)
    services.live.take(settings.model_copy(update={"worker": worker}))


def test_the_limits_of_documents_hold(client: FlaskClient, services: Services) -> None:
    kind = KINDS["xlsx_repeated_string"]
    limited(services, parse_characters=1000, parse_expansion=0)
    status, code, sentence = refused(put(client, kind.make(0.01), "a.xlsx"))
    assert (status, code) == (422, 101)
    assert "says the same again and again" in sentence
    limited(services, parse_timeout=0.001)
    status, _, sentence = refused(put(client, TEXT.encode()))
    assert status == 422
    # Whichever is noticed first: the time of the file, or that of its process.
    assert re.search(r"worker\.(document|parse)_timeout", sentence)


def test_a_body_over_the_limit_is_refused(client: FlaskClient, services: Services) -> None:
    settings = services.live.current
    server = settings.server.model_copy(update={"max_body_bytes": 10})
    services.live.take(settings.model_copy(update={"server": server}))
    assert refused(put(client, TEXT.encode()))[0] == 413


def test_a_key_is_needed(anonymous: FlaskClient) -> None:
    status, code, sentence = refused(put(anonymous, b"x"))
    assert (status, code) == (401, 109)
    assert "You did not send an API key" in sentence
    assert refused(put(anonymous, b"x", Authorization="Bearer ragflow-no"))[2] == (
        "The API key is not valid."
    )
    answer = anonymous.post(PATH)
    assert refused(answer) == (405, 405, "Files are read by PUT.")
    assert "PUT" in answer.headers["Allow"]

"""One envelope with true statuses, whatever goes wrong, and a request id in every answer."""

import logging
import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.corpus import Corpus
from tests.functional.library import code_of
from tests.functional.test_discovery import OPEN
from tests.support.limits import JSON_BYTES, OPEN_BYTES

pytestmark = pytest.mark.databases("sqlite")  # what is around requests knows no database


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/v1/nothing", "/api/v1/%00"])
def test_an_unknown_address_is_told(anonymous: FlaskClient, path: str) -> None:
    answer = anonymous.get(path)
    assert answer.status_code == 404
    assert answer.json["code"] == 404
    assert answer.json["message"].startswith("Not Found")


@pytest.mark.parametrize(("prefix", "status"), [("/v1", 200), ("/api/v1", 405)])
def test_a_wrong_method_is_told(anonymous: FlaskClient, prefix: str, status: int) -> None:
    answer = anonymous.post(f"{prefix}/system/version")
    assert (answer.status_code, answer.json["code"]) == (status, 405)
    assert answer.json["message"].startswith("Method Not Allowed")
    assert set(answer.allow) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("host", "status"), [("[::1]:9380", 200), ("a b", 200), ("a..b", 400), ("x" * 70, 400)]
)
def test_a_host_that_no_address_can_have_is_refused(
    anonymous: FlaskClient, host: str, status: int
) -> None:
    answer = anonymous.get("/api/v1/system/version", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/v1/system/version/", "/api/v1/system/version/"])
def test_a_slash_at_the_end_makes_no_difference(anonymous: FlaskClient, path: str) -> None:
    assert anonymous.get(path).json["code"] == 0


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1//datasets",
        "/api/v1/datasets//documents",
        "/api/v1/datasets//",
        "/api/v1/datasets%2F%2Fdocuments",
        "/api/v1/connectors//x",
        "//api/v1/datasets",
    ],
)
def test_an_address_with_an_empty_segment_is_not_there_and_leads_nowhere(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = client.open(path, method=method, json={"ids": None, "name": "x"})
    assert (answer.status_code, answer.json["code"]) == (404, 404)
    assert "Location" not in answer.headers
    assert client.get("/api/v1/datasets").json["data"] == []


@pytest.mark.parametrize("path", ["/v1//user/info", "/v1//chat/completions", "/mcp//", "/ready//"])
def test_no_door_leads_from_an_address_with_an_empty_segment(
    client: FlaskClient, path: str
) -> None:
    for method in ("GET", "POST"):
        assert client.open(path, method=method, json={}).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"{", "application/json", "Malformed JSON syntax: Missing commas/brackets"),
        (b"\xff", "application/json", "Malformed JSON syntax"),
        (b"", "application/json", "Field: <email> - Message: <Field required>"),
        (b"", "", "Field: <email> - Message: <Field required>"),
        (b"[]", "application/json", "Invalid request payload: expected object, got list"),
        (b"{}", "text/plain", "Unsupported content type: Expected application/json, got text/pl"),
        (b"{}", "", "Unsupported content type: Expected application/json, got nothing"),
        (b"{}", "application/json; charset=utf-8", "Field: <email> - Message: <Field required>"),
    ],
)
def test_a_body_that_cannot_be_read_is_told(
    anonymous: FlaskClient, content: bytes, kind: str, message: str
) -> None:
    answer = anonymous.post("/v1/user/login", data=content, content_type=kind)
    assert code_of(answer) == 101
    assert answer.json["message"].startswith(message)


def test_a_body_over_the_limit_is_told(app: Flask, anonymous: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10
    answer = anonymous.post("/v1/user/login", json={"email": "x" * 100})
    assert (answer.status_code, answer.json["code"]) == (413, 101)


@pytest.mark.parametrize("announced", [True, False])
def test_json_is_not_read_without_end(anonymous: FlaskClient, *, announced: bool) -> None:
    body = BytesIO(b'{"email":"%s"}' % (b"a" * JSON_BYTES))
    length = {"Content-Length": str(body.getbuffer().nbytes)}
    answer = anonymous.post(
        "/v1/user/login",
        input_stream=body,
        content_type="application/json",
        headers=length if announced else {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert (answer.status_code, answer.json["code"]) == (413, 101)
    assert "larger than the server accepts" in answer.json["message"]


@pytest.mark.parametrize(
    ("setting", "limit"), [("MAX_FORM_PARTS", 2), ("MAX_FORM_MEMORY_SIZE", 20)]
)
def test_a_form_with_too_much_is_told_apart_from_a_large_body(
    app: Flask, client: FlaskClient, setting: str, limit: int
) -> None:
    app.config[setting] = limit
    form = dict.fromkeys("abc", "a text of thirty characters...")
    path = f"/api/v1/datasets/{'0' * 32}/documents"
    answer = client.post(path, data=form, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["code"]) == (413, 101)
    assert f" {limit} " in answer.json["message"]
    assert "body is larger" not in answer.json["message"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/v1/system/ping", "/nothing"])
def test_every_answer_has_a_request_id(anonymous: FlaskClient, path: str) -> None:
    first, second = (anonymous.get(path).headers["X-Request-Id"] for _ in range(2))
    assert first != second
    given = anonymous.get(path, headers={"X-Request-Id": "abc-1._X"})
    assert given.headers["X-Request-Id"] == "abc-1._X"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "<script>", "é"])
def test_a_request_id_that_is_not_sane_is_replaced(anonymous: FlaskClient, given: str) -> None:
    answer = anonymous.get("/health", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given
    assert answer.headers["X-Request-Id"].isalnum()


def test_health_is_answered_without_flask(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/health")
    assert (answer.status_code, answer.data) == (200, b'{"status":true}')
    assert answer.content_type == "application/json"


def test_a_defect_is_told_without_a_word_of_its_inside(
    client: FlaskClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("the inside")

    services.accounts.keys.list_keys = fail  # type: ignore[method-assign, assignment]  # as a defect would
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/v1/system/tokens")
    assert (answer.status_code, answer.json["code"]) == (500, 100)
    assert "inside" not in answer.text.replace("inside the server", "")
    assert "the inside" in caplog.text


def test_every_request_gets_a_line_in_the_log(
    client: FlaskClient, anonymous: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "raglan.access"):
        client.get("/api/v1/system/tokens?secret=1").close()
        anonymous.get("/a%0Ab").close()
        anonymous.get("/health").close()
        anonymous.get("/v1/user/info").close()
    lines = [record for record in caplog.records if record.name == "raglan.access"]
    known, unknown, refused = lines
    assert known.getMessage().startswith("GET /api/v1/system/tokens 200 ")
    assert "secret" not in known.getMessage()
    fields = known.fields  # type: ignore[attr-defined]
    assert len(fields.pop("tenant")) == 32
    assert fields.pop("duration_ms") >= 0
    assert fields.pop("bytes") > 0
    path = "/api/v1/system/tokens"
    assert fields.pop("address") == "127.0.0.1"
    assert fields == {"method": "GET", "path": path, "status": 200, "code": 0}
    assert unknown.getMessage().startswith("GET /a%0Ab 404 ")
    assert refused.getMessage().startswith("GET /v1/user/info 200 ")
    assert refused.getMessage().endswith(" code=401 from=127.0.0.1")


def test_the_access_log_can_be_switched_off(
    app: Flask, anonymous: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.wsgi_app.access_log = False  # type: ignore[attr-defined]
    with caplog.at_level(logging.INFO, "raglan.access"):
        anonymous.get("/v1/system/ping").close()
    assert not caplog.records


NO_ENVELOPE = -1
"""Stands for the code of an error that is no envelope."""

TOO_LONG = frozenset({(413, 101), (413, NO_ENVELOPE)})
LOCKED = frozenset({(200, 401), (401, 109), (401, NO_ENVELOPE)})
"""Status and code of answers to long bodies, and to those without a key."""


@pytest.mark.databases("sqlite")
def test_pages_that_anybody_may_ask_read_short_bodies(app: Flask, anonymous: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("web_", "share_")):
            continue  # the console is tested in web/; what a share opens needs its address
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = re.sub("<[^>]*>", "0" * 32, rule.rule)
            body = b" " * (OPEN_BYTES + 1)
            answer = anonymous.open(path, method=method, data=body, content_type="application/json")
            told = (answer.status_code, answer.json.get("code", NO_ENVELOPE))
            assert (told in TOO_LONG) is (rule.rule in OPEN), (method, rule.rule, told)
            assert told in TOO_LONG | LOCKED, (method, rule.rule, told)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_the_limit_is_read_there(anonymous: FlaskClient, *, announced: bool) -> None:
    for beyond, status in ((0, 200), (1, 413)):
        content = b'{"email":"a"' + b" " * (OPEN_BYTES - 13 - (not announced) + beyond) + b"}"
        size = {"Content-Length": str(len(content))}
        answer = anonymous.post(
            "/v1/user/login",
            input_stream=BytesIO(content),
            content_type="application/json",
            headers=size if announced else {"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert (answer.status_code, answer.json["code"]) == (status, 101)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["/v1/user/login", "/v1/user/register"])
def test_a_password_is_not_repeated(anonymous: FlaskClient, path: str) -> None:
    for body in ({"password": "SECRET"}, {"password": ["SECRET"]}, {"password": "SECRET" * 1000}):
        answer = anonymous.post(path, json=body)
        assert code_of(answer) == 101
        assert "SECRET" not in answer.text


@pytest.mark.databases("sqlite")
def test_an_error_is_short_however_much_is_wrong(client: FlaskClient, corpus: Corpus) -> None:
    place = f"/api/v1/datasets/{corpus.dataset_id}/documents"
    many = ["x" * 700 + str(number) for number in range(2000)]
    missing = client.delete(place, json={"ids": many})
    assert missing.status_code == 404
    assert "and 1,980 more" in missing.json["message"]
    unknown = client.post(
        "/api/v1/datasets", json={f"key {number}" * 40: "\1" for number in range(900)}
    )
    assert unknown.status_code == 400
    for answer in (missing, unknown):
        assert len(answer.data) <= 8 << 10

"""What proxies say, the names of the server, limits of bodies by path, and headers of answers."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.http.application import follow
from tests.functional.conftest import PASSWORD, Member

pytestmark = pytest.mark.databases("sqlite")

PATH = "/api/v1/datasets"
POLICY = "Content-Security-Policy"


def with_settings(app: Flask, settings: Settings, section: str, **values: Any) -> None:
    """Apply changed settings of a section to the server."""
    changed = getattr(settings, section).model_copy(update=values)
    new = settings.model_copy(update={section: changed})
    follow(app, new)
    app.extensions["raglan"].services.live.renew(lambda: new)


@pytest.fixture
def far(client: FlaskClient) -> FlaskClient:
    """Return a client that does not come through a proxy."""
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    return client


def test_an_answer_of_the_api_runs_nothing_and_stands_in_no_frame(client: FlaskClient) -> None:
    for answer in (client.get(PATH), client.get("/api/v1/nothing"), client.get("/v1/models")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers[POLICY] == "default-src 'none'; frame-ancestors 'none'"
        assert "Strict-Transport-Security" not in answer.headers


def test_a_page_of_the_console_has_the_headers_of_pages(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/console/signin")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in answer.headers[POLICY]


def test_each_header_is_a_setting(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with_settings(
        app,
        settings,
        "headers",
        content_type_options="",
        api_policy="frame-ancestors 'self'",
        frame_ancestors="https://intranet.example.org",
        opener_policy="",
        referrer_policy="no-referrer",
        permissions_policy="usb=()",
        strict_transport_seconds=600,
        strict_transport_subdomains="on",
    )
    answer = client.get(PATH, base_url="https://localhost")
    assert "X-Content-Type-Options" not in answer.headers
    assert answer.headers[POLICY] == "frame-ancestors 'self'"
    assert answer.headers["Strict-Transport-Security"] == "max-age=600; includeSubDomains"
    assert "Strict-Transport-Security" not in client.get(PATH).headers
    page = client.get("/console/signin")
    assert "frame-ancestors https://intranet.example.org;" in page.headers[POLICY]
    assert "Cross-Origin-Opener-Policy" not in page.headers
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Permissions-Policy"] == "usb=()"


def test_links_begin_where_a_proxy_says_that_people_are(anonymous: FlaskClient) -> None:
    said = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "rag.example.org",
        "X-Forwarded-Prefix": "/tools/rag/",
    }
    answer = anonymous.get("/", headers={**said, "Accept": "text/html"})
    assert answer.headers["Location"] == "/tools/rag/console"
    page = anonymous.get("/tools/rag/console/signin", headers=said)
    assert page.status_code == 200
    assert 'action="/tools/rag/console/signin"' in page.text


def test_who_signs_in_below_a_prefix_stays_there(anonymous: FlaskClient, member: Member) -> None:
    said = {"X-Forwarded-Prefix": "/rag", "Accept": "text/html"}
    form = {
        "email": member.account.email,
        "password": PASSWORD,
        "next": "/rag/console/datasets?q=1",
    }
    answer = anonymous.post("/console/signin", data=form, headers=said)
    assert answer.headers["Location"] == "/rag/console/datasets?q=1"
    shell = anonymous.get("/rag/console/datasets", headers=said)
    assert "&#34;api&#34;:&#34;/rag/api/v1&#34;" in shell.text.replace(" ", "")


@pytest.mark.parametrize("prefix", ["rag", '/a"onload=', "/a//b", "/a/<b>"])
def test_a_prefix_that_is_no_path_counts_for_nothing(anonymous: FlaskClient, prefix: str) -> None:
    page = anonymous.get("/console/signin", headers={"X-Forwarded-Prefix": prefix})
    assert 'action="/console/signin"' in page.text


def test_who_is_no_proxy_is_not_believed(far: FlaskClient) -> None:
    said = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
    }
    answer = far.get("/", headers={**said, "Accept": "text/html"})
    assert answer.headers["Location"] == "/console"


def test_the_log_has_the_address_of_the_client(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="raglan.access"):
        client.get(PATH, headers={"X-Forwarded-For": "198.51.100.9, 127.0.0.1"}).close()
    assert caplog.messages[-1].endswith(" from=198.51.100.9")


def test_a_name_that_is_none_of_the_servers_is_refused(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    with_settings(
        app, settings, "server", hosts="rag.example.org", public_url="https://rag.example.com"
    )
    for known in ("rag.example.org", "RAG.example.org:8443", "localhost", "rag.example.com"):
        assert client.get(PATH, headers={"Host": known}).status_code == 200, known
    refused = client.get(PATH, headers={"Host": "evil.example"})
    assert refused.status_code == 403
    assert "evil.example is not known here" in refused.get_json()["message"]
    by_proxy = client.get(PATH, headers={"X-Forwarded-Host": "evil.example"})
    assert by_proxy.status_code == 403
    anywhere = client.get("/openai/nothing", headers={"Host": "evil.example"})
    assert anywhere.status_code == 403
    for probe in ("/health", "/ready", "/metrics"):
        assert client.get(probe, headers={"Host": "10.1.2.3:9380"}).status_code != 403, probe


def test_a_path_has_a_limit_of_its_own(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with_settings(
        app,
        settings,
        "server",
        max_json_bytes=4096,
        body_limits="/api/v1/chats=1024, /api/v1/datasets=8192, /v1/user/*=131072",
    )

    def made(path: str, size: int) -> int:
        body = b'{"name":"a"' + b" " * (size - 12) + b"}"
        return client.post(path, data=body, content_type="application/json").status_code

    assert made(PATH, 8192) == 200
    assert made(PATH, 8193) == 413
    assert made("/api/v1/chats", 1025) == 413
    assert made("/api/v1/retrieval", 4097) == 413
    assert made("/v1/user/login", 131072) == 200  # the status of its door for errors
    assert made("/v1/user/login", 131073) == 413

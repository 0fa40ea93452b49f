"""The console as a browser asks for it: the way in, the shell, and what a cookie may do."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.functional.signing import MEMBER
from tests.support.limits import OPEN_BYTES

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.usefixtures("member")]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)

SIGN_IN = "/console/signin"
OWN = {"X-Raglan-Console": "1"}
HERE = "http://localhost"


@pytest.fixture
def person(app: Flask) -> FlaskClient:
    """Return a browser in which nobody has signed in."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return client


@pytest.fixture
def browser(person: FlaskClient) -> FlaskClient:
    """Return a browser in which the member of the test has signed in."""
    assert sign_in(person).status_code == 303
    return person


def sign_in(client: FlaskClient, target: str = "", **headers: str) -> TestResponse:
    return client.post(SIGN_IN, data={**MEMBER, "next": target}, headers=headers)


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("raglan_session")
    assert found
    return found.value


@pytest.mark.parametrize("path", ["/", "/console", "/console/datasets", "/console/signin"])
def test_browsers_are_led_to_the_form_to_sign_in(person: FlaskClient, path: str) -> None:
    answer = person.get(path, follow_redirects=True)
    assert answer.status_code == 200
    assert f'action="{SIGN_IN}"' in answer.text
    assert "<script" not in answer.text


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_who_has_no_dataset_is_led_to_the_first_steps(browser: FlaskClient) -> None:
    assert browser.get("/console").headers["Location"] == "/console/start"
    browser.post("/api/v1/datasets", json={"name": "a"}, headers=OWN)
    assert browser.get("/console").headers["Location"] == "/console/datasets"


def test_for_programs_nothing_is_at_the_root(anonymous: FlaskClient, client: FlaskClient) -> None:
    for asker in (anonymous, client):
        answer = asker.get("/")
        assert (answer.status_code, answer.json["code"]) == (404, 404)


def test_after_signing_in_the_page_that_was_asked_for_is_shown(person: FlaskClient) -> None:
    sent = person.get("/console/datasets?q=a%26b")
    form = person.get(sent.headers["Location"])
    target = re.search(r'name="next" value="([^"]*)"', form.text)
    assert target
    answer = sign_in(person, target[1].replace("&amp;", "&"))
    assert answer.headers["Location"] == "/console/datasets?q=a%26b"
    assert 'id="app"' in person.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/console", "/v1", "/consoles"]
)
def test_signing_in_leads_nowhere_else(person: FlaskClient, target: str) -> None:
    assert sign_in(person, target).headers["Location"] == "/console"


@pytest.mark.parametrize(
    ("email", "password"), [("member@example.org", "no"), ("no@example.org", "no"), ("", "")]
)
def test_a_wrong_password_is_said_in_the_form(
    person: FlaskClient, email: str, password: str
) -> None:
    answer = person.post(SIGN_IN, data={"email": email, "password": password})
    assert answer.status_code in {400, 401, 404}
    assert 'role="alert"' in answer.text
    assert f'action="{SIGN_IN}"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_cookie_is_kept_from_scripts_and_other_sites(person: FlaskClient) -> None:
    plain = sign_in(person).headers["Set-Cookie"].split("; ")[1:]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain)
    assert "Secure" not in plain
    assert "Secure" in sign_in(person, **{"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]


def test_signing_in_again_ends_the_session_before(app: Flask, browser: FlaskClient) -> None:
    before = cookie(browser)
    sign_in(browser)
    assert cookie(browser) != before
    other = app.test_client()
    other.set_cookie("raglan_session", before)
    assert other.get("/api/v1/datasets").status_code == 401


def test_signing_out_ends_the_session(app: Flask, browser: FlaskClient) -> None:
    before = cookie(browser)
    assert browser.post("/console/signout").headers["Location"] == SIGN_IN
    assert browser.get_cookie("raglan_session") is None
    other = app.test_client()
    other.set_cookie("raglan_session", before)
    assert other.get("/api/v1/datasets").status_code == 401


@pytest.mark.parametrize("path", [SIGN_IN, "/console/signout"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": HERE},
    ],
)
def test_a_form_of_another_site_signs_nobody_in_or_out(
    browser: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    answer = browser.post(path, data=MEMBER, headers=headers)
    assert answer.status_code == 403
    assert "sent by a page of another site" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_form_of_this_site_is_taken(person: FlaskClient) -> None:
    assert sign_in(person, Origin=HERE).status_code == 303
    assert (
        sign_in(person, **{"Sec-Fetch-Site": "same-origin", "Origin": "http://proxy"}).status_code
        == 303
    )


def test_the_cookie_reads_and_changes_with_the_header(browser: FlaskClient) -> None:
    assert browser.get("/api/v1/datasets").json["data"] == []
    made = browser.post("/api/v1/datasets", json={"name": "a"}, headers=OWN)
    assert made.json["code"] == 0
    assert len(browser.get("/api/v1/datasets").json["data"]) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Raglan-Console": "0"},
        {**OWN, "Origin": "http://evil.example"},
        {**OWN, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_the_cookie_alone_changes_nothing(browser: FlaskClient, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/api/v1/datasets"), ("DELETE", "/api/v1/datasets")):
        answer = browser.open(path, method=method, json={"name": "a", "ids": None}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, 103)
        assert "X-Raglan-Console" in answer.json["message"]
    assert browser.get("/api/v1/datasets").json["data"] == []


def test_a_key_needs_no_header_and_counts_before_the_cookie(
    app: Flask, client: FlaskClient, stranger: FlaskClient
) -> None:
    client.post("/api/v1/datasets", json={"name": "of the member"})
    key = stranger.environ_base["HTTP_AUTHORIZATION"]
    browser = app.test_client()
    sign_in(browser)
    assert len(browser.get("/api/v1/datasets").json["data"]) == 1
    assert browser.get("/api/v1/datasets", headers={"Authorization": key}).json["data"] == []
    wrong = browser.get("/api/v1/datasets", headers={"Authorization": "Bearer ragflow-x"})
    assert wrong.status_code == 401
    assert (
        browser.post("/api/v1/datasets", json={"name": "a"}, headers={"Authorization": key}).json[
            "code"
        ]
        == 0
    )


def test_the_console_reads_the_classic_contract_whatever_the_settings_say(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    del app
    assert browser.get("/api/v1/chats").json["data"] == []
    monkeypatch.setattr("api.http.contracts.services", pytest.fail)
    assert browser.get("/api/v1/chats").json["data"] == []


@pytest.mark.parametrize("path", ["/v1/user/info", "/models", "/mcp"])
def test_the_cookie_opens_no_other_door(browser: FlaskClient, path: str) -> None:
    answer = browser.post(path, json={}) if path == "/mcp" else browser.get(path)
    assert 401 in {answer.status_code, (answer.json or {}).get("code")}


def test_the_shell_shows_the_user_and_loads_what_it_names(browser: FlaskClient) -> None:
    page = browser.get("/console/datasets")
    assert "member@example.org" in page.text
    links = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page.text)
    assert len(links) == 3
    for link in links:
        answer = browser.get(link, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        again = browser.get(
            link, headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")
        plain = browser.get(link)
        assert "Content-Encoding" not in plain.headers
        assert len(plain.data) > len(answer.data)


def test_what_is_not_there_is_not_found(browser: FlaskClient) -> None:
    style = re.search(
        r'href="(/console/static/[^"]+style.css)"', browser.get("/console/datasets").text
    )
    assert style
    for path in (
        "/console/nothing",
        "/console/static/0000/style.css",
        f"{style[1]}.map",
        style[1].replace("style.css", "../door.py"),
        style[1].replace("style.css", "vendor/preact.mjs"),
    ):
        answer = browser.get(path)
        assert answer.status_code == 404, path
        assert "There is no such page" in answer.text


def test_every_answer_of_the_console_is_under_its_policy(
    browser: FlaskClient, anonymous: FlaskClient
) -> None:
    style = re.search(
        r'href="(/console/static/[^"]+style.css)"', browser.get("/console/datasets").text
    )
    assert style
    for path in ("/", "/console", "/console/datasets", SIGN_IN, style[1], "/console/nothing"):
        for asker in (browser, anonymous):
            answer = asker.get(path)
            assert answer.headers["Content-Security-Policy"] == POLICY, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for answer in (sign_in(browser), browser.post("/console/signout")):
        assert answer.headers["Content-Security-Policy"] == POLICY


def test_a_name_is_no_markup_in_the_shell(browser: FlaskClient, console: FlaskClient) -> None:
    name = "\"'><script>alert(1)</script>"
    assert console.post("/v1/user/setting", json={"nickname": name}).json["code"] == 0
    page = browser.get("/console/datasets").text
    assert "<script>alert" not in page
    assert page.count("<script") == 1


@pytest.mark.parametrize(
    ("language", "cookies", "word"),
    [
        ("en", {}, "Password"),
        ("zh-CN,zh;q=0.9", {}, "密码"),
        ("zh-CN", {"raglan_language": "en"}, "Password"),
    ],
)
def test_the_form_is_in_the_language_of_the_browser(
    person: FlaskClient, language: str, cookies: dict[str, str], word: str
) -> None:
    for name, value in cookies.items():
        person.set_cookie(name, value)
    assert word in person.get(SIGN_IN, headers={"Accept-Language": language}).text


@pytest.mark.parametrize(("theme", "shown"), [("dark", True), ("light", True), ('"><b>', False)])
def test_the_chosen_colours_are_there_from_the_start(
    person: FlaskClient, theme: str, *, shown: bool
) -> None:
    person.set_cookie("raglan_theme", theme)
    assert (f'data-theme="{theme}"' in person.get(SIGN_IN).text) is shown


def test_who_has_signed_in_is_led_on(browser: FlaskClient) -> None:
    answer = browser.get(f"{SIGN_IN}?next=/console/datasets")
    assert urlsplit(answer.headers["Location"]).path == "/console/datasets"


def test_a_form_that_is_too_long_is_not_read(person: FlaskClient) -> None:
    long = "x" * (OPEN_BYTES + 1)
    for path in (SIGN_IN, "/console/signout"):
        assert person.post(path, data={"email": long, "password": long}).status_code == 413

"""A front end of others that the server serves beside its APIs and its console."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.config.settings import Settings
from tests.functional.conftest import Member
from tests.functional.library import data_of

pytestmark = pytest.mark.databases("sqlite")

FILES = {
    "index.html": "<title>front end</title>",
    "_app/immutable/a.js": "export {}",
    "static/logo.png": "no picture",
    "manifest.json": "{}",
    "opensearch.xml": "http://localhost:5137",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder of a front end, and a file beside it."""
    for name, text in FILES.items():
        path = tmp_path / "front" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "secret.txt").write_text("nobody's")
    return tmp_path / "front"


@pytest.fixture
def settings(settings: Settings, folder: Path) -> Settings:
    """Serve the folder."""
    frontend = type(settings.frontend)(dir=str(folder))
    return settings.model_copy(update={"frontend": frontend})


def test_files_and_pages_of_the_front_end(anonymous: FlaskClient) -> None:
    for address in ("/", "/auth", "/c/0", "/index.html", "/s/x/y"):
        answer = anonymous.get(address, buffered=True)
        assert (answer.status_code, answer.text) == (200, FILES["index.html"]), address
        assert answer.headers["Cache-Control"] == "no-cache"
    script = anonymous.get("/_app/immutable/a.js", buffered=True)
    assert script.text == "export {}"
    assert "immutable" in script.headers["Cache-Control"]
    assert "javascript" in script.headers["Content-Type"]
    assert anonymous.get("/static/logo.png", buffered=True).headers["Content-Type"] == "image/png"
    etag = anonymous.get("/index.html", buffered=True).headers["ETag"]
    again = anonymous.get("/index.html", headers={"If-None-Match": etag}, buffered=True)
    assert again.status_code == 304


def test_a_browser_installs_the_front_end_of_this_server(anonymous: FlaskClient) -> None:
    """The folder has files of these names, which speak of where it was built."""
    told = anonymous.get("/manifest.json").json
    assert (told["start_url"], told["display"]) == ("/", "standalone")
    assert told["share_target"]["params"] == {"text": "shared"}
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    assert anonymous.get(told["icons"][0]["src"], buffered=True).status_code == 200
    search = anonymous.get("/opensearch.xml")
    assert search.mimetype == "application/opensearchdescription+xml"
    assert 'template="http://localhost/?q={searchTerms}"' in search.text
    assert search.text.startswith("<?xml")
    worker = anonymous.get("/sw.js")
    assert (worker.mimetype, "fetch" in worker.text) == ("text/javascript", False)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/?shared=Who lit%3F", "/?q=Who+lit%3F"),
        ("/?shared=https://h/a b", "/?load-url=https%3A%2F%2Fh%2Fa+b"),
        ("/watch?v=abc", "/?youtube=abc"),
        ("/watch", "/"),
    ],
)
def test_what_is_shared_becomes_a_question(
    anonymous: FlaskClient, address: str, place: str
) -> None:
    answer = anonymous.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_what_is_not_there_and_what_lies_outside(anonymous: FlaskClient) -> None:
    gone = anonymous.get("/_app/immutable/b.js", buffered=True)
    assert (gone.status_code, "detail" in gone.json) == (404, True)
    for address in ("/../secret.txt", "/static/../../secret.txt", "/..%2fsecret.txt"):
        assert "nobody's" not in anonymous.get(address, buffered=True).text
    assert anonymous.post("/auth").status_code in {404, 405}


@pytest.mark.long
def test_the_console_and_the_apis_stay_where_they_are(
    anonymous: FlaskClient, client: FlaskClient
) -> None:
    assert "/console/signin" in anonymous.get("/console/signin", buffered=True).request.path
    assert "front end" not in anonymous.get("/console/signin", buffered=True).text
    assert data_of(client.get("/api/v1/datasets")) == []
    assert client.get("/v1/models").status_code == 200
    for probe in ("/ready", "/metrics", "/health", "/health/db", "/openapi.json"):
        assert FILES["index.html"] not in anonymous.get(probe, buffered=True).text
    assert anonymous.get("/ws/socket.io/?EIO=4", buffered=True).status_code == 404
    page = {"Sec-Fetch-Site": "same-origin"}
    version = anonymous.get("/api/version", headers=page, buffered=True)
    assert version.json.keys() == {"version", "deployment_id"}
    page["Authorization"] = "Bearer undefined"
    assert anonymous.get("/api/version", headers=page, buffered=True).json == version.json
    assert anonymous.get("/api/version", buffered=True).status_code == 401
    unknown = anonymous.get("/api/nothing", buffered=True)
    assert (unknown.status_code, unknown.is_json) == (404, True)


def test_a_folder_without_a_front_end_is_refused(tmp_path: Path, settings: Settings) -> None:
    for wrong in (str(tmp_path), "front"):
        with pytest.raises(ValueError, match="absolute path of a folder that has an index"):
            type(settings.frontend)(dir=wrong)


def test_who_has_no_picture_has_that_of_the_front_end(web: FlaskClient, member: Member) -> None:
    own = web.get(f"/api/v1/users/{member.account.id}/profile/image")
    assert own.headers["Location"] == "/user.png"
    for nobody in ("0" * 32, "nobody"):
        shown = web.get(f"/api/v1/users/{nobody}/profile/image")
        assert (shown.status_code, shown.headers["Location"]) == (303, "/user.png")
    of_model = web.get("/api/v1/models/model/profile/image")
    assert of_model.headers["Location"] == "/static/favicon.png"


def test_the_picture_of_somebody_is_shown_to_administrators_alone(
    web: FlaskClient, admin: FlaskClient, other: FlaskClient, member: Member
) -> None:
    avatar = "data:image/png;base64,aGVsbG8="
    data_of(web.post("/v1/user/setting", json={"avatar": avatar}))
    address = f"/api/v1/users/{member.account.id}/profile/image"
    for client in (web, admin):
        shown = client.get(address)
        assert (shown.status_code, shown.data, shown.mimetype) == (200, b"hello", "image/png")
    assert other.get(address).headers["Location"] == "/user.png"
    assert admin.get("/api/v1/users/nobody/profile/image").status_code == 404

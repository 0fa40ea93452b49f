"""Every page with the keys of all kinds of people, against a table of what each may do."""

from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.http.responses import JSON
from api.permissions import PERMISSIONS
from api.services.accounts.records import AccountRole
from api.services.groups.records import NewGroup
from api.services.people.people import MYSELF
from tests.functional.access_table import ACCOUNTS, ADMINISTRATORS, ANYBODY, BOTS
from tests.functional.conftest import client_with, join
from tests.functional.hostile import Page, pages_of

pytestmark = pytest.mark.databases("sqlite")

LEVELS = {"anybody": ANYBODY, "bots": BOTS, "accounts": ACCOUNTS, "administrators": ADMINISTRATORS}

MAY: Mapping[str, frozenset[str]] = {
    "nobody": frozenset({"anybody"}),
    "pending": frozenset({"anybody"}),
    "deactivated": frozenset({"anybody"}),
    "user": frozenset({"anybody", "accounts"}),
    "member of a group": frozenset({"anybody", "accounts"}),
    "administrator": frozenset({"anybody", "accounts", "administrators"}),
    "administrator of another tenant": frozenset({"anybody", "accounts", "administrators"}),
}
"""Which pages each kind of people reaches; whose things they see there is what others test."""


@pytest.fixture
def people(app: Flask, services: Services) -> dict[str, FlaskClient]:
    """Return a client for each kind of people; those who are shut out had a key before."""
    made = {"nobody": app.test_client()}
    ids = {}
    for kind in MAY:
        if kind != "nobody":
            joined = join(services, f"{kind.replace(' ', '-')}@example.org")
            made[kind], ids[kind] = client_with(app, joined.api_key), joined.account.id
    roles = services.people.people
    for kind in ("administrator", "administrator of another tenant"):
        roles.set_role(ids[kind], AccountRole.ADMINISTRATOR)
    operator = services.accounts.accounts.administrator().principal
    new = NewGroup("group")
    made_group = services.groups.groups.create(operator, new, [ids["member of a group"]])
    services.groups.permissions.set_of_group(operator, made_group.id, PERMISSIONS)
    roles.set_role(ids["pending"], AccountRole.PENDING)
    roles.set_active(ids["deactivated"], active=False)
    return made


def level_of(page: Page) -> str:
    """Return which people a page is for, empty where the table lacks it."""
    found = [level for level, names in LEVELS.items() if page.rule.endpoint in names]
    assert len(found) <= 1, page.rule.endpoint
    return "".join(found)


def is_let_in(answer: TestResponse) -> bool:
    """Return whether an answer is that of a page, be it an error, and not of its door."""
    body = answer.get_json(silent=True)
    code = body.get("code") if isinstance(body, dict) else None
    if 401 in {answer.status_code, code}:
        return False
    return "administrators of the server alone" not in answer.text


def ask(client: FlaskClient, page: Page) -> TestResponse:
    """Send a page a request that changes nothing of anybody."""
    own = page.rule.rule.startswith("/api/v1/users/<user_id>/")
    whose = {"user_id": MYSELF} if own else {}
    body = b"" if page.method == "GET" else b"{}"
    address = page.address(whose)
    return client.open(address, method=page.method, data=body, content_type=JSON)


def test_no_page_is_for_who_lacks_the_permission_of_its_door(
    app: Flask, services: Services, people: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    services.live.take(Settings(auth=AuthSettings(denied=", ".join(PERMISSIONS))))
    guarded = [page for page in pages_of(app) if level_of(page) in {"accounts", "administrators"}]
    for page in guarded:
        with ask(people["user"], page) as answer:
            assert "You lack the permission" in answer.text, page.rule
    for kind in ("member of a group", "administrator"):
        with ask(people[kind], guarded[0]) as answer:
            assert "You lack the permission" not in answer.text


def test_every_page_is_in_the_table(app: Flask) -> None:
    pages = pages_of(app)
    assert {page.rule.endpoint for page in pages if not level_of(page)} == set()
    known = {page.rule.endpoint for page in pages}
    assert frozenset[str]().union(*LEVELS.values()) - known == set()


@pytest.mark.long
def test_each_kind_of_people_reaches_what_the_table_says(
    app: Flask, people: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    wrong = []
    for page in pages_of(app):
        for kind, client in people.items():
            with ask(client, page) as answer:
                may, was = level_of(page) in MAY[kind], is_let_in(answer)
            if may != was:
                wrong.append(f"{page.method} {page.rule.endpoint}, {kind}: {answer.text[:120]}")
    assert wrong == []

"""How the databases read lists of very many chats: from where a page begins."""

import pytest
from flask.testing import FlaskClient
from peewee import MySQLDatabase, SqliteDatabase

from api.container import Services
from api.db.base import new_id, now_ms
from api.db.connection import connection
from api.db.models.webui import WebuiChat, WebuiFolder
from tests.functional.conftest import Member
from tests.functional.test_list_plans import LOOKS_THROUGH, SORTS, listened, plan_of

MANY = 800
PEOPLE = 4
AT_ONCE = 500
SEEKS = ("(update_time,id)", "ROW(update_time,", "ROW((update_time)", "| range |")
"""Words of the three for rows that are sought behind a place."""

TIES = "Incremental Sort"
"""PostgreSQL's words for rows that come from an index in their order, but for those of one time."""


@pytest.fixture
def folder(services: Services, member: Member) -> str:
    """Write very many chats of several people: in a folder, in none, in the archive.

    Return the folder.
    """
    now, folder_id = now_ms(), new_id()
    people = [member.account.id, *(new_id() for _ in range(PEOPLE - 1))]
    rows = [
        {
            "user_id": user_id,
            "current_id": "",
            "title": f"chat {number}",
            "update_time": now - number // 3,
            "is_archived": place == "archive",
            "folder": folder_id if place == "folder" else "",
        }
        for user_id in people
        for place in ("", "archive", "folder")
        for number in range(MANY)
    ]
    with connection(services.database):
        WebuiFolder.create(id=folder_id, parent_id="", name="x", name_key="x", user_id=people[0])
        for start in range(0, len(rows), AT_ONCE):
            WebuiChat.insert_many(rows[start : start + AT_ONCE]).execute()
        if not isinstance(services.database, SqliteDatabase):  # nobody analyzes a file
            is_maria = isinstance(services.database, MySQLDatabase)
            services.database.execute_sql(f"ANALYZE {'TABLE ' if is_maria else ''}webui_chat")
    return folder_id


def test_a_page_of_very_many_chats_is_sought_and_never_sorted(
    web: FlaskClient, services: Services, folder: str
) -> None:
    for path in (
        "?page={}",
        "?include_folders=true&page={}",
        "archived?page={}",
        f"folder/{folder}/list?page={{}}",
    ):
        with listened(services) as heard:
            answer = web.get(f"/api/v1/chats/{path.format(2)}")
        assert len(answer.json) == 60, path
        place, found = [
            said for said in heard if "FROM webui_chat" in said[0] and "ORDER" in said[0]
        ]
        assert "OFFSET" in place[0]
        plans = [plan_of(services.database, *said) for said in (place, found)]
        for plan in plans:
            bad = LOOKS_THROUGH if TIES in plan else (*LOOKS_THROUGH, *SORTS)
            assert not any(word in plan for word in bad), (path, plan)
        assert any(word in plans[1] for word in SEEKS), (path, plans)
        if isinstance(services.database, SqliteDatabase):
            assert "COVERING INDEX" in plans[0], path


@pytest.mark.databases("sqlite")
def test_pages_of_very_many_chats_have_each_once(web: FlaskClient, folder: str) -> None:
    pages = range(1, MANY // 60 + 3)
    address = f"/api/v1/chats/folder/{folder}/list?page={{}}"
    found = [row["title"] for page in pages for row in web.get(address.format(page)).json]
    assert len(found) == len(set(found)) == MANY

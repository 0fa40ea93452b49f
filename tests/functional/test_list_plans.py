"""How the databases read lists of many rows: no more of them than a page shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from peewee import MySQLDatabase, SqliteDatabase

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.chat import ChatSession
from api.db.models.dataset import Dataset
from api.db.models.document import ORDERS, Document
from api.db.models.file import FileEntry
from api.schemas.file import ORDERS as FILE_ORDERS
from tests.functional.conftest import Member
from tests.functional.filing import FILES
from tests.functional.library import API, add_chunk, data_of, make_dataset, make_document

MANY = 1000
AT_ONCE = 500


@contextmanager
def listened(services: Any) -> Iterator[list[tuple[str, Any]]]:
    """Note the statements that are executed within a `with` block."""
    opened: Any = services.database
    execute, heard = opened.execute_sql, []

    def execute_sql(statement: str, values: Any = None) -> Any:
        heard.append((statement, values))
        return execute(statement, values)

    opened.execute_sql = execute_sql
    yield heard
    opened.execute_sql = execute


def plan_of(opened: Any, statement: str, values: Any) -> str:
    """Return what a database does for a statement, in its own words."""
    word = "EXPLAIN QUERY PLAN" if isinstance(opened, SqliteDatabase) else "EXPLAIN"
    with connection(opened):
        found = opened.execute_sql(f"{word} {statement}", values).fetchall()
    return "\n".join(" | ".join(map(str, row)) for row in found)


LOOKS_THROUGH = ("SCAN ", "Seq Scan", "| ALL |", "| index |")
SORTS = ("TEMP B-TREE", "Sort", "filesort")
"""Words of the three for looking through a table, and for sorting what was found."""


def read_for(
    client: FlaskClient, services: Services, table: str, path: str, query: dict[str, object]
) -> str:
    """Return how the page of a list is read from a table, of which nothing is looked through."""
    with listened(services) as heard:
        data_of(client.get(path, query_string=query))
    pages = [said for said in heard if f"FROM {table} " in said[0] and "OFFSET" in said[0]]
    [found] = [plan_of(services.database, *said) for said in pages]
    assert not any(word in found for word in LOOKS_THROUGH), (query, found)
    return found


def put_many(opened: Any, model: Any, table: str, **columns: Any) -> None:
    """Write very many rows of a table, and let the database count what it has."""
    now = now_ms()
    rows = [
        {
            **columns,
            "name": f"row {number}",
            "create_time": now - number // 3,
            "update_time": now - number % 7,
        }
        for number in range(MANY)
    ]
    if hasattr(model, "name_key"):
        rows = [{**row, "name_key": row["name"]} for row in rows]
    for start in range(0, MANY, AT_ONCE):
        model.insert_many(rows[start : start + AT_ONCE]).execute()
    if not isinstance(opened, SqliteDatabase):  # nobody analyzes a file
        # In PostgreSQL table and indexes are as large as an earlier test has made them.
        word = "ANALYZE TABLE" if isinstance(opened, MySQLDatabase) else "VACUUM FULL ANALYZE"
        opened.execute_sql(f"{word} {table}")


@pytest.fixture
def documents(client: FlaskClient, services: Services, member: Member) -> str:
    """Make a dataset of many documents, beside another one."""
    other, dataset = (make_dataset(client, name)["id"] for name in ("other", "great"))
    owner = {"tenant_id": member.account.id, "created_by": member.account.id}
    with connection(services.database):
        put_many(services.database, Document, "document", dataset_id=dataset, **owner)
        put_many(services.database, Document, "document", dataset_id=other, **owner)
        counted = Dataset.update(document_count=MANY)
        counted.where(Dataset.id == dataset).execute()
    return f"{API}/datasets/{dataset}/documents"


def check_orders(
    client: FlaskClient, services: Services, table: str, path: str, orders: tuple[str, ...]
) -> None:
    """Prove that each page of a list begins at its place in an index, and that none is sorted."""
    for order in orders:
        for desc in ("true", "false"):
            query: dict[str, object] = {"orderby": order, "desc": desc, "page_size": 5}
            first = read_for(client, services, table, path, query)
            assert not any(word in first for word in SORTS), (query, first)
            rows = rows_of(data_of(client.get(path, query_string=query | {"page": MANY // 10})))
            query["after"] = rows[-1]["id"]
            found = read_for(client, services, table, path, query)
            assert not any(word in found for word in SORTS), (query, found)
            seeks = (f"({order},id)", f"ROW({order},", f"ROW(({order})", "| range |")
            assert any(word in found for word in seeks), (query, found)


def rows_of(data: Any) -> list[dict[str, Any]]:
    """Return the rows of a page."""
    if isinstance(data, list):
        return data
    found: list[dict[str, Any]] = data.get("docs") or data["files"]
    return found


def test_no_list_of_documents_reads_more_than_its_page(
    client: FlaskClient, services: Services, documents: str
) -> None:
    check_orders(client, services, "document", documents, ORDERS)
    assert data_of(client.get(documents, query_string={"page_size": 5}))["total"] == MANY


def test_a_document_is_found_by_name_in_an_index(
    client: FlaskClient, services: Services, documents: str
) -> None:
    found = read_for(client, services, "document", documents, {"name": "row 700"})
    seeks = ("AND name=?)", "(name)::text = ", "| const,const |")
    assert any(word in found for word in seeks), found


def make_hundredfold(opened: Any, dataset_id: str) -> None:
    """Make 99 more of each document of a dataset, whose ids and names end with a number."""
    parts = {name: f"d.{name}" for name in Document._meta.columns}  # noqa: SLF001 - its only name
    joined = "CONCAT({0}, n.n)" if isinstance(opened, MySQLDatabase) else "{0} || n.n"
    parts |= {name: joined.format(f"d.{name}") for name in ("name", "name_key")}
    parts["id"] = joined.format("SUBSTR(d.id, 1, 28)")
    numbers = " UNION ALL ".join(f"SELECT '.{number:03}' AS n" for number in range(1, 100))
    statement = (
        f"INSERT INTO document ({', '.join(parts)})"  # noqa: S608 - names of columns
        f" SELECT {', '.join(parts.values())} FROM document d CROSS JOIN ({numbers}) n"
        f" WHERE d.dataset_id = '{dataset_id}'"
    )
    opened.execute_sql(statement)


@pytest.mark.long
def test_among_very_many_documents_one_is_found_by_name_in_an_index(
    client: FlaskClient, services: Services, documents: str
) -> None:
    with connection(services.database):
        make_hundredfold(services.database, documents.split("/")[-2])
        assert Document.select().count() == MANY + MANY * 100
    for query in ({"name": "row 700.050"}, {"name": "row 700.050", "page_size": "1"}):
        with listened(services) as heard:
            [found] = data_of(client.get(documents, query_string=query))["docs"]
        assert found["name"] == "row 700.050"
        read = [said for said in heard if "FROM document " in said[0]]
        plans = [plan_of(services.database, *said) for said in read]
        assert plans
        for plan in plans:
            assert not any(word in plan for word in LOOKS_THROUGH), plan


def test_no_list_of_sessions_reads_more_than_its_page(
    client: FlaskClient, services: Services, member: Member
) -> None:
    chat = data_of(client.post(f"{API}/chats", json={"name": "guide"}))["id"]
    with connection(services.database):
        put_many(
            services.database,
            ChatSession,
            "chat_session",
            chat_id=chat,
            tenant_id=member.account.id,
        )
        put_many(
            services.database,
            ChatSession,
            "chat_session",
            chat_id=member.account.id,
            tenant_id=member.account.id,
        )
    orders = ("create_time", "update_time", "name")
    check_orders(client, services, "chat_session", f"{API}/chats/{chat}/sessions", orders)


def test_no_list_of_files_reads_more_than_its_page(
    client: FlaskClient, services: Services, member: Member
) -> None:
    owner = {"tenant_id": member.account.id, "created_by": member.account.id, "type": "doc"}
    with connection(services.database):
        put_many(services.database, FileEntry, "file_entry", parent_id=member.account.id, **owner)
        put_many(services.database, FileEntry, "file_entry", parent_id="another", **owner)
    check_orders(client, services, "file_entry", FILES, FILE_ORDERS)
    query = {"orderby": "name", "page_size": "5", "folders_first": "true"}
    with listened(services) as heard:
        assert len(data_of(client.get(FILES, query_string=query))["files"]) == 5
    pages = [said for said in heard if "FROM file_entry " in said[0] and "OFFSET" in said[0]]
    folders, files = (plan_of(services.database, *said) for said in pages)
    assert not any(word in folders for word in LOOKS_THROUGH), folders
    assert not any(word in files for word in (*LOOKS_THROUGH, *SORTS)), files


def test_a_list_with_what_is_granted_looks_through_no_table(
    client: FlaskClient, stranger: FlaskClient, services: Services
) -> None:
    owner = {"tenant_id": "another", "created_by": "another", "embedding_model": "m"}
    shared, mine = make_dataset(client, "shared")["id"], make_dataset(stranger, "mine")["id"]
    with connection(services.database):
        put_many(services.database, Dataset, "dataset", **owner)
    grants = {"grants": [{"subject": "everybody", "level": "read"}]}
    data_of(client.put(f"{API}/datasets/{shared}/grants", json=grants))
    plan = read_for(stranger, services, "dataset", f"{API}/datasets", {"page_size": 5})
    if isinstance(services.database, SqliteDatabase):  # one's own come in the order of the list
        assert "dataset_tenant_id_create_time_id" in plan
    found = data_of(stranger.get(f"{API}/datasets"))
    assert {one["id"] for one in found} == {shared, mine}


@pytest.mark.databases("sqlite")
def test_a_chunk_is_added_without_a_look_at_all_others(
    client: FlaskClient, services: Services
) -> None:
    document = make_document(client)
    with listened(services) as heard:
        add_chunk(client, document, "The tide turns at six.")
    said = [item for item in heard if " chunk c " in item[0] or "UPDATE chunk" in item[0]]
    plans = [plan_of(services.database, *item) for item in said]
    ways = [line for plan in plans for line in plan.splitlines() if "chunk" in line]
    assert len(ways) == 3  # its place, whether its id is free, and that it is indexed
    for way in ways:
        assert way.endswith(("(id=?)", "AND id=?)", "AND generation=?)")), way


@pytest.mark.databases("sqlite")
def test_a_question_is_stored_without_a_look_at_all_others_of_its_session(
    client: FlaskClient, services: Services
) -> None:
    chat = f"{API}/chats/{data_of(client.post(f'{API}/chats', json={'name': 'guide'}))['id']}"
    session = data_of(client.post(f"{chat}/sessions", json={"name": "tides"}))["id"]
    asked = {"question": "When does the tide turn?", "session_id": session, "stream": False}
    with listened(services) as heard:
        assert client.post(f"{chat}/completions", json=asked).get_json()["code"] == 0
    said = [item for item in heard if "FROM chat_message" in item[0]]
    assert said
    assert not [statement for statement, _ in said if "message_id = ?" in statement]
    with listened(services) as heard:
        place = f"{chat}/sessions/{session}/messages/{session}"
        assert client.delete(place).get_json()["code"] == 102, "there is no such message"
    plans = [plan_of(services.database, *item) for item in heard if "message_id = ?" in item[0]]
    assert [("(session_id=? AND message_id=?)" in plan, "(id=?)" in plan) for plan in plans] == [
        (True, True)
    ]

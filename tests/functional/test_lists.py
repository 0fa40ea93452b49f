"""Lists of the REST API: read on from a row, and with some of the fields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import run
from api.schemas.file import ORDERS as FILE_ORDERS
from api.schemas.file import FileQuery
from api.schemas.listing import ListQuery
from api.schemas.sdk.chat import ChatQuery
from api.schemas.sdk.chunk import ChunkQuery
from api.schemas.sdk.dataset import DatasetQuery
from api.schemas.sdk.document import ORDERS as DOCUMENT_ORDERS
from api.schemas.sdk.document import DocumentQuery
from api.schemas.sdk.session import SessionQuery
from tests.functional.filing import FILES, add_files
from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    make_document,
    refused,
    upload,
)

Row = dict[str, Any]
NOWHERE = "0" * 32


@dataclass(frozen=True)
class Listed:
    """A list: where it is, under which key its rows are, and how rows come and go."""

    path: str
    key: str
    add: Callable[[str], object]
    delete: Callable[[str], object]

    def page(self, client: FlaskClient, **query: object) -> tuple[list[Row], str]:
        """Return the rows of a page, and the address of what follows."""
        answer = client.get(self.path, query_string=query)
        return self.rows_of(data_of(answer)), link_of(answer)

    def rows_of(self, data: Any) -> list[Row]:
        """Return the rows of an answer."""
        rows: list[Row] = data[self.key] if self.key else data
        return rows


def link_of(answer: Any) -> str:
    """Return the address in the header `Link`; empty where there is none."""
    address, _, word = answer.headers.get("Link", "").partition("; ")
    assert word in {"", 'rel="next"'}
    return str(address.strip("<>"))


def datasets(client: FlaskClient) -> Listed:
    path = f"{API}/datasets"
    return Listed(
        path,
        "",
        lambda name: make_dataset(client, name),
        lambda row: data_of(client.delete(path, json={"ids": [row]})),
    )


def documents(client: FlaskClient) -> Listed:
    dataset = make_dataset(client, "of the documents")["id"]
    path = f"{API}/datasets/{dataset}/documents"
    return Listed(
        path,
        "docs",
        lambda name: upload(client, dataset, (f"{name}.txt", name.encode() * len(name))),
        lambda row: data_of(client.delete(path, json={"ids": [row]})),
    )


def chunks(client: FlaskClient) -> Listed:
    document = make_document(client)
    path = f"{document}/chunks"
    return Listed(
        path,
        "chunks",
        lambda name: add_chunk(client, document, f"words of {name}"),
        lambda row: data_of(client.delete(path, json={"chunk_ids": [row]})),
    )


def chats(client: FlaskClient) -> Listed:
    path = f"{API}/chats"
    return Listed(
        path,
        "",
        lambda name: data_of(client.post(path, json={"name": name})),
        lambda row: data_of(client.delete(path, json={"ids": [row]})),
    )


def sessions(client: FlaskClient) -> Listed:
    chat = data_of(client.post(f"{API}/chats", json={"name": "guide"}))["id"]
    path = f"{API}/chats/{chat}/sessions"
    return Listed(
        path,
        "",
        lambda name: data_of(client.post(path, json={"name": name})),
        lambda row: data_of(client.delete(path, json={"ids": [row]})),
    )


def files(client: FlaskClient) -> Listed:
    return Listed(
        FILES,
        "files",
        lambda name: add_files(client, (f"{name}.txt", name.encode())),
        lambda row: data_of(client.delete(FILES, json={"ids": [row]})),
    )


LISTS: dict[str, tuple[Callable[[FlaskClient], Listed], type[ListQuery]]] = {
    "datasets": (datasets, DatasetQuery),
    "documents": (documents, DocumentQuery),
    "chunks": (chunks, ChunkQuery),
    "chats": (chats, ChatQuery),
    "sessions": (sessions, SessionQuery),
    "files": (files, FileQuery),
}
NAMES = ("amber", "birch", "cedar", "delta", "elder")


@pytest.fixture(params=LISTS)
def listed(request: pytest.FixtureRequest, client: FlaskClient) -> Listed:
    """Return each of the lists in turn, with five rows."""
    made = LISTS[request.param][0](client)
    for name in NAMES:
        made.add(name)
    return made


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


def walk(client: FlaskClient, listed: Listed, **query: object) -> Iterator[str]:
    """Yield the ids of a list, page by page behind the last row."""
    rows, _ = listed.page(client, **query)
    while rows:
        yield from ids(rows)
        rows, _ = listed.page(client, after=rows[-1]["id"], **query)


def test_a_walk_sees_each_row_once_while_others_come_and_go(
    client: FlaskClient, listed: Listed
) -> None:
    before = ids(listed.page(client)[0])
    first, _ = listed.page(client, page_size=2)
    listed.add("later")
    listed.delete(before[0])
    second, _ = listed.page(client, page_size=2, after=first[-1]["id"])
    assert ids(first + second) == before[:4]
    rest, link = listed.page(client, page_size=3, after=second[-1]["id"])
    assert ids(rest)[:1] == before[4:]
    assert link == ""


def test_a_link_goes_on_when_the_row_before_it_is_deleted(
    client: FlaskClient, listed: Listed
) -> None:
    before = ids(listed.page(client)[0])
    seen: list[str] = []
    address = f"{listed.path}?page_size=2"
    while address:
        answer = client.get(address)
        rows = ids(listed.rows_of(data_of(answer)))
        seen += rows
        for row in rows:
            listed.delete(row)
        address = link_of(answer)
    assert seen == before


@pytest.mark.databases("sqlite")
def test_a_place_and_a_page_are_not_taken_together(client: FlaskClient, listed: Listed) -> None:
    row = listed.page(client)[0][0]["id"]
    for page in (1, 2):
        answer = client.get(listed.path, query_string={"after": row, "page": page})
        assert "`after` and `page`" in refused(answer, 400, _code(listed))
    assert listed.page(client, after="", page=1) == listed.page(client)


def test_a_place_that_there_is_not_is_refused_by_name(client: FlaskClient, listed: Listed) -> None:
    for after in (NOWHERE, "x", "x\0", "1.e30", "1.W10", f"{NOWHERE}.WyJpZCIsMV0"):
        answer = client.get(listed.path, query_string={"after": after})
        assert "`after`" in refused(answer, 400, _code(listed)), after


@pytest.mark.parametrize(
    ("make", "orders"),
    [
        (datasets, ("create_time", "update_time")),
        (documents, DOCUMENT_ORDERS),
        (chats, ("create_time", "update_time")),
        (sessions, ("create_time", "update_time", "name")),
        (files, FILE_ORDERS),
    ],
)
def test_every_order_can_be_walked_both_ways(
    client: FlaskClient,
    services: Services,
    make: Callable[[FlaskClient], Listed],
    orders: tuple[str, ...],
) -> None:
    listed = make(client)
    for name in NAMES:
        listed.add(name)
    with connection(services.database):
        run(services.database, "UPDATE document SET progress = size / 70.1")
    for order in orders:
        for desc in ("true", "false"):
            query = {"orderby": order, "desc": desc}
            whole = ids(listed.page(client, **query)[0])
            assert list(walk(client, listed, page_size=2, **query)) == whole, query


def test_a_cursor_is_good_for_its_order_alone(client: FlaskClient) -> None:
    made = datasets(client)
    made.add("amber")
    _, link = made.page(client, page_size=1)
    message = refused(client.get(f"{link}&orderby=update_time"), 400, 101)
    assert "ordered by `create_time`" in message


def test_what_is_in_the_datasets_folder_can_be_walked(client: FlaskClient) -> None:
    made = documents(client)
    for name in NAMES:
        made.add(name)
        make_dataset(client, name)
    in_files = files(client)
    in_files.add("amber")
    root = ids(in_files.page(client)[0])
    assert list(walk(client, in_files, page_size=1)) == root
    for order in FILE_ORDERS:
        of_datasets = ids(in_files.page(client, parent_id=root[0], orderby=order)[0])
        walked = walk(client, in_files, parent_id=root[0], orderby=order, page_size=2)
        assert list(walked) == of_datasets
    dataset = made.path.split("/")[-2]
    of_documents = ids(in_files.page(client, parent_id=dataset)[0])
    assert list(walk(client, in_files, parent_id=dataset, page_size=2)) == of_documents
    assert len(of_documents) == len(NAMES)


def test_a_condition_on_metadata_holds_behind_a_place(client: FlaskClient) -> None:
    made = documents(client)
    for number, name in enumerate(NAMES):
        made.add(name)
        row = made.page(client)[0][0]["id"]
        data_of(client.patch(f"{made.path}/{row}", json={"meta_fields": {"number": number}}))
    condition = '{"conditions": [{"name": "number", "comparison_operator": ">", "value": "0"}]}'
    query = {"metadata_condition": condition, "page_size": 2}
    walked = list(walk(client, made, **query))
    assert walked == ids(made.page(client)[0])[:-1]
    last = {"after": walked[1], **query}
    assert data_of(client.get(made.path, query_string=last))["total"] == 4


def test_a_filter_holds_behind_a_place_and_the_total_counts_all(client: FlaskClient) -> None:
    made = documents(client)
    for name in NAMES:
        made.add(name)
    data = data_of(client.get(made.path, query_string={"keywords": "e", "page_size": 2}))
    after = data["docs"][-1]["id"]
    query = {"keywords": "e", "after": after}
    rest = data_of(client.get(made.path, query_string=query))
    found = [row["name"] for row in data["docs"] + rest["docs"]]
    assert found == ["elder.txt", "delta.txt", "cedar.txt", "amber.txt"]
    assert rest["total"] == data["total"] == 4


@pytest.mark.databases("sqlite")
def test_chunks_that_keywords_find_have_no_places(client: FlaskClient) -> None:
    made = chunks(client)
    made.add("amber")
    row = made.page(client)[0][0]["id"]
    for beside in ({"keywords": "amber"}, {"id": row}):
        answer = client.get(made.path, query_string={"after": row, **beside})
        assert "`after`" in refused(answer, 400, 101)


# Fields.


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", LISTS)
def test_the_fields_that_may_be_chosen_are_those_of_a_row(client: FlaskClient, name: str) -> None:
    make, query = LISTS[name]
    made = make(client)
    made.add("amber")
    rows, _ = made.page(client)
    assert set().union(*rows) == query.shows() - {"has_child_folder"}
    assert {item for shown in query.heavy.values() for item in shown} <= query.shows()


def test_rows_have_the_chosen_fields_alone(client: FlaskClient, listed: Listed) -> None:
    whole, _ = listed.page(client, page_size=3)
    some, link = listed.page(client, page_size=3, fields="create_time, id,,id")
    assert some == [{"create_time": row["create_time"], "id": row["id"]} for row in whole]
    rest = listed.rows_of(data_of(client.get(link)))
    assert [set(row) for row in rest] == [{"create_time", "id"}] * len(rest)
    for field in whole[0]:
        one, _ = listed.page(client, page_size=3, fields=field)
        assert one == [{field: row[field]} for row in whole if field in row]
    assert listed.page(client, fields="") == listed.page(client)


@pytest.mark.databases("sqlite")
def test_a_field_that_there_is_not_is_refused_by_name(client: FlaskClient, listed: Listed) -> None:
    query = {"fields": ["id", "colour,create_time"]}
    message = refused(client.get(listed.path, query_string=query), 400, _code(listed))
    assert message.startswith("Field: <fields> - Message: <There is no field colour>")


def test_what_is_not_shown_is_not_read(client: FlaskClient, services: Services) -> None:
    made = sessions(client)
    made.add("amber")
    with connection(services.database):
        run(services.database, "UPDATE chat_message SET reference = 'no JSON'")
    rows, _ = made.page(client, fields="name")
    assert rows == [{"name": "amber"}]


def _code(listed: Listed) -> int:
    return 400 if listed.path == FILES else 101

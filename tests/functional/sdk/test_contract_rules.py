"""Rules of the classic contract that implementations easily get wrong, one test each."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    make_document,
    refused,
    show_document,
    upload,
)

pytestmark = pytest.mark.databases("sqlite")

DATASETS, CHATS = f"{API}/datasets", f"{API}/chats"


def make_chat(client: FlaskClient, name: str = "guide", **fields: object) -> dict[str, Any]:
    chat: dict[str, Any] = data_of(client.post(CHATS, json={"name": name, **fields}))
    return chat


def names(client: FlaskClient, path: str, **query: object) -> list[str]:
    return [item["name"] for item in data_of(client.get(path, query_string=query))]


# Datasets.


@pytest.mark.parametrize("fields", [{}, {"avatar": None, "description": None}])
def test_an_avatar_and_a_description_that_are_not_given_are_null(
    client: FlaskClient, fields: dict[str, object]
) -> None:
    made = make_dataset(client, **fields)
    assert (made["avatar"], made["description"]) == (None, None)


@pytest.mark.parametrize("ending", ["", "/metadata/config", "/metadata/summary"])
def test_an_id_of_a_dataset_that_is_no_uuid_is_named(client: FlaskClient, ending: str) -> None:
    said = refused(client.get(f"{DATASETS}/handbook{ending}"), 400, 101)
    assert said == "Field: <dataset_id> - Message: <Invalid UUID1 format> - Value: <handbook>"
    refused(client.put(f"{DATASETS}/handbook", json={"name": "x"}), 400, 101)


def test_an_id_of_a_dataset_may_be_written_as_any_uuid(client: FlaskClient) -> None:
    made = make_dataset(client)
    address = f"{DATASETS}/{str(uuid.UUID(made['id'])).upper()}"
    assert data_of(client.get(address)) == made
    assert data_of(client.put(address, json={"name": "other"}))["id"] == made["id"]


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        (None, True),
        ({}, True),
        ({"chunk_token_num": 100}, False),
        ({"raptor": {"max_cluster": 8}}, False),
        ({"raptor": {"use_raptor": False}, "graphrag": {"use_graphrag": False}}, False),
    ],
)
def test_who_gives_parser_options_is_shown_no_summaries_and_no_graphs(
    client: FlaskClient, config: object, *, wanted: bool
) -> None:
    shown = make_dataset(client, parser_config=config)["parser_config"]
    assert (shown["raptor"]["use_raptor"], shown["graphrag"]["use_graphrag"]) == (wanted, wanted)


def test_a_prompt_of_blanks_is_refused(client: FlaskClient) -> None:
    body = {"name": "x", "parser_config": {"raptor": {"prompt": " "}}}
    assert "<parser_config.raptor.prompt>" in refused(client.post(DATASETS, json=body), 400, 101)


def test_options_of_parsing_are_kept_and_shown(client: FlaskClient) -> None:
    options = {
        "raptor": {"use_raptor": False, "max_cluster": 8},
        "graphrag": {"use_graphrag": False, "method": "general"},
        "auto_keywords": 3,
        "auto_questions": 2,
        "layout_recognize": "Plain Text",
        "tag_kb_ids": ["x"],
        "topn_tags": 5,
        "filename_embd_weight": 0.1,
        "filename_bonus": 0.2,
        "task_page_size": 12,
        "pages": [[1, 2]],
    }
    shown = make_dataset(client, parser_config=options)["parser_config"]
    for name, value in options.items():
        kept = shown[name]
        assert (kept | value if isinstance(value, dict) else value) == kept


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"raptor": {"use_raptor": True}}, "raptor.use_raptor"),
        ({"graphrag": {"use_graphrag": True}}, "graphrag.use_graphrag"),
        ({"layout_recognize": "Another Reader"}, "layout_recognize"),
    ],
)
def test_options_of_parsing_that_are_not_built_are_refused_by_name(
    client: FlaskClient, config: dict[str, object], field: str
) -> None:
    body = {"name": "x", "parser_config": config}
    assert f"<parser_config.{field}>" in refused(client.post(DATASETS, json=body), 400, 101)
    made = make_dataset(client, parser_config={"chunk_token_num": 64})
    address = f"{DATASETS}/{made['id']}"
    assert f"<parser_config.{field}>" in refused(
        client.put(address, json={"parser_config": config}), 400, 101
    )
    [document] = upload(client, made["id"], ("notes.txt", b"some text"))
    change = client.put(f"{address}/documents/{document['id']}", json={"parser_config": config})
    assert f"<parser_config.{field}>" in refused(change, 400, 101)
    [shown] = data_of(client.get(DATASETS, query_string={"id": made["id"]}))
    assert shown["parser_config"] == made["parser_config"]


def test_what_a_dataset_shows_of_its_options_may_be_sent_back(client: FlaskClient) -> None:
    made = make_dataset(client)
    assert made["parser_config"]["raptor"]["use_raptor"] is True
    change = {"parser_config": made["parser_config"] | {"chunk_token_num": 99}}
    changed = data_of(client.put(f"{DATASETS}/{made['id']}", json=change))
    assert changed["parser_config"] == change["parser_config"]


def test_a_wrong_avatar_is_told_the_types_that_may_be(client: FlaskClient) -> None:
    body = {"name": "x", "avatar": "data:image/gif;base64,AA"}
    said = refused(client.post(DATASETS, json=body), 400, 101)
    assert "Allowed: ['image/jpeg', 'image/png']" in said


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_several_ids_choose_datasets(client: FlaskClient, stranger: FlaskClient) -> None:
    made = [make_dataset(client, name)["id"] for name in ("one", "two", "three")]
    theirs = make_dataset(stranger, "theirs")["id"]
    assert names(client, DATASETS, ids=[made[0], made[2], theirs]) == ["three", "one"]
    assert names(client, DATASETS, ids=[made[0]], id=made[1]) == []
    assert names(client, DATASETS, ids=[theirs]) == []


def test_counts_by_state_are_refused_where_they_are_asked_for(client: FlaskClient) -> None:
    make_dataset(client)
    assert names(client, DATASETS, include_parsing_status="false") == ["handbook"]
    answer = client.get(DATASETS, query_string={"include_parsing_status": "true"})
    assert "Field: <include_parsing_status>" in refused(answer, 400, 101)


# Documents and chunks.


def test_a_page_and_a_size_of_nothing_are_the_first_and_the_usual_one(client: FlaskClient) -> None:
    document = make_document(client)
    folder = document.rpartition("/")[0]
    add_chunk(client, document, "one")
    for query in ({"page": 0}, {"page_size": 0}, {"page": 0, "page_size": 10_000}):
        assert len(data_of(client.get(folder, query_string=query))["docs"]) == 1
        assert len(data_of(client.get(f"{document}/chunks", query_string=query))["chunks"]) == 1


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_several_ids_choose_documents(client: FlaskClient) -> None:
    dataset = make_dataset(client)["id"]
    files = [(f"{number}.txt", b"x") for number in range(3)]
    ids = [made["id"] for made in upload(client, dataset, *files)]
    folder = f"{DATASETS}/{dataset}/documents"
    found = data_of(client.get(folder, query_string={"ids": [ids[0], ids[2], "0" * 32]}))
    assert (found["total"], {item["id"] for item in found["docs"]}) == (2, {ids[0], ids[2]})
    assert data_of(client.get(folder, query_string={"ids": ""}))["total"] == 3


def test_a_name_or_content_of_null_is_refused_and_changes_nothing(client: FlaskClient) -> None:
    document = make_document(client)
    chunk = add_chunk(client, document, "one")
    before = show_document(client, document)
    assert "`name`" in refused(client.put(document, json={"name": None, "enabled": 0}), 400, 101)
    assert show_document(client, document) == before
    path = f"{document}/chunks/{chunk['id']}"
    body = {"content": None, "questions": ["why?"]}
    assert refused(client.put(path, json=body), 400, 102) == "`content` is required"
    assert data_of(client.get(path))["question_kwd"] == []


def test_an_empty_name_of_a_document_lacks_its_extension(client: FlaskClient) -> None:
    answer = client.put(make_document(client), json={"name": ""})
    assert refused(answer, 400, 101) == "The extension of file can't be changed"


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_names_of_documents_may_differ_in_case_alone(client: FlaskClient) -> None:
    dataset = make_dataset(client)["id"]
    made = upload(client, dataset, ("Plan.txt", b"1"), ("plan.txt", b"2"), ("plan.txt", b"3"))
    assert [item["name"] for item in made] == ["Plan.txt", "plan.txt", "plan(1).txt"]
    address = f"{DATASETS}/{dataset}/documents/{made[2]['id']}"
    assert data_of(client.put(address, json={"name": "PLAN.txt"}))["name"] == "PLAN.txt"
    refused(client.put(address, json={"name": "plan.txt"}), 409, 102)
    found = data_of(client.get(f"{DATASETS}/{dataset}/documents", query_string={"keywords": "PLA"}))
    assert found["total"] == 3


def test_keywords_of_a_chunk_are_kept_as_they_are_sent(client: FlaskClient) -> None:
    fields = {"important_keywords": ["", " lamp "], "questions": ["", " why? "]}
    chunk = add_chunk(client, make_document(client), "one", **fields)
    assert chunk["important_keywords"] == ["", " lamp "]
    assert chunk["questions"] == ["why?"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("tag_kwd", ["a"]), ("tag_feas", {"a": 1}), ("image_base64", "iVBORw0KGgo=")],
)
def test_tags_and_pictures_of_chunks_are_refused_by_name(
    client: FlaskClient, field: str, value: object
) -> None:
    document = make_document(client)
    chunk = add_chunk(client, document, "one", **{field: type(value)()})
    for call, path in (
        (client.post, f"{document}/chunks"),
        (client.put, f"{document}/chunks/{chunk['id']}"),
    ):
        answer = call(path, json={"content": "two", field: value})
        assert f"Field: <{field}>" in refused(answer, 400, 101)
    assert data_of(client.get(f"{document}/chunks"))["total"] == 1


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_change_of_a_chunk_without_a_body_is_none_and_needs_the_chunk(
    client: FlaskClient, stranger: FlaskClient
) -> None:
    document = make_document(client)
    path = f"{document}/chunks/{add_chunk(client, document, 'one')['id']}"
    before = data_of(client.get(path))
    refused(stranger.put(path), 404, 102)
    data_of(client.put(path))
    assert data_of(client.get(path)) == before


def test_a_chunk_of_a_deleted_document_is_not_there(client: FlaskClient) -> None:
    document = make_document(client)
    chunk = add_chunk(client, document, "one")["id"]
    folder, _, document_id = document.rpartition("/")
    data_of(client.delete(folder, json={"ids": [document_id]}))
    answer = client.put(f"{document}/chunks/{chunk}", json={"content": "two"})
    assert refused(answer, 404, 102) == f"Can't find this chunk {chunk}"
    answer = client.put(f"{folder}/x/chunks/{chunk}", json={"content": "two"})
    assert refused(answer, 404, 102) == "You don't own the document x."


# Assistants and their sessions.


def test_lists_of_assistants_take_nothing_for_the_first_page_or_none(client: FlaskClient) -> None:
    make_chat(client)
    assert names(client, CHATS, page=0, page_size=1) == ["guide"]
    assert names(client, CHATS, page_size=0) == []
    assert names(client, CHATS, name="", id="") == ["guide"]


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_owners_choose_assistants(client: FlaskClient) -> None:
    chat = make_chat(client)
    assert names(client, CHATS, owner_ids=[chat["tenant_id"], "x"]) == ["guide"]
    assert names(client, CHATS, owner_ids=["x"]) == []
    assert names(client, CHATS, owner_ids="") == ["guide"]


def test_other_keys_of_a_model_are_kept_and_shown(client: FlaskClient) -> None:
    chat = make_chat(client, llm={"temperature": 0.4, "seed": 7, "stop": ["a"]})
    assert (chat["llm"]["seed"], chat["llm"]["stop"], chat["llm"]["temperature"]) == (7, ["a"], 0.4)
    address = f"{CHATS}/{chat['id']}"
    data_of(client.put(address, json={"llm": {"seed": 8}}))
    changed = data_of(client.get(address))
    assert changed["llm"] == chat["llm"] | {"seed": 8}
    assert changed["llm_setting"]["seed"] == 8
    sessions = data_of(client.post(f"{address}/sessions"))
    body = {"question": "Why?", "session_id": sessions["id"], "stream": False}
    assert data_of(client.post(f"{address}/completions", json=body))["answer"]


def test_parts_that_say_nothing_change_nothing(client: FlaskClient) -> None:
    chat = make_chat(client, llm={"temperature": 0.4}, prompt={"opener": "Ahoy"})
    address = f"{CHATS}/{chat['id']}"
    data_of(client.put(address, json={"llm": {}, "prompt": {}}))
    changed = data_of(client.get(address))
    assert (changed["llm"], changed["prompt"]) == (chat["llm"], chat["prompt"])


@pytest.mark.parametrize("llm", [{"note": "x" * 65_535}, {"note": "a\0b"}])
def test_other_keys_of_a_model_have_a_limit(client: FlaskClient, llm: dict[str, str]) -> None:
    assert "`llm`" in refused(client.post(CHATS, json={"name": "x", "llm": llm}), 400, 101)


def test_options_that_are_not_built_are_refused_where_they_are_on(client: FlaskClient) -> None:
    flags = ("tts", "use_kg", "reasoning", "toc_enhance")
    for option in (*flags, "tavily_api_key", "web_search_provider"):
        answer = client.post(CHATS, json={"name": "x", "prompt": {option: "true"}})
        assert f"Field: <prompt.{option}>" in refused(answer, 400, 101)
    off = dict.fromkeys(flags, False)
    made = make_chat(client, prompt={**off, "tavily_api_key": "", "web_search_provider": None})
    assert made["prompt_config"] | off == made["prompt_config"]


@pytest.mark.parametrize("off", [{"method": "disabled"}, {}, None])
def test_a_filter_by_metadata_that_is_off_is_taken(client: FlaskClient, off: object) -> None:
    assert make_chat(client, meta_data_filter=off)["meta_data_filter"] == {"method": "disabled"}


def test_a_filter_by_metadata_that_is_on_is_refused(client: FlaskClient) -> None:
    answer = client.post(CHATS, json={"name": "x", "meta_data_filter": {"method": "auto"}})
    assert "Field: <meta_data_filter>" in refused(answer, 400, 101)


def test_sessions_are_sorted_by_name_and_empty_values_choose_all(client: FlaskClient) -> None:
    path = f"{CHATS}/{make_chat(client)['id']}/sessions"
    for name in ("b", "c", "a"):
        data_of(client.post(path, json={"name": name}))
    assert names(client, path, orderby="name", desc="false") == ["a", "b", "c"]
    assert len(names(client, path, name="", id="")) == 3


def test_a_session_of_a_deleted_assistant_is_nobodys(client: FlaskClient) -> None:
    address = f"{CHATS}/{make_chat(client)['id']}"
    session = f"{address}/sessions/{data_of(client.post(f'{address}/sessions'))['id']}"
    data_of(client.delete(address))
    for call in (client.put, client.patch):
        said = refused(call(session, json={"name": "x"}), 404, 102)
        assert said == "You do not own the session"


# All routes.


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("datasets", "ids"),
        ("datasets/{dataset}/documents", "ids"),
        ("datasets/{dataset}/documents/{document}/chunks", "chunk_ids"),
        ("chats", "ids"),
        ("chats/{chat}/sessions", "ids"),
    ],
)
@pytest.mark.parametrize("body", [{"json": {}}, {}])
def test_a_deletion_that_says_nothing_is_told_the_key(
    client: FlaskClient, path: str, key: str, body: dict[str, Any]
) -> None:
    _, _, _, _, dataset, _, document = make_document(client).split("/")
    place = path.format(dataset=dataset, document=document, chat=make_chat(client)["id"])
    said = refused(client.delete(f"{API}/{place}", **body), 400, 101)
    assert said == f"`{key}` is required: a list of ids, or null to delete all."

"""Datasets on the console's pages: made, listed, changed and deleted."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member, client_with, join
from tests.functional.library import API, add_chunk, data_of, make_dataset, told, upload

NOBODY = "0" * 32
ONLY_OWNER = "Only owner of knowledgebase authorized for this operation."


def make(console: FlaskClient, name: str = "tides", **fields: object) -> str:
    """Create a dataset and return its id."""
    body = {"name": name, **fields}
    return str(data_of(console.post("/v1/kb/create", json=body))["kb_id"])


def detail(console: FlaskClient, dataset: str) -> dict[str, Any]:
    """Return a dataset."""
    shown: dict[str, Any] = data_of(console.get("/v1/kb/detail", query_string={"kb_id": dataset}))
    return shown


def change(console: FlaskClient, dataset: str, **fields: object) -> Any:
    """Change a dataset as its page does, which sends all that has to be there."""
    body = {"kb_id": dataset, "name": "tides", "description": None, "parser_id": "naive"}
    return console.post("/v1/kb/update", json=body | fields)


def names(
    console: FlaskClient, body: dict[str, object] | None = None, **query: object
) -> list[str]:
    """Return the names of the datasets that a list shows."""
    answer = console.post("/v1/kb/list", query_string=query, json=body or {})
    return [kb["name"] for kb in data_of(answer)["kbs"]]


@pytest.mark.databases("sqlite")
def test_what_is_said_of_a_dataset_is_kept(console: FlaskClient) -> None:
    said = {
        "avatar": "data:image/png;base64,AA==",
        "description": "Water, up and down.",
        "language": "German",
        "permission": "team",
        "embd_id": "wordllama@Builtin",
        "parser_id": "qa",
    }
    dataset = make(console, **said, parse_type=1, pipeline_id="")
    shown = detail(console, dataset)
    assert {name: shown[name] for name in said} == said
    assert shown["parser_config"]["raptor"] == {"use_raptor": False}
    assert make(console, "Tides") != dataset
    assert names(console, orderby="name", desc="False") == ["Tides(1)", "tides"]


def test_the_options_are_replaced_and_shown_as_they_were_sent(console: FlaskClient) -> None:
    dataset = make(console)
    for options in (
        {"chunk_token_num": 64, "delimiter": "\n!", "graphrag": {"use_graphrag": True}},
        {"toc_extraction": False, "raptor": {"use_raptor": False, "scope": "file"}},
        {"toc_extraction": True, "table_context_size": 64, "image_context_size": 1},
        {"enable_metadata": True, "metadata": [{"name": "author"}]},
        {"enable_metadata": False, "metadata": {"author": {}}},
    ):
        changed = data_of(change(console, dataset, parser_config=options))
        assert changed["parser_config"] == options
    kept = data_of(change(console, dataset, name="ebb"))
    assert kept["parser_config"] == options
    again = data_of(change(console, dataset, parser_config={}))
    assert again["parser_config"]["chunk_token_num"] == 512
    wrongs: tuple[dict[str, object], ...] = (
        *({"chunk_token_num": 0}, {"delimiter": ""}, {"x": "a\0b"}, {"html4excel": "x"}),
        *({"filename_embd_weight": 1.5}, {"toc_extraction": 3}, {"enable_children": True}),
        *({"table_context_size": 257}, {"image_context_size": -1}),
        {"enable_metadata": True, "metadata": {"author": {}}},
        {"enable_metadata": True, "metadata": [{"title": "author"}]},
    )
    for wrong in wrongs:
        code, message = told(change(console, dataset, parser_config=wrong))
        assert (code, "parser_config" in message) == (101, True)


def test_a_dataset_is_changed(console: FlaskClient) -> None:
    dataset = make(console, description="The sea.", avatar="data:image/png;base64,AA==")
    changed = data_of(
        change(
            console,
            dataset,
            name="ebb",
            description="  ",
            avatar="",
            permission="team",
            pagerank=7,
            parser_id="qa",
            connectors=[],
            doc_num=99,
            anything={"else": 1},
        )
    )
    shown = detail(console, dataset)
    assert shown == changed | {"size": 0}
    assert (shown["name"], shown["description"], shown["avatar"]) == ("ebb", None, None)
    assert (shown["permission"], shown["pagerank"], shown["parser_id"]) == ("team", 7, "qa")
    assert shown["doc_num"] == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"name": " "}, 102, "Dataset name can't be empty."),
        ({"name": 7}, 102, "Dataset name must be string."),
        ({"name": "x" * 129}, 102, "Dataset name length is 129 which is large than 128"),
        ({"parser_id": "none"}, 101, "parser_id"),
        ({"permission": "all"}, 101, "permission"),
        ({"embd_id": "none@Nobody"}, 101, "Unsupported model: <none@Nobody>"),
        ({"avatar": "x" * 65_536}, 101, "avatar"),
        ({"pipeline_id": "0" * 32}, 101, "Field: <pipeline_id>"),
        ({"parser_config": {"auto_keywords": 33}}, 101, "parser_config.auto_keywords"),
    ],
)
def test_what_cannot_be_said_of_a_dataset_is_refused_by_name(
    console: FlaskClient, fields: dict[str, object], code: int, message: str
) -> None:
    dataset = make(console)
    for answer in (
        console.post("/v1/kb/create", json={"name": "ebb"} | fields),
        change(console, dataset, **fields),
    ):
        found, said = told(answer)
        assert (found, message in said) == (code, True), said
    assert names(console) == ["tides"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"pagerank": 101}, 101, "pagerank"),
        ({"connectors": [{"id": "x"}]}, 101, "Field: <connectors>"),
        ({"id": "x", "create_time": 1}, 101, "id, create_time isn't allowed"),
        ({"name": "EBB"}, 102, "Duplicated knowledgebase name."),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_name(
    console: FlaskClient, fields: dict[str, object], code: int, message: str
) -> None:
    make(console, "ebb")
    dataset = make(console)
    found, said = told(change(console, dataset, **fields))
    assert (found, message in said) == (code, True), said
    assert detail(console, dataset)["name"] == "tides"


@pytest.mark.databases("sqlite")
def test_what_is_missing_is_named_together(console: FlaskClient) -> None:
    for page, body, missing in (
        ("create", {}, "name"),
        ("update", {"name": "x"}, "kb_id, description, parser_id"),
        ("rm", {}, "kb_id"),
        ("check_embedding", {"kb_id": NOBODY}, "embd_id"),
    ):
        answer = console.post(f"/v1/kb/{page}", json=body)
        assert told(answer) == (101, f"required argument are missing: {missing}; ")
    assert told(console.get("/v1/kb/detail"))[1] == "required argument are missing: kb_id; "
    assert told(console.post("/v1/kb/list_pipeline_logs", json={})) == (101, 'Lack of "KB ID"')
    assert told(console.post("/v1/kb/create", json={"name": "x", "parse_type": 2}))[0] == 102


def test_an_embedding_model_stays_once_there_are_chunks(console: FlaskClient) -> None:
    dataset, other = make(console), "hashing@Builtin"
    asked = {"kb_id": dataset, "embd_id": other}
    assert data_of(console.post("/v1/kb/check_embedding", json=asked)) is True
    assert data_of(change(console, dataset, embd_id=other))["embd_id"] == other
    document = upload(console, dataset, ("a.txt", b"x"))[0]["id"]
    add_chunk(console, f"{API}/datasets/{dataset}/documents/{document}", "The tide comes.")
    refusal = (102, f"When chunk_num (1) > 0, embedding_model must remain {other}")
    wanted = "wordllama@Builtin"
    check = {"kb_id": dataset, "embd_id": wanted}
    assert told(console.post("/v1/kb/check_embedding", json=check)) == refusal
    assert told(change(console, dataset, embd_id=wanted)) == refusal
    assert data_of(console.post("/v1/kb/check_embedding", json=asked)) is True
    assert data_of(change(console, dataset, embd_id=other, name="ebb"))["name"] == "ebb"
    unknown = {"kb_id": dataset, "embd_id": "none@Nobody"}
    assert told(console.post("/v1/kb/check_embedding", json=unknown))[0] == 101


def test_lists_filter_page_and_sort(console: FlaskClient) -> None:
    for name in ("ebb", "flood", "Slack %water"):
        make(console, name, parser_id="qa" if name == "ebb" else "naive")
    assert names(console) == ["Slack %water", "flood", "ebb"]
    assert names(console, orderby="name", desc="False") == ["Slack %water", "ebb", "flood"]
    assert names(console, orderby="name", desc="False", page=2, page_size=2) == ["flood"]
    assert names(console, page_size=1) == names(console, page=3) == names(console)
    assert names(console, keywords="k %W") == ["Slack %water"]
    assert names(console, keywords="_") == []
    assert names(console, parser_id="qa") == ["ebb"]
    assert names(console, {"owner_ids": [NOBODY]}) == []
    assert names(console, {"owner_ids": []}) == names(console)
    [flood] = data_of(console.post("/v1/kb/list?keywords=flood", json={}))["kbs"]
    assert names(console, id=flood["id"]) == ["flood"]
    assert told(console.post("/v1/kb/list?orderby=avatar", json={}))[0] == 101


@pytest.mark.databases("sqlite")
def test_a_dataset_is_deleted(console: FlaskClient) -> None:
    dataset = make(console)
    assert data_of(console.post("/v1/kb/rm", json={"kb_id": dataset})) is True
    assert names(console) == []
    assert told(console.post("/v1/kb/rm", json={"kb_id": dataset})) == (109, "No authorization.")


def test_metadata_are_told_by_value(console: FlaskClient) -> None:
    ids = []
    for name in ("tides", "maps"):
        dataset = make(console, name)
        document = upload(console, dataset, ("a.txt", b"x"))[0]["id"]
        fields = {"shelf": name, "year": 1999, "tags": ["a", "a", "b"]}
        place = f"{API}/datasets/{dataset}/documents/{document}"
        data_of(console.put(place, json={"meta_fields": fields}))
        ids.append((dataset, document))
    asked = {"kb_ids": ",".join(dataset for dataset, _ in ids)}
    found = data_of(console.get("/v1/kb/get_meta", query_string=asked))
    tides, maps = (document for _, document in ids)
    both = sorted([tides, maps])
    assert found == {
        "shelf": {"tides": [tides], "maps": [maps]},
        "year": {"1999": both},
        "tags": {"a": both, "b": both},
    }
    for nothing in ("", "?kb_ids="):
        assert data_of(console.get(f"/v1/kb/get_meta{nothing}")) == {}
        assert data_of(console.get(f"/v1/kb/tags{nothing}")) == []


@pytest.mark.databases("sqlite")
def test_the_datasets_of_others_are_not_there(console: FlaskClient, stranger: FlaskClient) -> None:
    theirs = make_dataset(stranger)["id"]
    refusal = (109, "No authorization.")
    for dataset in (theirs, NOBODY, "no id"):
        asked = {"kb_id": dataset}
        assert told(console.get("/v1/kb/detail", query_string=asked)) == (103, ONLY_OWNER)
        assert told(change(console, dataset)) == refusal
        assert told(console.post("/v1/kb/rm", json=asked)) == refusal
        for page in ("basic_info", "trace_graphrag", "trace_raptor"):
            assert told(console.get(f"/v1/kb/{page}", query_string=asked)) == refusal
        for page in ("get_meta", "tags"):
            assert told(console.get(f"/v1/kb/{page}", query_string={"kb_ids": dataset})) == refusal
        for page in ("knowledge_graph", "tags"):
            assert told(console.get(f"/v1/kb/{dataset}/{page}")) == refusal
    assert names(console) == []
    assert names(stranger) == ["handbook"]


def test_a_member_sees_what_is_shared_and_whose_it_is(
    app: Flask, console: FlaskClient, services: Services, member: Member
) -> None:
    shared = make(console, "shared", permission="team")
    make(console, "own")
    colleague = join(services, "colleague@example.org")
    services.accounts.members.add(member.account.principal, "colleague@example.org")
    theirs = client_with(app, colleague.api_key)
    [card] = data_of(theirs.post("/v1/kb/list", json={}))["kbs"]
    owner = member.account
    assert (card["id"], card["tenant_id"], card["nickname"]) == (shared, owner.id, "member")
    assert names(theirs, {"owner_ids": [owner.id]}) == ["shared"]
    assert names(theirs, {"owner_ids": [colleague.account.id]}) == []
    assert detail(theirs, shared)["name"] == "shared"
    assert told(change(theirs, shared)) == (103, ONLY_OWNER)
    assert told(theirs.post("/v1/kb/rm", json={"kb_id": shared})) == (109, "No authorization.")


@pytest.mark.databases("sqlite")
def test_what_is_not_built_of_datasets_is_refused_in_a_sentence(console: FlaskClient) -> None:
    dataset = make(console)
    for page, body in (
        ("run_graphrag", {"kb_id": dataset}),
        ("run_raptor", {"kb_id": dataset}),
        (f"{dataset}/rm_tags", {"tags": ["x"]}),
        (f"{dataset}/rename_tag", {"from_tag": "x", "to_tag": "y"}),
    ):
        code, message = told(console.post(f"/v1/kb/{page}", json=body))
        assert (code, "Raglan has none of this" in message) == (501, True)

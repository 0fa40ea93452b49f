"""Where the two contracts of the REST API differ, the key or the setting says which is spoken."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member, client_with
from tests.functional.corpus import Corpus
from tests.functional.library import API, data_of, make_dataset, make_document, refused, upload
from tests.functional.sdk.rest import keyed_client, switch

pytestmark = pytest.mark.databases("sqlite")

ABSENT = "0" * 31 + "1"


@pytest.fixture
def rest(app: Flask, services: Services, member: Member) -> FlaskClient:
    return keyed_client(app, services, member, "rest")


def test_a_key_says_which_contract_it_is_answered_in(
    app: Flask, services: Services, member: Member, client: FlaskClient
) -> None:
    classic, rest = (keyed_client(app, services, member, one) for one in ("classic", "rest"))
    asked = {"unnamed": client, "classic": classic, "rest": rest}

    def shapes() -> dict[str, type]:
        return {name: type(data_of(one.get(f"{API}/chats"))) for name, one in asked.items()}

    assert shapes() == {"unnamed": list, "classic": list, "rest": dict}
    switch(services, "rest")
    assert shapes() == {"unnamed": dict, "classic": list, "rest": dict}
    switch(services, "classic")
    assert shapes() == {"unnamed": list, "classic": list, "rest": dict}


def test_a_session_is_answered_in_the_contract_of_the_setting(
    console: FlaskClient, services: Services
) -> None:
    assert data_of(console.get(f"{API}/chats")) == []
    switch(services, "rest")
    assert data_of(console.get(f"{API}/chats")) == {"chats": [], "total": 0}


def test_the_contract_of_a_key_is_chosen_with_it_and_shown(
    app: Flask, client: FlaskClient, console: FlaskClient
) -> None:
    tokens = f"{API}/system/tokens"
    by_query = data_of(client.post(tokens, query_string={"name": "a", "contract": "rest"}))
    by_body = data_of(client.post(tokens, json={"name": "b", "contract": "classic"}))
    plain = data_of(client.post(tokens, content_type="application/json"))
    at_console = data_of(console.post("/v1/system/new_token?contract=rest"))
    made = (by_query, by_body, plain, at_console)
    assert [key["contract"] for key in made] == ["rest", "classic", None, "rest"]
    assert [key["name"] for key in made[:2]] == ["a", "b"]
    listed = {key["id"]: key["contract"] for key in data_of(client.get(tokens))}
    assert [listed[key["id"]] for key in made] == ["rest", "classic", None, "rest"]
    assert data_of(client_with(app, by_query["token"]).get(f"{API}/chats"))["total"] == 0


@pytest.mark.parametrize("contract", ["later", "", 1])
def test_a_contract_that_there_is_not_is_refused(client: FlaskClient, contract: object) -> None:
    answer = client.post(f"{API}/system/tokens", json={"contract": contract})
    assert "Field: <contract>" in refused(answer, 400, 101)
    assert len(data_of(client.get(f"{API}/system/tokens"))) == 1


def test_agents_have_the_form_of_the_contract(client: FlaskClient, rest: FlaskClient) -> None:
    assert data_of(client.get(f"{API}/agents")) == []
    assert data_of(rest.get(f"{API}/agents")) == {"canvas": [], "total": 0}
    for one in (client, rest):
        for method, path in (("POST", ""), ("PUT", "/a"), ("POST", "/a/completions")):
            told = refused(one.open(f"{API}/agents{path}", method=method, json={}), 501, 501)
            assert told.startswith("Agents")


def test_a_key_that_is_missing_or_wrong_has_the_code_of_its_status(
    app: Flask, anonymous: FlaskClient, services: Services
) -> None:
    wrong = client_with(app, "ragflow-wrong")
    for path in ("/datasets", "/chats", "/system/tokens"):
        assert [refused(one.get(f"{API}{path}"), 401, 109) for one in (anonymous, wrong)]
    switch(services, "rest")
    for path in ("/datasets", "/chats", "/system/tokens"):
        for one in (anonymous, wrong):
            answer = one.get(f"{API}{path}")
            assert refused(answer, 401, 401).startswith("Unauthorized: ")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_contract_counts_under_its_prefix_alone(
    anonymous: FlaskClient, services: Services
) -> None:
    switch(services, "rest")
    for path in ("/v1/llm/factories", "/v1/models"):
        assert "Unauthorized: " not in anonymous.get(path).text


def test_an_unknown_address_is_named(
    rest: FlaskClient, client: FlaskClient, anonymous: FlaskClient, services: Services
) -> None:
    path = f"{API}/no/such"
    lost = {
        "code": 404,
        "message": f"Not Found: {path}",
        "data": None,
        "error": "Not Found",
    }
    assert rest.get(path).json == lost
    assert client.get(path).json["message"].startswith("Not Found: there is no")
    switch(services, "rest")
    for one in (client, anonymous):
        answer = one.get(path)
        assert (answer.status_code, answer.json) == (404, lost)
    assert refused(rest.post(f"{API}/system/version"), 405, 405)
    assert len(rest.get(f"{API}/{'x' * 6000}").data) < 8192


def test_a_dataset_of_somebody_else_is_a_wrong_argument(
    rest: FlaskClient, client: FlaskClient, stranger: FlaskClient
) -> None:
    theirs = make_dataset(stranger)["id"]
    for one, code, status in ((client, 108, 403), (rest, 102, 404)):
        for dataset_id in (theirs, ABSENT):
            where = f"lacks permission for dataset '{dataset_id}'"
            for answer in (
                one.get(f"{API}/datasets", query_string={"id": dataset_id}),
                one.put(f"{API}/datasets/{dataset_id}", json={"name": "x"}),
                one.delete(f"{API}/datasets", json={"ids": [dataset_id]}),
            ):
                assert where in refused(answer, status, code)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_who_owns_what_is_said_in_small_letters(rest: FlaskClient, client: FlaskClient) -> None:
    dataset = make_dataset(client)["id"]
    documents = f"{API}/datasets/{dataset}/documents"
    absent = f"{API}/datasets/{ABSENT}/documents"

    def both(method: str, path: str, status: int = 404, **sent: Any) -> tuple[str, str]:
        answers = (one.open(path, method=method, **sent) for one in (client, rest))
        classic, later = (refused(answer, status, 102) for answer in answers)
        return classic, later

    assert both("GET", absent) == (
        f"You don't own the dataset {ABSENT}. ",
        f"you don't own the dataset {ABSENT}",
    )
    assert both("GET", documents, query_string={"id": ABSENT}) == (
        f"You don't own the document {ABSENT}.",
        f"you don't own the document {ABSENT}",
    )
    assert both("GET", f"{documents}/{ABSENT}/chunks") == (
        f"You don't own the document {ABSENT}.",
        f"you don't own the document {ABSENT}",
    )
    assert both("PUT", f"{documents}/{ABSENT}", json={"name": "a.txt"}) == (
        "The dataset doesn't own the document.",
        "the dataset doesn't own the document",
    )
    assert both("GET", f"{documents}/{ABSENT}") == (
        f"The dataset not own the document {ABSENT}.",
        "document not found",
    )
    assert both("DELETE", documents, json={"ids": [ABSENT]}) == (
        f"Documents not found: ['{ABSENT}']",
        f"These documents do not belong to dataset {dataset}: ['{ABSENT}']",
    )


PATHS = ("/datasets", "/chats", "/chats/{chat}/sessions", "/datasets/{dataset}/documents")


@pytest.mark.parametrize("path", [*PATHS, "/datasets/{dataset}/documents/{document}/chunks"])
def test_deletions_take_all_only_by_that_name_and_are_counted(
    rest: FlaskClient, corpus: Corpus, path: str
) -> None:
    chat = data_of(rest.post(f"{API}/chats", json={"name": "guide"}))["id"]
    data_of(rest.post(f"{API}/chats/{chat}/sessions", json={"name": "s"}))
    place = API + path.format(chat=chat, dataset=corpus.dataset_id, document=corpus.document_id)
    key = "chunk_ids" if path.endswith("chunks") else "ids"
    if key == "chunk_ids":
        data_of(rest.post(place, json={"content": "The lamp is lit."}))

    def count() -> int:
        data = data_of(rest.get(place))
        return len(data) if isinstance(data, list) else data["total"]

    before = count()
    assert before > 0
    for nothing in ({key: None}, {key: []}, {key: None, "delete_all": False}):
        assert data_of(rest.delete(place, json=nothing)) == {"success_count": 0}
        assert count() == before
    assert key in refused(rest.delete(place, json={}), 400, 101)
    assert data_of(rest.delete(place, json={"delete_all": True})) == {"success_count": before}
    assert count() == 0


LISTS = ("/chats", "/chats/{chat}/sessions", "/datasets/{dataset}/documents")


@pytest.mark.parametrize("path", [*LISTS, "/datasets/{dataset}/documents/{document}/chunks"])
def test_pages_are_short_and_bad_ones_stand_for_the_first(
    rest: FlaskClient, client: FlaskClient, corpus: Corpus, path: str
) -> None:
    chat = data_of(rest.post(f"{API}/chats", json={"name": "guide"}))["id"]
    place = API + path.format(chat=chat, dataset=corpus.dataset_id, document=corpus.document_id)
    first = data_of(rest.get(place))
    for bad in ("x", "", "-1", "0", "1.5", "1e9", "9" * 5000):
        for name in ("page", "page_size"):
            assert data_of(rest.get(place, query_string={name: bad})) == first
    assert data_of(rest.get(place, query_string={"page_size": 100})) == first
    for one, status in ((rest, 400), (client, 200)):
        answer = one.get(place, query_string={"page_size": 101})
        assert answer.status_code == status
    told = refused(rest.get(place, query_string={"page_size": 101}), 400, 101)
    assert told == "page_size must be less than or equal to 100"
    assert "<page>" in refused(client.get(place, query_string={"page": "x"}), 400, 101)


def test_bad_pages_of_datasets_are_refused(rest: FlaskClient) -> None:
    for name in ("page", "page_size"):
        for bad in ("x", "0", "-1"):
            told = refused(rest.get(f"{API}/datasets", query_string={name: bad}), 400, 101)
            assert f"Field: <{name}>" in told
    told = refused(rest.get(f"{API}/datasets?page_size=101"), 400, 101)
    assert told == "page_size must be less than or equal to 100"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_bad_options_of_a_document_are_a_rule_that_is_broken(
    rest: FlaskClient, client: FlaskClient, method: str
) -> None:
    document = make_document(client)
    for one, code in ((client, 101), (rest, 102)):
        for bad in ({"delimiter": ""}, {"raptor": {"use_raptor": {}}}, {"nothing": 1}):
            answer = one.open(document, method=method, json={"parser_config": bad})
            told = refused(answer, 400, code)
            assert told.startswith("Field: <parser_config.")
            assert "Message: <" in told
    renamed = rest.open(document, method=method, json={"name": "a.pdf"})
    assert "extension" in refused(renamed, 400, 101)


def test_embedding_models_are_named_with_their_instance(
    rest: FlaskClient, client: FlaskClient
) -> None:
    bare, two, three = (
        make_dataset(rest, "a"),
        make_dataset(rest, "b", embedding_model="wordllama@Builtin"),
        make_dataset(rest, "c", embedding_model="wordllama@Moon@Builtin"),
    )
    assert bare["embedding_model"] == two["embedding_model"] == "wordllama@Local@Builtin"
    assert three["embedding_model"] == "wordllama@Moon@Builtin"
    path = f"{API}/datasets/{two['id']}"
    assert data_of(client.get(path))["embedding_model"] == "wordllama@Builtin"
    assert data_of(rest.get(path)) == two
    for name in ("wordllama@Local@Builtin", "wordllama@Builtin"):
        same = data_of(rest.put(path, json={"embedding_model": name}))
        assert same["embedding_model"] == "wordllama@Local@Builtin"


def test_datasets_of_both_contracts_are_searched_together(
    rest: FlaskClient, client: FlaskClient
) -> None:
    named = {"embedding_model": "wordllama@Local@Builtin"}
    made = [make_dataset(client, "a"), make_dataset(rest, "b", **named)]
    for dataset in made:
        document = upload(client, dataset["id"], ("a.txt", b"x"))[0]["id"]
        path = f"{API}/datasets/{dataset['id']}/documents/{document}/chunks"
        data_of(rest.post(path, json={"content": f"The lamp of {dataset['name']}."}))
    body = {"question": "lamp", "dataset_ids": [dataset["id"] for dataset in made]}
    for one in (client, rest):
        assert data_of(one.post(f"{API}/retrieval", json=body))["total"] == 2

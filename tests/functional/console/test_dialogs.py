"""Assistants as the console's pages make, change, list and delete them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.corpus import Corpus
from tests.functional.library import API, data_of, refused

ABSENT = "0" * 32

FORM: dict[str, Any] = {
    "name": "Keeper",
    "icon": "",
    "language": "English",
    "description": "",
    "prompt_config": {
        "empty_response": "",
        "prologue": "Good evening.",
        "quote": True,
        "keyword": False,
        "tts": False,
        "system": "Answer from {knowledge}.",
        "refine_multiturn": False,
        "use_kg": False,
        "reasoning": False,
        "parameters": [{"key": "knowledge", "optional": False}],
        "toc_enhance": False,
    },
    "llm_id": "",
    "llm_setting": {},
    "similarity_threshold": 0.2,
    "vector_similarity_weight": 0.3,
    "top_n": 8,
}
"""What the page sends for a new assistant."""


def save(client: FlaskClient, **fields: object) -> dict[str, Any]:
    saved: dict[str, Any] = data_of(client.post("/v1/dialog/set", json=FORM | fields))
    return saved


def show(client: FlaskClient, dialog_id: str) -> dict[str, Any]:
    asked = {"dialog_id": dialog_id}
    shown: dict[str, Any] = data_of(client.get("/v1/dialog/get", query_string=asked))
    return shown


def names(client: FlaskClient, body: dict[str, Any] | None = None, **query: object) -> list[str]:
    answer = client.post("/v1/dialog/next", json=body or {}, query_string=query)
    return [dialog["name"] for dialog in data_of(answer)["dialogs"]]


def refusal(client: FlaskClient, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(f"/v1/{path}", json=body).get_json()
    assert answer.keys() == {"code", "message"}
    return answer["code"], answer["message"]


def test_an_assistant_is_made_without_datasets_and_gets_them_later(
    console: FlaskClient, corpus: Corpus
) -> None:
    made = save(console)
    assert (made["name"], made["kb_ids"], made["top_n"]) == ("Keeper", [], 8)
    assert made["prompt_config"]["prologue"] == "Good evening."
    whole = {**made, "dialog_id": made["id"], "kb_ids": [corpus.dataset_id, ABSENT]}
    changed = data_of(console.post("/v1/dialog/set", json=whole))
    assert changed == show(console, made["id"])
    assert changed["kb_ids"] == [corpus.dataset_id]
    assert changed["kb_names"] == ["handbook"]
    assert changed["create_time"] == made["create_time"]


@pytest.mark.databases("sqlite")
def test_it_is_the_assistant_of_the_rest_api(console: FlaskClient, corpus: Corpus) -> None:
    dialog = save(console, kb_ids=[corpus.dataset_id], vector_similarity_weight=0.4)
    chat = data_of(console.get(f"{API}/chats/{dialog['id']}"))
    assert chat["prompt"]["opener"] == "Good evening."
    assert chat["prompt"]["keywords_similarity_weight"] == 0.6
    assert [dataset["id"] for dataset in chat["datasets"]] == [corpus.dataset_id]
    body = {"name": "From afar", "prompt": {"opener": "Hello."}}
    made = data_of(console.post(f"{API}/chats", json=body))
    assert show(console, made["id"])["prompt_config"]["prologue"] == "Hello."


def test_a_name_that_is_taken_gets_a_number(console: FlaskClient, stranger: FlaskClient) -> None:
    first, second = save(console), save(console, name="KEEPER")
    assert (first["name"], second["name"]) == ("Keeper", "KEEPER(1)")
    third = save(console, name="Other")
    plain = {"prompt_config": {"system": "Be brief.", "parameters": []}}
    body = {**third, "dialog_id": third["id"], "name": "Keeper", **plain}
    assert save(console, **body)["name"] == "Keeper(2)"
    same = {**first, "dialog_id": first["id"], **plain}
    assert save(console, **same)["name"] == "Keeper", "its own name is not taken"
    assert save(stranger)["name"] == "Keeper"


def test_what_is_not_given_stays(console: FlaskClient, corpus: Corpus) -> None:
    made = save(console, description="At the coast", kb_ids=[corpus.dataset_id], icon="data:x")
    body = {"dialog_id": made["id"], "prompt_config": {"quote": False}, "description": None}
    changed = data_of(console.post("/v1/dialog/set", json=body | {"icon": None, "rerank_id": None}))
    expected = made | {"prompt_config": made["prompt_config"] | {"quote": False}}
    assert changed | {"update_time": 0, "update_date": ""} == expected | {
        "update_time": 0,
        "update_date": "",
    }


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"prompt_config": None}, 101, "required argument are missing: prompt_config; "),
        ({"name": ""}, 102, "Dialog name can't be empty."),
        ({"name": "  "}, 102, "Dialog name can't be empty."),
        ({"name": 7}, 102, "Dialog name must be string."),
        ({"name": None}, 102, "Dialog name must be string."),
        ({"name": "x" * 256}, 102, "Dialog name length is 256 which is larger than 255"),
        ({"llm_id": "nothing@Nowhere"}, 102, "`llm_id` nothing@Nowhere doesn't exist"),
        ({"rerank_id": "nothing@Nowhere"}, 102, "`rerank_id` nothing@Nowhere doesn't exist"),
        ({"dialog_id": ABSENT}, 102, "Dialog not found"),
        ({"kb_ids": "x"}, 101, "Field: <kb_ids>"),
        ({"meta_data_filter": {"method": "auto"}}, 101, "Field: <meta_data_filter>"),
        ({"prompt_config": {"tts": True}}, 101, "Field: <prompt_config.tts>"),
        ({"prompt_config": {"tavily_api_key": "k"}}, 101, "Field: <prompt_config.tavily_api_key>"),
        (
            {"prompt_config": {"system": "Hi", "parameters": [{"key": "mood"}]}},
            102,
            "Parameter 'mood' is not used",
        ),
    ],
)
def test_what_is_wrong_is_named(
    console: FlaskClient, fields: dict[str, Any], code: int, message: str
) -> None:
    found = refusal(console, "dialog/set", FORM | fields)
    assert (found[0], found[1][: len(message)]) == (code, message)
    assert names(console) == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "fields",
    [
        {"meta_data_filter": {}},
        {"meta_data_filter": {"method": "disabled", "manual": []}},
        {"meta_data_filter": None, "rerank_id": None},
        {"rerank_id": ""},
        {"prompt_config": FORM["prompt_config"] | {"cross_languages": [], "tavily_api_key": ""}},
    ],
)
def test_what_means_off_is_taken(console: FlaskClient, fields: dict[str, Any]) -> None:
    shown = save(console, **fields)
    assert (shown["meta_data_filter"], shown["rerank_id"]) == ({}, "")


@pytest.mark.databases("sqlite")
def test_the_steps_before_a_search_are_kept_beside_the_filter(console: FlaskClient) -> None:
    steps = {"keyword": True, "refine_multiturn": True, "cross_languages": ["German"]}
    plain = {"system": "Be brief.", "parameters": []}
    made = save(console, prompt_config=plain | steps)
    assert made["prompt_config"] | steps == made["prompt_config"]
    chosen = {"method": "manual", "manual": [{"key": "year", "op": "=", "value": "1820"}]}
    body = {"dialog_id": made["id"], "meta_data_filter": chosen}
    changed = save(console, **body, prompt_config=plain | {"keyword": False})
    assert changed["meta_data_filter"]["manual"] == chosen["manual"]
    assert changed["prompt_config"] == made["prompt_config"] | {"keyword": False}


@pytest.mark.databases("sqlite")
def test_a_prompt_that_wants_passages_wants_datasets(console: FlaskClient) -> None:
    made = save(console)
    code, message = refusal(console, "dialog/set", made | {"dialog_id": made["id"]})
    assert code == 102
    assert message.startswith("Please remove `{knowledge}` in system prompt")


def test_datasets_of_several_models_are_refused(
    console: FlaskClient, services: Services, corpus: Corpus
) -> None:
    other = corpus.another(services, "other", embedding_model="hashing@Builtin")
    code, message = refusal(console, "dialog/set", FORM | {"kb_ids": [corpus.dataset_id, other]})
    assert (code, message) == (102, "Datasets use different embedding models.")


def test_lists_are_pages_or_whole(console: FlaskClient, stranger: FlaskClient) -> None:
    for number in range(3):
        save(console, name=f"number {number}")
    save(stranger, name="theirs")
    assert names(console) == ["number 2", "number 1", "number 0"]
    assert names(console, page=2, page_size=2) == ["number 0"]
    assert names(console, page=0, page_size=2) == ["number 2", "number 1", "number 0"]
    assert names(console, orderby="name", desc="False", keywords="NUMBER")[0] == "number 0"
    assert names(console, keywords="1") == ["number 1"]
    assert names(console, {"owner_ids": [ABSENT]}) == []
    answer = console.post("/v1/dialog/next", json={}, query_string={"page": 2, "page_size": 2})
    assert data_of(answer)["total"] == 3
    everything = data_of(console.get("/v1/dialog/list"))
    assert [dialog["name"] for dialog in everything] == ["number 2", "number 1", "number 0"]


def test_one_that_is_somebody_elses_deletes_nothing(
    console: FlaskClient, stranger: FlaskClient
) -> None:
    mine, theirs = save(console)["id"], save(stranger)["id"]
    said = (103, "Only owner of dialog authorized for this operation.")
    assert refusal(console, "dialog/rm", {"dialog_ids": [mine, theirs]}) == said
    assert names(console) == names(stranger) == ["Keeper"]
    for ids in ([], [mine, mine], [mine]):
        assert data_of(console.post("/v1/dialog/rm", json={"dialog_ids": ids})) is True
    assert names(console) == []
    asked = console.get("/v1/dialog/get", query_string={"dialog_id": mine}).get_json()
    assert (asked["code"], asked["message"]) == (102, "Dialog not found")


@pytest.mark.databases("sqlite")
def test_further_settings_of_a_model_are_kept(console: FlaskClient, client: FlaskClient) -> None:
    setting = {"temperature": 0.7, "parameter": "Precise", "enabled": {"top_p": False}}
    made = save(console, llm_setting=setting)
    assert made["llm_setting"] == show(console, made["id"])["llm_setting"]
    assert made["llm_setting"].items() >= setting.items()
    assert data_of(client.get(f"{API}/chats/{made['id']}"))["llm"]["parameter"] == "Precise"
    code, message = refusal(console, "dialog/set", FORM | {"llm_setting": {"x": "a\0"}})
    assert (code, message.startswith("`llm_setting`")) == (101, True)


def by_shelf(value: str, op: str = "=") -> dict[str, Any]:
    """Return a filter by the metadata of the corpus, as the page sends it."""
    manual = [{"key": "shelf", "op": op, "value": value}, {"key": "year", "op": "≥", "value": 1990}]
    return {"method": "manual", "logic": "and", "manual": manual}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("shelf", "found"), [("north", True), ("south", False)])
def test_an_assistant_reads_only_what_its_filter_lets_through(
    console: FlaskClient, client: FlaskClient, corpus: Corpus, shelf: str, *, found: bool
) -> None:
    made = save(console, kb_ids=[corpus.dataset_id], meta_data_filter=by_shelf(shelf))
    assert made["meta_data_filter"] == by_shelf(shelf)
    chat = f"{API}/chats/{made['id']}"
    assert data_of(client.get(chat))["meta_data_filter"] == by_shelf(shelf)

    def passages() -> list[Any]:
        session = data_of(client.post(f"{chat}/sessions", json={}))["id"]
        asked = {"question": "Where is the lamp?", "session_id": session, "stream": False}
        answer = data_of(client.post(f"{chat}/completions", json=asked))
        chunks: list[Any] = answer["reference"]["chunks"]
        return chunks

    assert bool(passages()) is found
    changed = data_of(client.patch(chat, json={"meta_data_filter": {"method": "disabled"}}))
    assert changed["meta_data_filter"] == {"method": "disabled"}
    assert show(console, made["id"])["meta_data_filter"] == {}
    assert passages()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "wrong",
    [
        by_shelf("x", "sounds like"),
        {"method": "manual", "manual": "x"},
        {"method": "manual", "manual": [{"op": "=", "value": "x"}]},
        {"method": "manual", "logic": "xor", "manual": [{"key": "a", "op": "=", "value": "x"}]},
        {"method": "semi_auto", "manual": []},
        {"method": "manual", "manual": [{"key": "a", "op": "=", "value": "a\0"}]},
        "manual",
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(
    console: FlaskClient, client: FlaskClient, wrong: object
) -> None:
    code, message = refusal(console, "dialog/set", FORM | {"meta_data_filter": wrong})
    assert (code, "meta_data_filter" in message) == (101, True)
    answer = client.post(f"{API}/chats", json={"name": "x", "meta_data_filter": wrong})
    assert "meta_data_filter" in refused(answer, 400, 101)

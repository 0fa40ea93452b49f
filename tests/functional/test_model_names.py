"""Names of models: aliases, names without a provider, and names with an instance."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.config.settings import ModelSettings, Settings
from api.container import Services
from api.errors import ArgumentError
from tests.functional.conftest import Member
from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload

pytestmark = pytest.mark.databases("sqlite")

ALIAS = "BAAI/bge-small-en-v1.5@Builtin"
EMBEDDING = [
    ALIAS,
    "BAAI/bge-small-en-v1.5@Local@Builtin",
    "wordllama@Local@Builtin",
    "wordllama@Builtin",
]
ZHIPU = "https://open.bigmodel.cn/api/paas/v4"


def searchable(client: FlaskClient, model: str) -> str:
    """Make a dataset with a chunk, by a model, and return its id."""
    dataset = make_dataset(client, embedding_model=model)
    assert dataset["embedding_model"] == model
    document = upload(client, dataset["id"], ("a.txt", b""))[0]["id"]
    place = f"{API}/datasets/{dataset['id']}/documents/{document}"
    add_chunk(client, place, "The lamp burns at dusk.")
    return str(dataset["id"])


def set_key(console: FlaskClient) -> None:
    data_of(console.post("/v1/llm/set_api_key", json={"llm_factory": "ZHIPU-AI", "api_key": "k"}))


def chat(client: FlaskClient, name: str, model: str) -> dict[str, Any]:
    body = {"name": name, "llm": {"model_name": model}}
    made: dict[str, Any] = data_of(client.post(f"{API}/chats", json=body))
    return made


def test_datasets_by_all_names_of_a_model_are_searched_together(client: FlaskClient) -> None:
    ids = [searchable(client, model) for model in EMBEDDING]
    body = {"dataset_ids": ids, "question": "When does the lamp burn?"}
    [found] = data_of(client.post(f"{API}/retrieval", json=body))["chunks"]
    assert {found["dataset_id"], *(item["dataset_id"] for item in found["duplicates"])} == set(ids)


def test_datasets_of_different_models_are_not_searched_together(client: FlaskClient) -> None:
    ids = [searchable(client, model) for model in (ALIAS, "hashing@Builtin")]
    answer = client.post(f"{API}/retrieval", json={"dataset_ids": ids, "question": "lamp"})
    assert refused(answer, 400, 102) == "Datasets use different embedding models."


@pytest.mark.parametrize("model", [*EMBEDDING, "wordllama"])
def test_the_default_is_shown_by_the_name_that_was_sent(
    client: FlaskClient, console: FlaskClient, member: Member, model: str
) -> None:
    body = {"tenant_id": member.account.id, "embd_id": model}
    data_of(console.post("/v1/user/set_tenant_info", json=body))
    assert data_of(console.get("/v1/user/tenant_info"))["embd_id"] == model
    assert make_dataset(client)["embedding_model"] == model


@pytest.mark.parametrize("model", ["BAAI/bge-small-en-v1.5", "nothing@Local@Builtin", "a@b@c@d"])
def test_a_default_that_nothing_is_called_is_refused_by_that_name(
    console: FlaskClient, member: Member, model: str
) -> None:
    body = {"tenant_id": member.account.id, "embd_id": model}
    said = refused(console.post("/v1/user/set_tenant_info", json=body), 200, 101)
    assert "<embd_id>" in said
    assert f"Unsupported model: <{model}>" in said


@pytest.mark.parametrize("model", ["glm-4", "glm-4@ZHIPU-AI", "glm-4@CI@ZHIPU-AI"])
def test_a_chat_model_is_found_where_the_tenant_has_an_account(
    client: FlaskClient, console: FlaskClient, services: Services, member: Member, model: str
) -> None:
    answer = client.post(f"{API}/chats", json={"name": "x", "llm": {"model_name": model}})
    assert refused(answer, 400, 102) == f"`model_name` {model} doesn't exist"
    set_key(console)
    assert chat(client, "x", model)["llm"]["model_name"] == model
    endpoint = services.models.models.access(member.account.id, model, "chat")
    assert (endpoint.model, endpoint.base_url, endpoint.provider) == ("glm-4", ZHIPU, "ZHIPU-AI")


def test_a_bare_name_is_that_of_the_settings_before_that_of_an_account(
    console: FlaskClient, services: Services, member: Member
) -> None:
    set_key(console)
    models = ModelSettings(chat_model="glm-4@Local", chat_base_url="http://127.0.0.1:1/v1")
    services.live.take(Settings(models=models))
    endpoint = services.models.models.access(member.account.id, "glm-4", "chat")
    assert endpoint.base_url == "http://127.0.0.1:1/v1"


def test_aliases_of_the_settings_may_change(services: Services, member: Member) -> None:
    access = services.models.models.access
    aliases = "words=hashing@Builtin, wordllama@Builtin = hashing@Builtin"
    services.live.take(Settings(models=ModelSettings(aliases=aliases)))
    for name in ("words", "wordllama@Builtin"):
        assert access(member.account.id, name, "embedding").model == "hashing"
    with pytest.raises(ArgumentError, match="bge-small"):
        access(member.account.id, ALIAS, "embedding")

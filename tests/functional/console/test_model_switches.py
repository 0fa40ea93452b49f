"""Models that a tenant switches off and on."""

import pytest
from flask.testing import FlaskClient

from tests.functional.console.test_dialogs import FORM, save
from tests.functional.library import data_of

OFFERED = "gpt-4o@OpenAI"


def call(client: FlaskClient, page: str, **body: object) -> tuple[int, str]:
    answer = client.post(f"/v1/llm/{page}", json=body).get_json()
    return answer["code"], answer["message"]


def switch(client: FlaskClient, status: object, name: str = "gpt-4o") -> tuple[int, str]:
    return call(client, "enable_llm", llm_factory="OpenAI", llm_name=name, status=status)


def states(client: FlaskClient) -> dict[str, tuple[str, str, bool]]:
    """Return how each model of OpenAI stands, in the list of one's own and in that of all."""
    used = data_of(client.get("/v1/llm/my_llms"))["OpenAI"]["llm"]
    listed = data_of(client.get("/v1/llm/list"))["OpenAI"]
    shown = {model["llm_name"]: (model["status"], model["available"]) for model in listed}
    return {model["name"]: (model["status"], *shown[model["name"]]) for model in used}


@pytest.fixture
def provider(console: FlaskClient) -> FlaskClient:
    """Set up a provider with models."""
    body = {"llm_factory": "OpenAI", "api_key": "sk-0123456789abcdef"}
    assert data_of(console.post("/v1/llm/set_api_key", json=body)) is True
    return console


@pytest.mark.databases("sqlite")
def test_a_model_is_switched_off_and_on(provider: FlaskClient) -> None:
    before = states(provider)
    assert set(before.values()) == {("1", "1", True)}
    for status in (0, "0"):
        assert switch(provider, status)[0] == 0
        assert states(provider) == before | {"gpt-4o": ("0", "0", False)}
    for status in (1, "1"):
        assert switch(provider, status)[0] == 0
        assert states(provider) == before


def test_what_is_off_cannot_be_used(provider: FlaskClient) -> None:
    assert save(provider, llm_id=OFFERED)["llm_id"] == OFFERED
    switch(provider, 0)
    answer = provider.post("/v1/dialog/set", json=FORM | {"llm_id": OFFERED}).get_json()
    assert (answer["code"], answer["message"]) == (102, f"`llm_id` {OFFERED} doesn't exist")
    body = {"llm_id": OFFERED}
    assert provider.post("/v1/user/set_tenant_info", json=body).get_json()["code"] == 101
    switch(provider, 1)
    assert provider.post("/v1/user/set_tenant_info", json=body).get_json()["code"] == 0


@pytest.mark.databases("sqlite")
def test_a_provider_that_comes_back_is_on(provider: FlaskClient) -> None:
    switch(provider, 0)
    assert call(provider, "delete_factory", llm_factory="OpenAI")[0] == 0
    call(provider, "set_api_key", llm_factory="OpenAI", api_key="sk-0123456789abcdef")
    assert states(provider)["gpt-4o"] == ("1", "1", True)


@pytest.mark.databases("sqlite")
def test_only_what_is_there_can_be_switched(provider: FlaskClient, stranger: FlaskClient) -> None:
    assert switch(provider, 0, "nothing") == (102, "There is no model nothing at OpenAI.")
    assert switch(stranger, 0)[0] == 102
    built_in = {"llm_factory": "Builtin", "llm_name": "extractive", "status": 0}
    assert call(provider, "enable_llm", **built_in)[0] == 101
    assert "status" in switch(provider, "perhaps")[1]
    assert states(provider)["gpt-4o"] == ("1", "1", True)

"""Model providers: what tenants see, set up and are refused, and which model comes of it."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.places import CHECKOUT
from api.config.settings import ModelSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import ProviderCredential, TenantModel, User
from api.errors import ArgumentError, StartError
from api.secrets import Cipher, SecretKey
from api.services.models.catalogue import Catalogue
from tests.functional.conftest import Member, client_with
from tests.functional.library import code_of, make_dataset, together

KEY = "sk-0123456789abcdef"


@pytest.fixture
def tenant(member: Member) -> str:
    return member.account.id


@pytest.fixture
def administrator(services: Services, member: Member) -> None:
    with connection(services.database):
        User.update(is_superuser=True).where(User.id == member.account.id).execute()


def post(client: FlaskClient, path: str, **body: Any) -> tuple[int, str]:
    answer = client.post(f"/v1/llm/{path}", json=body)
    return code_of(answer), answer.json["message"]


def set_key(client: FlaskClient, provider: str = "OpenAI", **more: str) -> tuple[int, str]:
    return post(client, "set_api_key", llm_factory=provider, **{"api_key": KEY, **more})


def add_model(client: FlaskClient, **more: object) -> tuple[int, str]:
    model = {"llm_name": "own", "model_type": "chat", "api_base": "http://127.0.0.1:9/v1"}
    return post(client, "add_llm", llm_factory="OpenAI-API-Compatible", **model | more)


def test_the_registry_names_providers_with_true_addresses_and_unique_models() -> None:
    providers = Catalogue(CHECKOUT / "conf" / "llm_factories.json").providers
    assert {"Builtin", "OpenAI", "Ollama", "OpenAI-API-Compatible"} <= set(providers)
    for provider in providers.values():
        names = [(model.name, model.type) for model in provider.models]
        assert len(names) == len(set(names)), provider.name
        if provider.needs_key:
            assert provider.base_url.startswith("https://"), provider.name
        for model in provider.models:
            assert (model.dimensions is not None) == (model.type == "embedding"), model.name


def test_a_registry_that_cannot_be_read_is_named(tmp_path: Any) -> None:
    with pytest.raises(StartError, match=r"factories\.json"):
        _ = Catalogue(tmp_path / "factories.json").providers


@pytest.mark.usefixtures("administrator")
def test_a_key_and_a_model_may_be_set_by_several_at_once(
    app: Flask, console: FlaskClient, member: Member
) -> None:
    answers: list[tuple[int, str]] = []

    def set_both() -> None:
        mine = client_with(app, member.api_key)
        answers.append(set_key(mine))
        answers.append(add_model(mine))

    together(*[set_both] * 6)
    assert {code for code, _message in answers} == {0}
    mine = console.get("/v1/llm/my_llms").json["data"]
    assert [model["name"] for model in mine["OpenAI-API-Compatible"]["llm"]] == ["own"]


@pytest.mark.usefixtures("administrator")
@pytest.mark.databases("sqlite")
def test_a_context_that_no_database_could_hold_is_refused(console: FlaskClient) -> None:
    code, message = add_model(console, max_tokens=2**63)
    assert (code, "max_tokens" in message) == (101, True)


@pytest.mark.databases("sqlite")
def test_factories_are_listed(console: FlaskClient) -> None:
    listed = {item["name"]: item for item in console.get("/v1/llm/factories").json["data"]}
    assert listed["OpenAI"]["model_types"] == ["chat", "embedding"]
    assert listed["DeepSeek"]["tags"] == "LLM"
    assert listed["Ollama"]["tags"] == "LLM,TEXT EMBEDDING,TEXT RE-RANK"
    assert listed["Cohere"]["tags"] == "TEXT RE-RANK"


@pytest.mark.databases("sqlite")
def test_at_first_only_the_bundled_models_may_be_used(console: FlaskClient) -> None:
    assert set(console.get("/v1/llm/my_llms").json["data"]) == {"Builtin"}
    assert set(console.get("/v1/llm/list").json["data"]) == {"Builtin"}


def test_further_names_of_models_may_be_chosen(
    client: FlaskClient, console: FlaskClient, services: Services
) -> None:
    names = "BAAI/bge-small-en-v1.5@Builtin=wordllama@Builtin,"
    names += "small@House=wordllama@Builtin,plain=wordllama@Builtin,lost@House=lost@Nowhere"
    services.live.take(Settings(models=ModelSettings(aliases=names)))
    found = console.get("/v1/llm/list?model_type=embedding").json["data"]
    [other] = found["House"]
    assert (other["llm_name"], other["fid"]) == ("small", "House")
    [same] = [model for model in found["Builtin"] if model["llm_name"] == "wordllama"]
    assert other | {"llm_name": "wordllama", "fid": "Builtin"} == same
    assert "BAAI/bge-small-en-v1.5" in {model["llm_name"] for model in found["Builtin"]}
    made = make_dataset(client, embedding_model="small@House")
    assert made["embedding_model"] == "small@House"
    assert set(console.get("/v1/llm/my_llms").json["data"]) == {"Builtin"}
    assert "House" not in console.get("/v1/llm/list?model_type=chat").json["data"]


def test_a_key_opens_the_models_of_a_provider_and_is_never_shown(
    console: FlaskClient, services: Services, tenant: str
) -> None:
    with pytest.raises(ArgumentError, match="Unauthorized model: <gpt-4o@OpenAI>"):
        services.models.models.access(tenant, "gpt-4o@OpenAI", "chat")
    assert set_key(console)[0] == 0
    mine = console.get("/v1/llm/my_llms")
    assert mine.json["data"]["OpenAI"]["api_key"] == "********"
    assert KEY not in mine.text
    chats = console.get("/v1/llm/list?model_type=chat").json["data"]["OpenAI"]
    assert {"gpt-4o"} <= {model["llm_name"] for model in chats}
    assert {model["model_type"] for model in chats} == {"chat"}
    with connection(services.database):
        assert KEY not in repr(list(ProviderCredential.select().dicts()))
    access = services.models.models.access(tenant, "gpt-4o@OpenAI", "chat")
    assert (access.api_key, access.base_url) == (KEY, "https://api.openai.com/v1")
    assert KEY not in repr(access)
    assert services.models.models.context_tokens(tenant, "gpt-4o@OpenAI") == 128_000


@pytest.mark.databases("sqlite")
def test_a_new_key_takes_the_place_of_the_old_one(
    console: FlaskClient, services: Services, tenant: str
) -> None:
    set_key(console)
    set_key(console, api_key="sk-new")
    assert services.models.models.access(tenant, "gpt-4o@OpenAI", "chat").api_key == "sk-new"


@pytest.mark.databases("sqlite")
def test_the_keys_of_one_tenant_are_not_those_of_another(
    console: FlaskClient, stranger: FlaskClient
) -> None:
    set_key(console)
    assert set(stranger.get("/v1/llm/my_llms").json["data"]) == {"Builtin"}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing", "Unsupported model: <nothing>"),
        ("gpt-4o@Nobody", "Unsupported model: <gpt-4o@Nobody>"),
        ("gpt-9@OpenAI", "Unsupported model: <gpt-9@OpenAI>"),
        ("wordllama@OpenAI", "Unsupported model: <wordllama@OpenAI>"),
        ("gpt-4o@Builtin", "Unsupported model: <gpt-4o@Builtin>"),
        ("mine@Ollama", "Unsupported model: <mine@Ollama>"),
    ],
)
def test_what_cannot_be_used_is_named(
    services: Services, tenant: str, name: str, sentence: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        services.models.models.embedder(tenant, name)
    assert caught.value.message == sentence


def test_the_bundled_models_are_there_and_opened_once(services: Services, tenant: str) -> None:
    assert services.models.models.default_embedding(tenant) == "wordllama@Builtin"
    embedder = services.models.models.embedder(tenant, "hashing@Builtin")
    assert embedder.embed_query("lighthouse").shape == (embedder.dimensions,)
    assert services.models.models.embedder(tenant, "hashing@Builtin") is embedder


@pytest.mark.databases("sqlite")
def test_without_a_chat_model_there_is_none(services: Services, tenant: str) -> None:
    assert services.models.models.chat_model(tenant, "") is None
    assert services.models.models.default_chat(tenant) == ""
    assert services.models.models.context_tokens(tenant, "") == 8192


@pytest.mark.databases("sqlite")
def test_the_models_of_the_settings_are_there_for_everybody(
    services: Services, tenant: str
) -> None:
    models = ModelSettings(
        embedding_model="bge@Local",
        embedding_base_url="http://127.0.0.1:1/v1",
        chat_model="llama",
        chat_base_url="http://127.0.0.1:2/v1",
        chat_api_key="sk-server",
        context_tokens=4096,
    )
    services.live.take(Settings(models=models))
    embedding = services.models.models.access(tenant, "bge@Local", "embedding")
    assert (embedding.model, embedding.base_url) == ("bge", "http://127.0.0.1:1/v1")
    chat = services.models.models.access(tenant, "llama", "chat")
    assert (chat.model, chat.api_key, chat.context) == ("llama", "sk-server", 4096)
    model = services.models.models.chat_model(tenant, "")
    assert model is not None
    assert services.models.models.chat_model("f" * 32, "llama") is model


@pytest.mark.usefixtures("administrator")
def test_a_model_of_ones_own_is_added_and_taken_away(
    console: FlaskClient, services: Services, tenant: str
) -> None:
    model = {"llm_factory": "OpenAI-API-Compatible", "llm_name": "org/model@2"}
    own = {**model, "model_type": "chat", "api_base": "http://127.0.0.1:9/v1/", "api_key": KEY}
    assert post(console, "add_llm", **own, max_tokens=1000) == (0, "success")
    assert post(console, "add_llm", **own, max_tokens=2000) == (0, "success")
    access = services.models.models.access(tenant, "org/model@2@OpenAI-API-Compatible", "chat")
    assert (access.model, access.base_url, access.api_key) == (
        "org/model@2",
        "http://127.0.0.1:9/v1",
        KEY,
    )
    assert access.context == 2000
    mine = console.get("/v1/llm/my_llms").json["data"]["OpenAI-API-Compatible"]
    assert [item["name"] for item in mine["llm"]] == ["org/model@2"]
    with connection(services.database):
        assert KEY not in repr(list(TenantModel.select().dicts()))
    assert post(console, "delete_llm", **model) == (0, "success")
    assert post(console, "delete_llm", **model)[0] == 102


@pytest.mark.usefixtures("administrator")
@pytest.mark.databases("sqlite")
def test_an_added_model_uses_the_account_at_its_provider(
    console: FlaskClient, services: Services, tenant: str
) -> None:
    set_key(console, "Ollama", base_url="http://127.0.0.1:11434/v1", api_key="")
    post(console, "add_llm", llm_factory="Ollama", llm_name="m", model_type="embedding")
    access = services.models.models.access(tenant, "m@Ollama", "embedding")
    assert (access.base_url, access.api_key) == ("http://127.0.0.1:11434/v1", "")
    assert post(console, "delete_factory", llm_factory="Ollama") == (0, "success")
    with pytest.raises(ArgumentError, match="Unsupported"):
        services.models.models.access(tenant, "m@Ollama", "embedding")


@pytest.mark.usefixtures("administrator")
def test_a_model_at_a_provider_that_the_registry_no_longer_names_is_left_out(
    console: FlaskClient, services: Services
) -> None:
    add_model(console)
    with connection(services.database):
        TenantModel.update(provider="Gone").execute()
    assert set(console.get("/v1/llm/my_llms").json["data"]) == {"Builtin"}
    assert set(console.get("/v1/llm/list").json["data"]) == {"Builtin"}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/v1", "http://[::1]/v1", "http://169.254.169.254/", "http://10.1.2.3:80/v1"],
)
def test_only_an_administrator_may_lead_into_the_servers_own_network(
    console: FlaskClient, address: str
) -> None:
    code, message = set_key(console, base_url=address)
    assert code == 103
    assert "only an administrator" in message
    added = post(
        console,
        "add_llm",
        llm_factory="vLLM",
        llm_name="m",
        model_type="chat",
        api_base=address,
    )
    assert added[0] == 103
    assert post(console, "add_llm", llm_factory="Ollama", llm_name="m", model_type="chat")[0] == 103


@pytest.mark.databases("sqlite")
def test_a_public_address_is_for_everybody(console: FlaskClient) -> None:
    assert set_key(console, base_url="http://93.184.216.34/v1")[0] == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (
            "set_api_key",
            {"llm_factory": "Nobody", "api_key": KEY},
            "factories lists those",
        ),
        ("set_api_key", {"llm_factory": "Builtin", "api_key": KEY}, "built-in models"),
        (
            "set_api_key",
            {"llm_factory": "OpenAI", "api_key": ""},
            "give one as `api_key`.",
        ),
        ("set_api_key", {"llm_factory": "OpenAI"}, "<api_key>"),
        (
            "set_api_key",
            {"llm_factory": "OpenAI-API-Compatible", "api_key": KEY},
            "as `base_url` or",
        ),
        (
            "set_api_key",
            {"llm_factory": "OpenAI", "api_key": KEY, "base_url": "file:///etc/passwd"},
            "must begin with http:// or https://",
        ),
        ("add_llm", {"llm_factory": "vLLM", "llm_name": "m", "model_type": "tts"}, "<model_type>"),
        ("add_llm", {"llm_factory": "vLLM", "llm_name": "\0", "model_type": "chat"}, "<llm_name>"),
        ("delete_llm", {"llm_factory": "vLLM", "llm_name": "\0"}, "<llm_name>"),
    ],
)
def test_a_bad_request_is_refused_with_a_sentence(
    console: FlaskClient, path: str, body: dict[str, str], words: str
) -> None:
    code, message = post(console, path, **body)
    assert code == 101
    assert words in message


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(
    "key", ["whale\nX: oil", "whale oil\r", "whale\toil", "whale€", "ключ whale", "whale" * 1000]
)
@pytest.mark.databases("sqlite")
def test_a_key_that_cannot_be_sent_is_refused_and_never_shown(
    console: FlaskClient, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    for code, message in (set_key(console, api_key=key), add_model(console, api_key=key)):
        assert code == 101
        assert message.startswith("Field: <api_key> - Message: <it h")
        assert "whale" not in message
    assert "whale" not in caplog.text
    assert set(console.get("/v1/llm/my_llms").json["data"]) == {"Builtin"}


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(
    "address",
    ["http://", "http://[half/v1", "http://h:port/v1", "http://h/v1\nX: y", "http://a b/v1"],
)
def test_an_address_that_is_none_is_refused_by_its_field(
    console: FlaskClient, address: str
) -> None:
    code, message = set_key(console, base_url=address)
    assert (code, "Field: <base_url>" in message) == (101, True)
    code, message = add_model(console, api_base=address)
    assert (code, "Field: <api_base>" in message) == (101, True)


def test_a_key_that_was_kept_and_cannot_be_sent_asks_to_be_set_again(
    console: FlaskClient, services: Services, tenant: str
) -> None:
    set_key(console)
    kept = services.models.models.cipher.encrypt("whale\noil")
    with connection(services.database):
        ProviderCredential.update(api_key_encrypted=kept).execute()
    with pytest.raises(ArgumentError, match="API key of the model gpt-4o holds") as caught:
        services.models.models.chat_model(tenant, "gpt-4o@OpenAI")
    assert "whale" not in str(caught.value)


@pytest.mark.databases("sqlite")
def test_keys_that_cannot_be_read_any_more_ask_to_be_set_again(
    console: FlaskClient, services: Services, tenant: str, tmp_path: Any
) -> None:
    set_key(console)
    services.models.models.cipher = Cipher(SecretKey("another secret key", tmp_path))
    with pytest.raises(ArgumentError, match="set the provider's API key again"):
        services.models.models.access(tenant, "gpt-4o@OpenAI", "chat")


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("administrator")
def test_models_are_shown_as_switched_on_and_in_detail_where_asked(console: FlaskClient) -> None:
    assert add_model(console, max_tokens=4096)[0] == 0
    shown = {"type": "chat", "name": "own", "used_token": 0, "status": "1"}
    found = console.get("/v1/llm/my_llms").json["data"]
    assert found["OpenAI-API-Compatible"]["llm"] == [shown]
    details = {"api_base": "http://127.0.0.1:9/v1", "max_tokens": 4096}
    found = console.get("/v1/llm/my_llms?include_details=true").json["data"]
    assert found["OpenAI-API-Compatible"]["llm"] == [shown | details]
    for models in console.get("/v1/llm/list").json["data"].values():
        for model in models:
            assert (model["available"], model["is_tools"], model["status"]) == (True, False, "1")

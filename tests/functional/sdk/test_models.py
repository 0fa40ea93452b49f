"""Models and their providers at the addresses under /api/v1, and whether they answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from tests.functional.conftest import Member
from tests.functional.library import API, data_of, refused
from tests.model_endpoint import ModelEndpoint, Reply, serve

MODELS = f"{API}/models"
KEY = "sk-0123456789abcdef"


@pytest.fixture
def place() -> Iterator[ModelEndpoint]:
    """Run an endpoint that no setting names."""
    with serve() as running:
        yield running


@pytest.fixture
def administrator(services: Services, member: Member) -> None:
    """Let `member` name addresses in the server's own network."""
    with connection(services.database):
        User.update(is_superuser=True).where(User.id == member.account.id).execute()


def tried(client: FlaskClient, **wanted: object) -> dict[str, Any]:
    """Return what comes of trying a model."""
    found: dict[str, Any] = data_of(client.post(f"{MODELS}/test", json=wanted))
    return found


@pytest.mark.usefixtures("administrator")
def test_a_model_is_tried_before_it_is_added(client: FlaskClient, place: ModelEndpoint) -> None:
    new = {"name": "own", "base_url": place.url, "api_key": KEY}
    embedding = tried(client, type="embedding", **new)
    assert (embedding["ok"], embedding["dimensions"], embedding["error"]) == (True, 16, None)
    assert embedding["milliseconds"] > 0
    for kind in ("chat", "rerank"):
        found = tried(client, type=kind, **new)
        assert (found["ok"], found["dimensions"], found["error"]) == (True, None, None), kind
    asked = place.received[0]
    assert (asked.body["model"], asked.headers["Authorization"]) == ("own", f"Bearer {KEY}")
    assert all(model["name"] != "own" for model in data_of(client.get(MODELS)))


@pytest.mark.usefixtures("administrator")
def test_what_is_wrong_with_a_model_is_told_in_a_sentence(
    client: FlaskClient, place: ModelEndpoint
) -> None:
    new = {"type": "chat", "name": "own", "base_url": place.url, "api_key": KEY}
    place.script.append(Reply(401, [b'{"error": {"message": "This key is not known."}}']))
    found = tried(client, **new)
    assert (found["ok"], found["dimensions"]) == (False, None)
    assert "This key is not known." in found["error"]
    assert KEY not in found["error"]
    place.script.append(Reply(content_type="text/event-stream", pieces=[b"data: [DONE]\n\n"]))
    assert "answers nothing" in tried(client, **new)["error"]


@pytest.mark.usefixtures("administrator")
def test_models_are_added_listed_switched_tried_and_deleted(
    client: FlaskClient, stranger: FlaskClient, place: ModelEndpoint
) -> None:
    provider = "OpenAI-API-Compatible"
    body = {"name": "own", "type": "embedding", "base_url": place.url, "context": 512}
    assert data_of(client.post(MODELS, json=body)) is True
    [shown] = [row for row in data_of(client.get(MODELS)) if row["name"] == "own"]
    assert shown == {
        "model": f"own@{provider}",
        "provider": provider,
        "name": "own",
        "type": "embedding",
        "context": 512,
        "base_url": place.url,
        "is_on": True,
        "lacking": "",
        "level": None,
    }
    assert tried(client, model=f"own@{provider}", type="embedding")["dimensions"] == 16
    assert data_of(client.put(f"{MODELS}/defaults", json={"embedding": f"own@{provider}"}))
    assert data_of(client.get(f"{MODELS}/defaults"))["embedding"] == f"own@{provider}"
    named = {"provider": provider, "name": "own"}
    assert data_of(client.patch(MODELS, json={**named, "is_on": False})) is True
    off = client.post(f"{MODELS}/test", json={"model": f"own@{provider}", "type": "embedding"})
    assert "Unauthorized model" in refused(off, 400, 101)
    assert stranger.delete(MODELS, json=named).status_code == 404
    assert data_of(client.delete(MODELS, json=named)) is True
    chats = data_of(client.get(MODELS, query_string={"type": "rerank"}))
    assert all(row["type"] == "rerank" for row in chats)
    assert client.delete(MODELS, json=named).status_code == 404


def test_the_bundled_model_answers(client: FlaskClient) -> None:
    found = tried(client, model="wordllama@Builtin", type="embedding")
    assert (found["ok"], found["dimensions"]) == (True, 256)


def test_providers_tell_what_is_set_up_and_never_a_key(client: FlaskClient) -> None:
    providers = f"{MODELS}/providers"

    def of(name: str) -> dict[str, Any]:
        [row] = [row for row in data_of(client.get(providers)) if row["name"] == name]
        return dict(row)

    assert (of("OpenAI")["is_set_up"], of("OpenAI")["needs_key"]) == (False, True)
    assert (of("Builtin")["is_builtin"], of("Builtin")["is_set_up"]) == (True, True)
    assert data_of(client.put(providers, json={"provider": "OpenAI", "api_key": KEY})) is True
    answer = client.get(providers)
    assert (of("OpenAI")["is_set_up"], of("OpenAI")["has_key"]) == (True, True)
    assert KEY not in answer.text
    assert data_of(client.delete(providers, json={"provider": "OpenAI"})) is True
    assert of("OpenAI")["is_set_up"] is False


def test_only_administrators_try_addresses_of_the_servers_own_network(
    client: FlaskClient, place: ModelEndpoint
) -> None:
    new = {"type": "chat", "name": "own", "base_url": place.url}
    assert "administrator" in refused(client.post(f"{MODELS}/test", json=new), 403, 103)
    assert place.received == []


def test_one_model_is_named(client: FlaskClient) -> None:
    for body in ({"type": "chat"}, {"type": "chat", "model": "a@b", "name": "a"}):
        assert "not both" in refused(client.post(f"{MODELS}/test", json=body), 400, 101)
    unknown = client.post(f"{MODELS}/test", json={"type": "chat", "model": "none@Builtin"})
    assert "none@Builtin" in refused(unknown, 400, 101)

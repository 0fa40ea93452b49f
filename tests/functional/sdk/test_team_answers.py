"""What members of a team find in its datasets, and what their assistants answer from them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from tests.functional.conftest import Member, client_with, join
from tests.functional.corpus import TEXTS, Corpus, lay_down
from tests.functional.library import API, add_chunk, data_of, make_dataset, refused, upload
from tests.model_endpoint import serve

LAMP = "When does the keeper light the lamp?"
COLLEAGUE = "stranger@example.org"

Share = Callable[[str], None]


@pytest.fixture
def share(client: FlaskClient, corpus: Corpus) -> Share:
    """Return what sets the permission of the dataset."""

    def set_permission(permission: str) -> None:
        body = {"permission": permission}
        data_of(client.put(f"{API}/datasets/{corpus.dataset_id}", json=body))

    return set_permission


@pytest.fixture
def colleague(
    services: Services, member: Member, stranger: FlaskClient, share: Share
) -> FlaskClient:
    """Return a client of a member of the team, which shares its dataset."""
    share("team")
    services.accounts.members.add(member.account.principal, COLLEAGUE)
    return stranger


@pytest.fixture
def anybody(app: Flask, services: Services) -> FlaskClient:
    """Return a client of somebody who is no member."""
    return client_with(app, join(services, "anybody@example.org").api_key)


def search(client: FlaskClient, *dataset_ids: str) -> Any:
    return client.post(f"{API}/retrieval", json={"dataset_ids": dataset_ids, "question": LAMP})


def talk(client: FlaskClient, dataset_id: str, model: str = "") -> dict[str, str]:
    """Return the ids of a new assistant and of a session with it."""
    body = {"name": "guide", "dataset_ids": [dataset_id], "llm": {"model_name": model}}
    chat = data_of(client.post(f"{API}/chats", json=body))["id"]
    session = data_of(client.post(f"{API}/chats/{chat}/sessions", json={}))["id"]
    return {"chat": chat, "session": session}


def ask(client: FlaskClient, ids: dict[str, str]) -> dict[str, Any]:
    body = {"question": LAMP, "session_id": ids["session"], "stream": False}
    answer: dict[str, Any] = data_of(
        client.post(f"{API}/chats/{ids['chat']}/completions", json=body)
    )
    return answer


def test_a_member_searches_what_the_team_shares(
    colleague: FlaskClient,
    anybody: FlaskClient,
    services: Services,
    member: Member,
    corpus: Corpus,
    share: Share,
) -> None:
    assert data_of(search(colleague, corpus.dataset_id))["chunks"][0]["content"] == TEXTS[0]
    hidden = f"You don't own the dataset {corpus.dataset_id}."
    assert refused(search(anybody, corpus.dataset_id), 404, 102) == hidden
    share("me")
    assert refused(search(colleague, corpus.dataset_id), 404, 102) == hidden
    share("team")
    services.accounts.members.remove(member.account.principal, COLLEAGUE)
    assert refused(search(colleague, corpus.dataset_id), 404, 102) == hidden


def test_a_search_goes_through_what_is_ones_own_and_the_team_s(
    colleague: FlaskClient, services: Services, corpus: Corpus
) -> None:
    mine = make_dataset(colleague, "mine")
    own = lay_down(services, mine["tenant_id"])
    found = data_of(search(colleague, corpus.dataset_id, own.dataset_id))
    places = {found["chunks"][0]["dataset_id"], found["chunks"][0]["duplicates"][0]["dataset_id"]}
    assert places == {corpus.dataset_id, own.dataset_id}


def test_an_assistant_of_a_member_answers_from_what_the_team_shares(
    colleague: FlaskClient, corpus: Corpus, share: Share
) -> None:
    ids = talk(colleague, corpus.dataset_id)
    assert ask(colleague, ids)["reference"]["chunks"][0]["content"] == TEXTS[0]
    path = f"{API}/chats/{ids['chat']}"
    assert data_of(colleague.get(path))["kb_names"] == ["handbook"]
    share("me")
    assert ask(colleague, ids)["reference"]["chunks"] == []
    assert data_of(colleague.get(path))["datasets"] == []
    share("team")
    assert data_of(colleague.get(path))["kb_names"] == ["handbook"]


def test_an_assistant_is_its_tenant_s_alone(
    colleague: FlaskClient, client: FlaskClient, corpus: Corpus
) -> None:
    ids = talk(client, corpus.dataset_id)
    assert refused(colleague.get(f"{API}/chats/{ids['chat']}"), 404, 102)
    assert data_of(colleague.get(f"{API}/chats")) == []


def test_a_dataset_that_is_not_shared_cannot_be_used(
    colleague: FlaskClient, corpus: Corpus, share: Share
) -> None:
    share("me")
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    message = refused(colleague.post(f"{API}/chats", json=body), 404, 102)
    assert message == f"You don't own the dataset {corpus.dataset_id}"


def let_add_models(services: Services, email: str) -> None:
    """Allow an account to name endpoints on this machine."""
    with connection(services.database):
        User.update(is_superuser=True).where(User.email == email).execute()


def add_model(client: FlaskClient, kind: str, url: str, key: str) -> str:
    """Add the model of an endpoint to a tenant; return its name."""
    model = {"llm_factory": "OpenAI-API-Compatible", "llm_name": "m", "model_type": kind}
    data_of(client.post("/v1/llm/add_llm", json={**model, "api_base": url, "api_key": key}))
    return "m@OpenAI-API-Compatible"


def embedded(client: FlaskClient, name: str, model: str) -> str:
    """Return a new dataset with a chunk, which the team may search."""
    dataset: str = make_dataset(client, name, embedding_model=model, permission="team")["id"]
    document = upload(client, dataset, ("keeper.txt", b"text"))[0]["id"]
    add_chunk(client, f"{API}/datasets/{dataset}/documents/{document}", TEXTS[0])
    return dataset


def test_questions_are_embedded_by_the_model_of_the_dataset_s_tenant(
    colleague: FlaskClient, client: FlaskClient, services: Services, member: Member
) -> None:
    let_add_models(services, member.account.email)
    with serve() as endpoint:
        name = add_model(client, "embedding", endpoint.url, "sk-team")
        dataset = embedded(client, "far", name)
        endpoint.received.clear()
        assert data_of(search(colleague, dataset))["chunks"][0]["content"] == TEXTS[0]
        [asked] = endpoint.received
        assert asked.headers["Authorization"] == "Bearer sk-team"


def test_models_of_one_name_are_one_model_where_they_have_one_address(
    colleague: FlaskClient, client: FlaskClient, services: Services, member: Member
) -> None:
    for email in (member.account.email, COLLEAGUE):
        let_add_models(services, email)
    with serve() as endpoint, serve() as elsewhere:
        name = add_model(client, "embedding", endpoint.url, "sk-team")
        far = embedded(client, "far", name)
        add_model(colleague, "embedding", endpoint.url, "sk-own")
        near = embedded(colleague, "near", name)
        assert data_of(search(colleague, far, near))["total"] == 1
        add_model(colleague, "embedding", elsewhere.url, "sk-own")
        mixed = "Datasets use different embedding models."
        assert refused(search(colleague, far, near), 400, 102) == mixed
        body = {"name": "guide", "dataset_ids": [far, near]}
        assert refused(colleague.post(f"{API}/chats", json=body), 400, 109) == mixed


def test_answers_are_made_by_the_model_of_the_assistant_s_tenant(
    colleague: FlaskClient, client: FlaskClient, services: Services, corpus: Corpus
) -> None:
    let_add_models(services, COLLEAGUE)
    with serve() as endpoint:
        name = add_model(colleague, "chat", endpoint.url, "sk-own")
        answer = ask(colleague, talk(colleague, corpus.dataset_id, model=name))
        assert answer["answer"].startswith(LAMP)
        assert TEXTS[0] in answer["prompt"]
        [asked] = endpoint.received
        assert asked.headers["Authorization"] == "Bearer sk-own"
    body = {"name": "guide", "llm": {"model_name": name}}
    message = refused(client.post(f"{API}/chats", json=body), 400, 102)
    assert message == f"`model_name` {name} doesn't exist"

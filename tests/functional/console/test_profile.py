"""What users change about themselves: profile, password and default models."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import ModelSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from tests.functional.conftest import Member
from tests.functional.library import code_of
from tests.functional.signing import MEMBER, PASSWORD, is_in, login, refusal, signed_in

pytestmark = pytest.mark.usefixtures("member")


def test_the_profile_can_be_changed(console: FlaskClient) -> None:
    changes = {"nickname": " New ", "language": "Chinese", "avatar": "data:,x", "unknown": 1}
    assert console.post("/v1/user/setting", json=changes).json["data"] is True
    profile = console.get("/v1/user/info").json["data"]
    assert (profile["nickname"], profile["language"], profile["avatar"]) == (
        "New",
        "Chinese",
        "data:,x",
    )
    assert console.post("/v1/user/setting", json={}).json["code"] == 0


def test_a_password_changes_for_who_knows_the_old_one(console: FlaskClient, app: Flask) -> None:
    wrong = {"password": "wrong", "new_password": "another"}
    assert refusal(console.post("/v1/user/setting", json=wrong)) == (200, 109, "Password error!")
    assert refusal(console.post("/v1/user/setting", json={"new_password": "another"}))[1] == 109
    right = {"password": PASSWORD, "new_password": "another"}
    assert code_of(console.post("/v1/user/setting", json=right)) == 0
    assert code_of(login(app.test_client())) == 109
    assert code_of(login(app.test_client(), password="another")) == 0


def test_another_password_ends_all_other_sessions(app: Flask, console: FlaskClient) -> None:
    others = [signed_in(app), signed_in(app)]
    wrong = {"password": "wrong", "new_password": "another"}
    assert code_of(console.post("/v1/user/setting", json=wrong)) == 109
    assert code_of(console.post("/v1/user/setting", json={"nickname": "Mia"})) == 0
    assert [is_in(client) for client in [console, *others]] == [True, True, True]

    right = {"password": PASSWORD, "new_password": "another", "nickname": "Nia"}
    assert code_of(console.post("/v1/user/setting", json=right)) == 0

    assert [is_in(client) for client in [console, *others]] == [True, False, False]
    assert console.get("/v1/user/info").json["data"]["nickname"] == "Nia"


class Meanwhile:
    """Compares passwords as the server does, and lets something happen once before it says so."""

    def __init__(self, hasher: PasswordHasher, happens: Callable[[], object]) -> None:
        """Initialize with both."""
        self.hasher = hasher
        self.happens = [happens]

    def verify(self, kept: str, password: bytes) -> bool:
        """Compare, then let it happen."""
        matches = self.hasher.verify(kept, password)
        if self.happens:  # elsewhere: it is no part of the request
            other = Thread(target=self.happens.pop())
            other.start()
            other.join()
        return matches

    def __getattr__(self, name: str) -> Any:
        """Return what the hasher has."""
        return getattr(self.hasher, name)


def test_who_signs_in_while_the_password_changes_is_asked_for_the_new_one(
    anonymous: FlaskClient, services: Services, member: Member
) -> None:
    accounts = services.accounts.accounts
    accounts.passwords.hasher = Meanwhile(  # type: ignore[assignment]
        accounts.passwords.hasher, lambda: accounts.set_password(MEMBER["email"], "another")
    )
    assert code_of(login(anonymous)) == 109
    assert services.accounts.sessions.list_sessions(member.account.id) == []
    assert code_of(login(anonymous, password="another")) == 0


def test_an_old_hash_that_is_renewed_does_not_bring_an_old_password_back(
    anonymous: FlaskClient, services: Services
) -> None:
    accounts = services.accounts.accounts
    weak = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    with connection(services.database):
        User.update(password_hash=weak).where(User.email == MEMBER["email"]).execute()
    accounts.passwords.hasher = Meanwhile(  # type: ignore[assignment]
        accounts.passwords.hasher, lambda: accounts.set_password(MEMBER["email"], "another")
    )
    assert code_of(login(anonymous)) == 109
    assert code_of(login(anonymous)) == 109
    assert code_of(login(anonymous, password="another")) == 0


def test_who_signs_in_while_the_account_is_shut_out_stays_out(
    anonymous: FlaskClient, services: Services, member: Member
) -> None:
    accounts = services.accounts.accounts
    accounts.passwords.hasher = Meanwhile(  # type: ignore[assignment]
        accounts.passwords.hasher,
        lambda: services.people.people.set_active(member.account.id, active=False),
    )
    assert refusal(login(anonymous))[:2] == (200, 403)
    assert services.accounts.sessions.list_sessions(member.account.id) == []


@pytest.mark.databases("sqlite")
def test_a_password_changed_by_api_key_ends_all_sessions(
    client: FlaskClient, console: FlaskClient
) -> None:
    right = {"password": PASSWORD, "new_password": "another"}
    assert code_of(client.post("/v1/user/setting", json=right)) == 0
    assert not is_in(console)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "changes",
    [
        {"nickname": ""},
        {"nickname": "x" * 101},
        {"nickname": 5},
        {"nickname": "a\0"},
        {"avatar": "x" * 65536},
        {"avatar": "a\0"},
        {"language": "a\0"},
    ],
)
def test_a_bad_profile_is_refused_by_the_field(
    console: FlaskClient, changes: dict[str, object]
) -> None:
    status, code, message = refusal(console.post("/v1/user/setting", json=changes))
    assert (status, code) == (200, 101)
    assert f"Field: <{next(iter(changes))}>" in message


@pytest.mark.databases("sqlite")
def test_the_tenant_has_default_models_that_can_be_changed(
    console: FlaskClient, stranger: FlaskClient
) -> None:
    info = console.get("/v1/user/tenant_info").json["data"]
    assert (info["role"], info["llm_id"]) == ("owner", "extractive@Builtin")
    assert (info["embd_id"], info["parser_ids"][:13]) == ("wordllama@Builtin", "naive:General")
    key = {"llm_factory": "OpenAI", "api_key": "sk-1"}
    assert console.post("/v1/llm/set_api_key", json=key).json["code"] == 0
    changes = {
        "tenant_id": info["tenant_id"],
        "llm_id": "gpt-4o@OpenAI",
        "embd_id": "hashing@Builtin",
        "img2txt_id": "",
    }
    assert console.post("/v1/user/set_tenant_info", json=changes).json["code"] == 0
    info = console.get("/v1/user/tenant_info").json["data"]
    assert (info["llm_id"], info["embd_id"]) == ("gpt-4o@OpenAI", "hashing@Builtin")
    answer = stranger.post("/v1/user/set_tenant_info", json={**changes, "llm_id": "mine"})
    assert refusal(answer) == (200, 102, "Tenant not found!")
    answer = console.post("/v1/user/set_tenant_info", json={"embd_id": "a\0"})
    assert "<embd_id>" in refusal(answer)[2]
    assert console.get("/v1/user/tenant_info").json["data"]["llm_id"] == "gpt-4o@OpenAI"


@pytest.mark.parametrize(
    ("field", "model", "said"),
    [
        ("embd_id", "nothing", "Unsupported model: <nothing>"),
        ("embd_id", "nothing@Builtin", "Unsupported model: <nothing@Builtin>"),
        ("embd_id", "gpt-4o@OpenAI", "Unsupported model: <gpt-4o@OpenAI>"),
        ("embd_id", "text-embedding-3-small@OpenAI", "Unauthorized model"),
        ("llm_id", "wordllama@Builtin", "Unsupported model: <wordllama@Builtin>"),
        ("llm_id", "m@Nobody", "Unsupported model: <m@Nobody>"),
        ("rerank_id", "m@OpenAI", "Unsupported model: <m@OpenAI>"),
        ("rerank_id", "rerank-v3.5@Cohere", "Unauthorized model"),
        ("img2txt_id", "m@OpenAI", "no models of this kind"),
    ],
)
@pytest.mark.databases("sqlite")
def test_a_default_model_that_cannot_be_used_is_refused_and_datasets_go_on(
    console: FlaskClient, client: FlaskClient, field: str, model: str, said: str
) -> None:
    before = console.get("/v1/user/tenant_info").json["data"]
    answer = console.post("/v1/user/set_tenant_info", json={"name": "new", field: model})
    status, code, message = refusal(answer)
    assert (status, code) == (200, 101)
    assert message.startswith(f"Field: <{field}>")
    assert said in message
    assert console.get("/v1/user/tenant_info").json["data"] == before
    assert client.post("/api/v1/datasets", json={"name": "d"}).status_code == 200


def test_what_a_form_sends_back_unchanged_is_not_looked_at(console: FlaskClient) -> None:
    key = {"llm_factory": "OpenAI", "api_key": "sk-1"}
    console.post("/v1/llm/set_api_key", json=key)
    old = {"llm_id": "gpt-4o@OpenAI"}
    assert code_of(console.post("/v1/user/set_tenant_info", json=old)) == 0
    console.post("/v1/llm/delete_factory", json={"llm_factory": "OpenAI"})
    both = {**old, "embd_id": "hashing@Builtin"}
    assert code_of(console.post("/v1/user/set_tenant_info", json=both)) == 0
    assert console.get("/v1/user/tenant_info").json["data"]["embd_id"] == "hashing@Builtin"


def test_the_built_in_models_can_be_chosen_and_follow_the_server_until_they_are(
    console: FlaskClient, services: Services, member: Member
) -> None:
    info = console.get("/v1/user/tenant_info").json["data"]
    listed = console.get("/v1/llm/list").json["data"]
    names = {f"{model['llm_name']}@{model['fid']}" for model in listed["Builtin"]}
    assert {info["llm_id"], info["embd_id"]} <= names

    assert console.post("/v1/user/set_tenant_info", json=info).json["code"] == 0
    services.live.take(Settings(models=ModelSettings(chat_model="other@OpenAI")))
    assert console.get("/v1/user/tenant_info").json["data"]["llm_id"] == "other@OpenAI"

    chosen = {"llm_id": "extractive@Builtin"}
    assert console.post("/v1/user/set_tenant_info", json=chosen).json["code"] == 0
    assert services.models.models.chat_model(member.account.id, "") is None
    assert console.get("/v1/user/tenant_info").json["data"]["llm_id"] == "extractive@Builtin"


def test_a_time_zone_is_kept(console: FlaskClient) -> None:
    assert console.get("/v1/user/info").json["data"]["timezone"] == "UTC"
    zone = "UTC+8\tAsia/Shanghai"
    assert console.post("/v1/user/setting", json={"timezone": zone}).json["code"] == 0
    assert console.get("/v1/user/info").json["data"]["timezone"] == zone
    for wrong in ("", "x" * 65, 8, "a\0"):
        assert console.post("/v1/user/setting", json={"timezone": wrong}).json["code"] == 101


@pytest.mark.databases("sqlite")
def test_there_is_no_other_way_to_sign_in(anonymous: FlaskClient) -> None:
    assert anonymous.get("/v1/user/login/channels").json["data"] == []
    answer = anonymous.get("/v1/user/login/github").json
    assert (answer["code"], "data" in answer) == (102, False)
    assert "no sign-in through github" in answer["message"]

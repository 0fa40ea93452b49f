"""Moving an Open WebUI over: what people had there they have here, under their old passwords."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.command import Command
from tests.running import Server, server_on, wait_until
from tests.support import openwebui as there


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(
        tmp_path_factory.mktemp("moved") / "data", RAGLAN_TOOLS__PYTHON="true"
    ) as running:
        wait_until(running.ingest_workers, "an ingest worker")
        yield running


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return there.fill(tmp_path_factory.mktemp("openwebui"))


@pytest.fixture(scope="module")
def raglan(server: Server, source: Path) -> Command:
    return Command({**server.environment, "OPENWEBUI_DATABASE_URL": f"sqlite:///{source}"})


@pytest.fixture(scope="module")
def report(raglan: Command, source: Path) -> Any:
    """Move everything once, and return what came of it."""
    return raglan.json("import", "openwebui", "--files", source.parent)


def sign_in(server: Server, wanted: dict[str, str]) -> requests.Response:
    return requests.post(f"{server.url}/api/v1/auths/signin", json=wanted, timeout=30)


def signed_in(server: Server, email: str) -> requests.Session:
    """Return a session of a person who signs in as they did before."""
    session = requests.Session()
    found = sign_in(server, {"email": email, "password": there.PASSWORD}).json()
    session.headers["Authorization"] = f"Bearer {found['token']}"
    session.headers["X-Role"] = found["role"]
    return session


def left_out(report: Any) -> dict[str, str]:
    return {item["what"]: item["why"] for item in report["left_out"]}


def kept(server: Server, statement: str, *values: object) -> list[Any]:
    database = sqlite3.connect(server.data / "raglan.db")
    try:
        return database.execute(statement, values).fetchall()
    finally:
        database.close()


def test_what_was_moved_and_what_was_left_out_is_told(report: Any) -> None:
    assert report["moved"] == {
        "account": 3,
        "group": 1,
        "memory": 1,
        "prompt": 1,
        "folder": 2,
        "rating": 1,
        "dataset": 2,
        "document": 2,
        "conversation": 3,
        "tool": 1,
        "function": 1,
    }
    assert report["there_already"] == {}
    found = left_out(report)
    assert found.keys() == {
        "account wim@localhost",
        "second factor of chief@example.org",
        "link to conversation lamps",
        "file lost.txt in Copies",
        "1 models of the workspace",
        "1 notes",
        "use of tool lamps",
        "use of function polite",
    }


def test_people_sign_in_by_their_old_password_which_is_then_kept_as_others_are(
    server: Server, report: Any
) -> None:
    assert report["moved"]["account"] == 3
    hashed = "SELECT password_hash FROM account WHERE email = ?"
    assert kept(server, hashed, "gil@example.org") == [(there.HASH,)]
    wrong = {"email": "gil@example.org", "password": "another password"}
    assert sign_in(server, wrong).status_code == 400
    assert signed_in(server, "gil@example.org").headers["X-Role"] == "user"
    assert kept(server, hashed, "gil@example.org")[0][0].startswith("$argon2id$")
    assert signed_in(server, "gil@example.org").headers["X-Role"] == "user"
    assert signed_in(server, "chief@example.org").headers["X-Role"] == "admin"


def test_conversations_have_their_ids_branches_and_times(server: Server, report: Any) -> None:
    assert report["moved"]["conversation"] == 3
    ada = signed_in(server, "ada@example.org")
    chats = f"{server.url}/api/v1/chats"
    assert [row["id"] for row in ada.get(f"{chats}/pinned").json()] == [there.TALK]
    assert [row["id"] for row in ada.get(f"{chats}/archived").json()] == [there.ARCHIVED]
    found = ada.get(f"{chats}/{there.TALK}").json()
    assert (found["created_at"], found["updated_at"]) == (1_700_000_000, 1_700_000_100)
    assert found["chat"]["history"]["currentId"] == "a-2"
    assert found["chat"]["params"] == {"seed": 7}
    messages = found["chat"]["history"]["messages"]
    assert messages["q-1"]["childrenIds"] == ["a-1", "a-2"]
    assert messages["a-1"]["sources"][0]["document"] == ["dusk"]
    assert messages["q-1"]["user"]["id"] == messages["q-1"]["user_id"] == found["user_id"]
    assert found["user_id"] != there.ADA
    assert ada.get(f"{server.url}/api/v1/users/user/settings").json()["ui"]["theme"] == "dark"
    tags = ada.get(f"{chats}/{there.TALK}/tags").json()
    assert [one["name"] for one in tags] == ["Sea Lights", "to do"]
    [sea, below] = sorted(
        ada.get(f"{server.url}/api/v1/folders/").json(), key=lambda one: one["name"]
    )[::-1]
    assert (sea["name"], below["parent_id"]) == ("Sea", sea["id"])
    assert found["folder_id"] == below["id"]
    shown = ada.get(f"{server.url}/api/v1/folders/{sea['id']}").json()
    assert (shown["data"], shown["is_expanded"]) == ({"system_prompt": "Be brief."}, True)
    chief = signed_in(server, "chief@example.org")
    flat = chief.get(f"{chats}/{there.THEIRS}").json()["chat"]["messages"]
    assert [one["content"] for one in flat] == ["Oil?"]
    assert chief.get(f"{chats}/{there.TALK}").status_code == 404


def test_groups_prompts_memories_and_ratings_are_whose_they_were(
    server: Server, report: Any
) -> None:
    assert report["moved"]["group"] == 1
    api = f"{server.url}/api/v1"
    chief, ada = (signed_in(server, f"{name}@example.org") for name in ("chief", "ada"))
    [group] = chief.get(f"{api}/groups/").json()
    assert (group["name"], group["member_count"]) == ("Crew", 2)
    assert group["permissions"]["features"]["api_keys"] is True
    [grant] = [
        one
        for one in chief.get(f"{api}/knowledge/{there.BASE}").json()["access_grants"]
        if one["principal_type"] == "group"
    ]
    assert grant["principal_id"] == group["id"]
    [prompt] = ada.get(f"{api}/prompts/").json()
    assert (prompt["command"], prompt["content"], prompt["is_active"]) == ("brief", "c", False)
    assert [one["content"] for one in ada.get(f"{api}/memories/").json()] == ["Likes tea."]
    [rating] = ada.get(f"{api}/evaluations/feedbacks/user").json()["items"]
    assert (rating["data"]["rating"], rating["created_at"]) == (1, 1_700_000_000)
    files = chief.get(f"{api}/knowledge/{there.BASE}/files").json()["items"]
    assert [one["directory_path"] for one in files] == ["deep"]


def test_knowledge_is_searched_by_those_to_whom_it_was_granted(
    server: Server, raglan: Command, report: Any
) -> None:
    assert report["moved"]["dataset"] == 2
    key = raglan("keys", "create", "mine", "--email", "ada@example.org").stdout.strip()
    found = server.data_of("GET", "/datasets", key=key)
    dataset = there.BASE.replace("-", "")
    assert [(one["id"], one["name"]) for one in found] == [(dataset, "Handbook")]
    wanted = {"question": "Who lights the lamp?", "dataset_ids": [dataset]}
    passages = server.data_of("POST", "/retrieval", key=key, json=wanted)["chunks"]
    assert [one["document_id"] for one in passages] == [there.LAMP.replace("-", "")]


def test_again_from_its_api_nothing_is_moved_twice(raglan: Command, report: Any) -> None:
    others_alone = {"folder", "memory"}  # an API key tells of its owner's
    moved = {
        noun: count for noun, count in report["moved"].items() if count and noun not in others_alone
    }
    with there.serving() as url:
        served = {"OPENWEBUI_DATABASE_URL": "", "OPENWEBUI_API_KEY": there.ADMIN_KEY}
        again = raglan.json("import", "openwebui", "--url", url, **served)
    assert again["moved"] == {}
    assert again["there_already"] == moved
    assert raglan.json("import", "openwebui", "--dry-run")["moved"] == {"document": 1}


def test_from_its_api_people_come_without_passwords(tmp_path: Path, server: Server) -> None:
    other = Command({**server.environment, "RAGLAN_DATA_DIR": str(tmp_path)})
    assert other("migrate").status == 0
    assert other("users", "create", "boss@example.org", answer="a long secret\n").status == 0
    with there.serving() as url:
        asked = ("import", "openwebui", "--url", url, "--no-wait")
        own = other.json(*asked, "--key", there.ADA_KEY, "--only", "conversations", "--dry-run")
        assert own["moved"] == {"conversation": 2, "folder": 2, "rating": 1}
        people = other.json(*asked, "--key", there.ADMIN_KEY, "--only", "people")
        assert people["moved"] == {"account": 3, "group": 1}
        assert "passwords of 3 accounts" in left_out(people)
        rest = other.json(*asked, "--key", there.ADMIN_KEY)
        refused = other.told(*asked, "--key", "sk-wrong")
    assert rest["moved"] == {
        "dataset": 2,
        "document": 2,
        "conversation": 3,
        "prompt": 1,
        "rating": 1,
        "tool": 1,
        "function": 1,
    }
    assert rest["there_already"] == {"account": 3, "group": 1}
    assert refused.endswith("refuses the key.")


def test_what_cannot_be_read_is_said(raglan: Command, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).close()
    unset = {"OPENWEBUI_DATABASE_URL": ""}
    asked = ("import", "openwebui")
    assert "--database with --files" in raglan(*asked, **unset).stderr
    assert "Give --key" in raglan(*asked, "--url", "http://127.0.0.1:9", **unset).stderr
    assert raglan.told(*asked, "--database", tmp_path / "none.db").startswith("There is no")
    assert "no such table" in raglan.told(*asked, "--database", other)

"""Accounts, keys and the server's own matters on the command line."""

import json
import os
import re
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import requests

from rag.engines.content import content_of
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import index_tokens
from tests.command import Command, table
from tests.running import PASSWORD, Server, end, forgotten, free_port, wait_until
from tests.service.web import WebServer


def test_keys_are_made_used_listed_and_revoked(raglan: Command, server: Server) -> None:
    key = raglan("keys", "create", "for a test").stdout.strip()
    assert re.fullmatch(r"ragflow-[\w-]{43}", key)
    by_key = ("datasets", "--url", server.url, "--key", key)
    assert raglan(*by_key).status == 0
    heads, *rows = table(raglan("keys").stdout)
    assert heads == ["name", "hint", "contract", "created", "last used", "id"]
    [row] = [row for row in rows if row[0] == "for a test"]
    assert key not in str(rows)
    assert (key.startswith(row[1][:12]), row[2], row[4] != "never") == (True, "as set", True)
    assert raglan("keys", "revoke", row[5]).stdout == "Revoked.\n"
    forgotten()
    told = raglan.told(*by_key)
    assert "API key is invalid" in told
    assert "`raglan keys create`" in told
    assert raglan.told("keys", "revoke", row[5]) == (
        f"There is no key {row[5]}; `raglan keys` shows them."
    )
    made = raglan.json("keys", "create")
    assert raglan.json("keys", "revoke", made["key"]) == {"revoked": made["key"]}
    assert made["id"] not in [item["id"] for item in raglan.json("keys", "list")]


def test_a_key_is_made_with_a_scope_and_an_end(raglan: Command, server: Server) -> None:
    dataset, other = server.dataset("of a key"), server.dataset("of no key")
    given = ("--scope", "read", "--dataset", dataset, "--expires", "90d")
    key = raglan.json("keys", "create", "narrow", *given)["key"]
    assert server.call("GET", f"/datasets/{dataset}", key=key)["code"] == 0
    assert server.call("GET", f"/datasets/{other}", key=key)["code"] == 103
    assert server.call("PUT", f"/datasets/{dataset}", key=key, json={"name": "x"})["code"] == 103
    [kept] = [one for one in server.data_of("GET", "/system/tokens") if one["name"] == "narrow"]
    assert (kept["scope"], kept["dataset_ids"]) == ("read", [dataset])
    assert kept["expires_time"] - kept["create_time"] == pytest.approx(90 * 86_400_000, rel=0.01)
    for wrong in ("soon", "0d", "2001-13-01"):
        assert "give days such as 90d" in raglan.told("keys", "create", "x", "--expires", wrong)


def test_a_key_of_the_later_contract_serves_the_command_line_too(
    raglan: Command, server: Server
) -> None:
    made = raglan.json("keys", "create", "later", "--contract", "rest")
    assert made["contract"] == "rest"
    [row] = [row for row in table(raglan("keys").stdout) if row[0] == "later"]
    assert row[2] == "rest"
    assert set(server.data_of("GET", "/chats", key=made["key"])) == {"chats", "total"}
    by_key = ("--url", server.url, "--key", made["key"])
    assert raglan("datasets", "create", "of the later contract", *by_key).status == 0
    assert "of the later contract" in raglan("datasets", *by_key).stdout
    told = raglan("keys", "create", "--contract", "newest")
    assert (told.status, "'classic', 'rest'" in told.stderr) == (2, True)
    raglan("keys", "revoke", made["id"])
    forgotten()
    assert "API key is invalid" in raglan.told("datasets", *by_key)


def test_accounts_are_made_changed_and_shut_out(raglan: Command, server: Server) -> None:
    made = raglan("users", "create", "Nia@example.org", "--nickname", "Nia", "--password", PASSWORD)
    heads, row = table(made.stdout)
    assert heads[:4] == ["email", "nickname", "active", "administrator"]
    assert row[:4] == ["nia@example.org", "Nia", "yes", "no"]
    assert "has already registered" in raglan.told(
        "users", "create", "nia@example.org", "--password", PASSWORD
    )
    key = raglan("keys", "create", "--email", "NIA@example.org").stdout.strip()
    assert len(raglan.json("keys", "--json", "list", "--email", "nia@example.org")) == 1
    assert server.call("GET", "/datasets", key=key)["code"] == 0
    [shut] = raglan.json("users", "deactivate", "nia@example.org")
    assert shut["is_active"] is False
    forgotten()
    assert server.call("GET", "/datasets", key=key)["code"] == 109
    [back] = raglan.json("users", "activate", "nia@example.org")
    assert back["is_active"] is True
    piped = raglan("users", "set-password", "nia@example.org", "--json", answer="new one\n")
    assert (piped.status, piped.stderr) == (0, "")
    assert "new one" not in piped.stdout
    assert json.loads(piped.stdout)[0]["email"] == "nia@example.org"
    assert [item["email"] for item in raglan.json("users")][-1] == "nia@example.org"
    assert table(raglan("users", "list").stdout)[-1][0] == "nia@example.org"


def test_members_are_added_listed_and_removed(raglan: Command) -> None:
    for name in ("mia", "noa"):
        raglan("users", "create", f"{name}@example.org", "--password", PASSWORD)
    mine = ("--email", "mia@example.org")
    heads, owner = table(raglan("members", "list", *mine).stdout)
    assert heads == ["email", "nickname", "role", "created", "user_id"]
    assert owner[:3] == ["mia@example.org", "mia", "owner"]
    added = raglan.json("members", "add", "NOA@example.org", *mine)
    assert [(member["email"], member["role"]) for member in added] == [
        ("mia@example.org", "owner"),
        ("noa@example.org", "member"),
    ]
    assert "NOA@example.org is a member already" in raglan.told(
        "members", "add", "NOA@example.org", *mine
    )
    assert len(raglan.json("members", "remove", "noa@example.org", *mine)) == 1
    assert "There is no member noa@example.org." in raglan.told(
        "members", "remove", "noa@example.org", *mine
    )
    assert "is the owner" in raglan.told("members", "remove", "mia@example.org", *mine)
    assert "no account with the address x@y.zz" in raglan.told("members", "add", "x@y.zz", *mine)
    assert "mia@example.org" not in raglan("members").stdout


def test_groups_are_kept(raglan: Command) -> None:
    for name in ("gil", "gus"):
        raglan("users", "create", f"{name}@example.org", "--password", PASSWORD)
    [made] = raglan.json("groups", "create", "Crew", "gil@example.org", "--description", "on board")
    assert (made["name"], made["description"], made["member_count"]) == ("Crew", "on board", 1)
    [more] = raglan.json("groups", "add", "crew", "gus@example.org", "gil@example.org")
    assert more["member_count"] == 2
    heads, *rows = table(raglan("groups", "members", made["id"]).stdout)
    assert heads[0] == "email"
    assert sorted(row[0] for row in rows) == ["gil@example.org", "gus@example.org"]
    raglan("groups", "remove", "Crew", "gus@example.org")
    given = raglan.json("groups", "permissions", "Crew", "keys", "door:mcp")
    assert given == raglan.json("groups", "permissions", "Crew")
    assert given == [{"permission": "door:mcp"}, {"permission": "keys"}]
    assert raglan.json("groups", "permissions", "Crew", "--none") == []
    raglan("groups", "change", "Crew", "--name", "Deck")
    found = raglan.json("groups", "list", "--member", "gil@example.org")
    assert [group["name"] for group in found] == ["Deck"]
    assert raglan.json("groups", "list", "--member", "gus@example.org") == []
    assert "There is no group Crew." in raglan.told("groups", "members", "Crew")
    assert raglan.json("groups", "delete", "Deck", "--yes") == {"deleted": "Deck"}
    assert "Deck" not in raglan("groups").stdout
    left = raglan.json(
        "users", "delete", "gil@example.org", "--give-to", "gus@example.org", "--yes"
    )
    assert left == {"deleted": "gil@example.org"}


def test_sessions_of_an_account_are_listed(raglan: Command, server: Server) -> None:
    raglan("users", "create", "ada@example.org", "--password", PASSWORD)
    assert raglan.json("users", "sessions", "ada@example.org") == []
    body = {"email": "ada@example.org", "password": PASSWORD}
    for agent in ("first", "second"):
        answer = requests.post(
            f"{server.url}/v1/user/login", json=body, headers={"User-Agent": agent}, timeout=60
        )
        assert answer.json()["code"] == 0
    heads, *rows = table(raglan("users", "sessions", "ada@example.org").stdout)
    assert heads == ["agent", "address", "created", "last used", "id"]
    assert sorted(row[0] for row in rows) == ["first", "second"]
    raglan("users", "deactivate", "ada@example.org")
    assert raglan.json("users", "sessions", "ada@example.org") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "no address", "--password", "x"), "Invalid email address: no address!"),
        (("create", "a@b.cd", "--password", ""), "it is empty"),
        (("set-password", "nobody@b.cd", "--password", "x"), "no account with the address nobody"),
        (("activate", "nobody@b.cd"), "no account nobody@b.cd; `raglan users`"),
    ],
)
def test_what_cannot_be_done_to_accounts_is_told(
    raglan: Command, words: tuple[str, ...], told: str
) -> None:
    assert told in raglan.told("users", *words)


def test_without_a_terminal_nobody_is_asked_for_a_password(raglan: Command) -> None:
    done = raglan.alone("users", "set-password", "nia@example.org", "--json")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("raglan: There is no terminal to ask for the password: pipe it")


def test_a_password_is_asked_for_twice_on_a_terminal(raglan: Command) -> None:
    ours, theirs = os.openpty()
    command = ("users", "create", "typed@example.org", "--json")
    with raglan.process(*command, stdin=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        said = b""
        for question in (b"Password: ", b"Repeat for confirmation: "):
            while question not in said:
                said += os.read(ours, 1 << 10)
            os.write(ours, b"secret one\n")
        stdout, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert json.loads(stdout)[0]["email"] == "typed@example.org"
    assert b"secret one" not in said


def test_keys_are_those_of_an_account_that_exists(raglan: Command) -> None:
    assert raglan.told("keys", "list", "--email", "nobody@b.cd") == (
        "There is no account nobody@b.cd; `raglan users` shows them."
    )


def test_migrate_and_prepare_find_nothing_to_do_where_the_server_runs(
    raglan: Command, server: Server
) -> None:
    assert raglan("migrate").stdout == "Nothing to apply.\n"
    assert raglan.json("migrate") == {"applied": []}
    assert f"cannot listen on 127.0.0.1, port {server.port}" in raglan.told("prepare")
    port = free_port()
    elsewhere = {"RAGLAN_SERVER__PORT": str(port)}
    assert f"{server.data} is in use by another server" in raglan.told("prepare", **elsewhere)


def test_migrate_and_prepare_make_everything_on_an_empty_machine(
    raglan: Command, tmp_path: Path
) -> None:
    place = {
        "RAGLAN_DATA_DIR": str(tmp_path / "new"),
        "RAGLAN_BOOTSTRAP__API_KEY": "",
        "RAGLAN_SERVER__PORT": str(free_port()),
    }
    assert "no server on this machine yet" in raglan.told("keys", **place)
    assert "no server on this machine yet" in raglan.told("datasets", **place)
    assert not (tmp_path / "new").exists()
    assert raglan("migrate", **place).stdout.startswith("applied 0001_")
    assert "no account yet" in raglan.told("keys", **place)
    first = raglan("prepare", **place)
    assert first.stdout.count("\n") == 1
    assert re.search(r"e-mail +admin@raglan\.local\n +password +\(as set", first.stderr)
    assert re.search(r"API key +ragflow-[\w-]{43}\n", first.stderr)
    again = raglan("prepare", **place)
    port = place["RAGLAN_SERVER__PORT"]
    assert (again.stdout, again.stderr) == (f"127.0.0.1 {port} 1 35 0\n", "")
    assert raglan.json("prepare", **place) == {
        "host": "127.0.0.1",
        "port": int(port),
        "workers": 1,
        "stop_seconds": 35,
        "registrars": 0,
    }
    assert table(raglan("users", **place).stdout)[1][0] == "admin@raglan.local"


def test_a_database_of_an_older_version_is_told(raglan: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    told = raglan.told("keys", RAGLAN_DATA_DIR=str(tmp_path / "data"))
    assert told.startswith("The database is not at this version yet: run `raglan migrate`")


@pytest.mark.parametrize(
    ("folder", "told"),
    [("file/below", "cannot be made: Not a directory"), ("file", "cannot be made: File exists")],
)
def test_a_data_folder_that_cannot_be_is_told(
    raglan: Command, tmp_path: Path, folder: str, told: str
) -> None:
    (tmp_path / "file").touch()
    assert told in raglan.told("migrate", RAGLAN_DATA_DIR=str(tmp_path / folder))


def test_a_data_folder_that_cannot_be_written_to_is_told(raglan: Command) -> None:
    assert raglan.told("migrate", RAGLAN_DATA_DIR=f"/proc/{os.getpid()}") == (
        f"The data folder /proc/{os.getpid()} cannot be written to."
    )


def test_reindex_brings_back_what_the_chunk_store_lost(
    raglan: Command, server: Server, handbook: str
) -> None:
    [dataset] = [item for item in raglan.json("datasets") if item["name"] == handbook]
    assert raglan("reindex", "--dataset", handbook).stdout == "2 chunks indexed.\n"
    assert raglan.json("reindex", "--dataset", dataset["id"]) == {"chunks": 2}
    everything = sum(item["chunk_count"] for item in raglan.json("datasets"))
    assert raglan.json("reindex") == {"chunks": everything}
    assert server.found(dataset["id"], "leave")
    assert raglan.told("reindex", "--dataset", "nowhere") == (
        "admin@raglan.local has no dataset named nowhere; `raglan datasets` lists them."
    )
    assert "There is no dataset 0000" in raglan.told("reindex", "--dataset", "0" * 32)


def test_an_interrupted_reindex_goes_on_where_it_was_in_several_processes(
    raglan: Command, server: Server
) -> None:
    dataset = server.dataset("ships")
    documents = server.upload(
        dataset, *((f"{number}.txt", b"A lamp was lit here.") for number in range(100))
    )
    lines = [json.dumps({"content": f"Ship {number} passed."}) for number in range(60)]
    for document in documents:
        server.data_of(
            "POST",
            f"/datasets/{dataset}/documents/{document}/chunks/batch",
            data="\n".join(lines),
            headers={"Content-Type": "application/x-ndjson"},
        )
    path = server.data / "chunks.db"

    def prints() -> dict[str, str]:
        with closing(open_chunk_store(f"sqlite://{path}", index_tokens)) as store:
            content = content_of(store)
            assert content is not None
            return {one.place.document_id: one.print for one in content.outlines(lambda: None)}

    before = prints()
    assert raglan("reindex", "--dataset", dataset).stdout == "6000 chunks indexed.\n"
    assert prints() == before, "nothing is written that is as it should be"

    def indexed() -> int:
        with closing(open_chunk_store(f"sqlite://{path}", index_tokens)) as store:
            return store.count(dataset)

    with closing(open_chunk_store(f"sqlite://{path}", index_tokens)) as store:
        store.drop_dataset(dataset)
    with raglan.process("reindex", "--dataset", dataset, "--processes", "2") as first:
        wait_until(lambda: indexed() > 500, "some chunks to be there again")
        helpers = psutil.Process(first.pid).children(recursive=True)
        first.kill()
    assert len(helpers) >= 2
    assert not psutil.wait_procs(helpers, timeout=10)[1]
    left = indexed()
    assert 500 < left < 6000

    assert raglan("reindex", "--dataset", dataset).stdout == "6000 chunks indexed.\n"
    assert indexed() == 6000
    assert server.found(dataset, "ship 59")


def test_whose_data_folder_it_is_not_is_told_what_to_do(tmp_path: Path, raglan: Command) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cli.key").write_text("ragflow-key")
    theirs = Command({**raglan.environment, "RAGLAN_DATA_DIR": str(folder)})
    (folder / "cli.key").chmod(0)
    told = "{} cannot be read by you: run this as the server's user, or give --url and --key.\n"
    assert theirs.unprivileged("datasets").stderr == f"raglan: {told.format(folder / 'cli.key')}"
    folder.chmod(0)
    assert theirs.unprivileged("keys").stderr == f"raglan: {told.format(folder)}"


def test_settings_are_changed_listed_exported_and_set_back(
    raglan: Command, server: Server, tmp_path: Path
) -> None:
    told = raglan("config", "set", "retrieval.top_k", "500").stdout
    assert told == "Changed: retrieval.top_k.\n"
    wait_until(lambda: value_at(server, "retrieval.top_k") == 500, "the server to go by it")
    secret = raglan("config", "set", "models.chat_api_key", "-", answer="sk-nobody\n")
    assert (secret.status, "sk-nobody" in secret.stdout) == (0, False)
    waits = raglan("config", "set", "server.workers", "3").stdout
    assert "After a restart: server.workers." in waits
    assert raglan("config", "get", "models.chat_api_key").stdout == "********\n"
    heads, *rows = table(raglan("config", "list", "retrieval.").stdout)
    assert heads == ["setting", "value", "source", "takes effect", "locked"]
    assert rows == [["retrieval.top_k", "500", "database", "at once"]]
    exported = raglan("config", "export")
    assert exported.stdout == "retrieval:\n  top_k: 500\nserver:\n  workers: 3\n"
    assert exported.stderr == "Secrets are left out: models.chat_api_key.\n"
    file = tmp_path / "settings.yaml"
    file.write_text("retrieval: {top_k: 400}\nlog: {level: LOUD}\n")
    assert "log.level" in raglan.told("config", "import", file)
    file.write_text("retrieval: {top_k: 400}\n")
    saved = raglan.json("config", "import", file, "--replace")
    assert saved["changed"] == ["retrieval.top_k", "server.workers"]
    newest, *_, first = raglan.json("config", "history")
    assert (newest["what"], first["version"]) == ("import of settings.yaml", 1)
    assert "on the command line" in table(raglan("config", "history").stdout)[1][2]
    raglan.json("config", "restore", "0")
    wait_until(lambda: value_at(server, "retrieval.top_k") == 1024, "the way back")
    assert "RAGLAN_SERVER__PORT" in raglan.told("config", "set", "server.port", "1")
    assert "no such setting" in raglan.told("config", "set", "server.prot", "1")
    assert "no setting x.y" in raglan.told("config", "get", "x.y")
    assert raglan("config", "set", "log.level", "INFO", "--unset").status == 2


def test_a_start_forgets_stored_settings_once_until_one_without_that_setting(
    tmp_path: Path,
) -> None:
    server = WebServer(tmp_path / "data")
    raglan = Command(server.environment)

    def left_by(*starts: str) -> str:
        """Return a setting that was stored before some starts, by the plan of each."""
        assert raglan("migrate").status == 0
        assert raglan("config", "set", "retrieval.top_k", "77").status == 0
        for wanted in starts:
            assert raglan("prepare", RAGLAN_SETTINGS__RESET_ON_START=wanted).status == 0
        return raglan("config", "get", "retrieval.top_k").stdout.strip()

    assert left_by("false") == "77"
    assert left_by("true") == "1024"
    assert left_by("true", "true") == "77"
    assert left_by("false", "true") == "1024"
    try:
        server.start()  # without the command that starts all, and without the setting
    finally:
        end(server)
    assert left_by("true", "true") == "1024"


def value_at(server: Server, name: str) -> object:
    """Return a setting as a worker of the server goes by it."""
    settings = server.data_of("GET", "/system/settings")["settings"]
    return next(row["value"] for row in settings if row["name"] == name)


def test_roles_are_given_and_accounts_deleted(raglan: Command, server: Server) -> None:
    made = raglan.json(
        *("users", "create", "kim@example.org", "--password", PASSWORD, "--role", "pending")
    )
    assert [(one["role"], one["is_active"]) for one in made] == [("pending", False)]
    key = raglan("keys", "create", "--email", "kim@example.org").stdout.strip()
    assert server.call("GET", "/datasets", key=key)["code"] == 109
    assert raglan.json("users", "activate", "kim@example.org")[0]["role"] == "user"
    assert server.call("GET", "/users", key=key)["code"] == 103
    assert raglan.json("users", "set-role", "kim@example.org", "administrator")
    forgotten()
    assert server.call("GET", "/users", key=key)["code"] == 0
    assert raglan.json("users", "end-sessions", "kim@example.org") == {"ended": "kim@example.org"}
    assert raglan("users", "delete", "kim@example.org", answer="n\n").status == 1
    assert raglan("users", "delete", "kim@example.org", "--yes").stdout == "Deleted.\n"
    forgotten()
    assert server.call("GET", "/users", key=key)["code"] == 109
    told = raglan.told("users", "set-role", "admin@raglan.local", "user")
    assert "last administrator" in told

"""What the command line says of a server that is well, ill, away or another."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.db.migrate import known_steps
from tests.collecting import otlp_collector
from tests.command import Command, write
from tests.databases import PostgresqlMaker
from tests.model_endpoint import serve
from tests.running import KEY, Server, forgotten, free_port, wait_until
from tests.search_engine import EXTERNAL, serve_search


def checked(raglan: Command, **variables: str) -> dict[str, dict[str, object]]:
    done = raglan("doctor", "--json", **variables)
    checks = json.loads(done.stdout)
    assert done.status == (0 if all(check["ok"] for check in checks) else 1)
    return {check["part"]: check for check in checks}


def test_doctor_finds_a_running_server_in_order(raglan: Command, server: Server) -> None:
    done = raglan("doctor")
    assert done.status == 0
    assert [line[:4] for line in done.stdout.splitlines()] == ["ok  "] * 25
    assert f"ready at {server.url}" in done.stdout
    remote = raglan.json("doctor", "--url", server.url, "--key", KEY)
    assert [check["part"] for check in remote] == ["server", "API key"]


def providers_at(port: int) -> dict[str, str]:
    """Return the settings of providers of each kind, and of a directory, at a port."""
    address = f"http://127.0.0.1:{port}"
    places = dict.fromkeys(("OIDC", "GOOGLE", "MICROSOFT"), "ISSUER") | {"GITHUB": "ADDRESS"}
    return {
        "RAGLAN_SERVER__PUBLIC_URL": "http://127.0.0.1",
        **{f"RAGLAN_{name}__{place}": address for name, place in places.items()},
        **{f"RAGLAN_{name}__CLIENT_ID": "raglan" for name in places},
        **{f"RAGLAN_{name}__CLIENT_SECRET": "secret" for name in places},
        "RAGLAN_LDAP__URL": f"ldap://127.0.0.1:{port}",
        "RAGLAN_LDAP__BASE": "dc=example,dc=org",
    }


def test_doctor_says_what_to_do_about_each_part(raglan: Command, tmp_path: Path) -> None:
    port = free_port()
    with serve() as endpoint, otlp_collector() as collector, serve_search() as engine:
        engine.results.append(("https://example.org/", "A page", ""))
        working = checked(
            raglan,
            RAGLAN_MODELS__CHAT_MODEL="talker@Endpoint",
            RAGLAN_MODELS__CHAT_BASE_URL=endpoint.url,
            RAGLAN_MODELS__RERANK_MODEL="ranker@Endpoint",
            RAGLAN_MODELS__RERANK_BASE_URL=endpoint.url,
            RAGLAN_TELEMETRY__OTLP_URL=collector.url,
            RAGLAN_TELEMETRY__SENTRY_DSN=collector.dsn,
            RAGLAN_TOOLS__PYTHON="true",
            RAGLAN_WEB_SEARCH__ENABLED="on",
            RAGLAN_WEB_SEARCH__ENGINE="external",
            RAGLAN_WEB_SEARCH__URL=f"{engine.url}{EXTERNAL}",
        )
    assert working["python code"]["found"] == "it runs, and is confined"
    assert working["web search"]["found"] == "external answers, with 1 page"
    assert working["chat model"]["found"] == "talker@Endpoint answers"
    assert working["rerank model"]["found"].startswith("ranker@Endpoint answers")
    assert working["traces"]["found"] == f"{collector.url} takes them"
    assert working["errors"]["found"] == "the project of telemetry.sentry_dsn takes them"
    broken = checked(
        raglan,
        RAGLAN_SERVER__PORT=str(port),
        RAGLAN_REDIS__URL=f"redis://:secret@127.0.0.1:{port}",
        RAGLAN_MODELS__CHAT_MODEL="talker@Endpoint",
        RAGLAN_MODELS__CHAT_BASE_URL=f"http://127.0.0.1:{port}/v1",
        RAGLAN_MODELS__EMBEDDING_MODEL="none@Builtin",
        RAGLAN_STORAGE__URL=f"file://{tmp_path}/file",
        RAGLAN_CHUNK_STORE__URL=f"sqlite:///{tmp_path}/no/chunks.db",
        RAGLAN_TELEMETRY__OTLP_URL=f"http://127.0.0.1:{port}",
        RAGLAN_TELEMETRY__SENTRY_DSN=f"http://secret@127.0.0.1:{port}/7",
        RAGLAN_WEB_SEARCH__ENABLED="on",
        RAGLAN_WEB_SEARCH__ENGINE="brave",
        RAGLAN_WEB_SEARCH__URL=f"http://127.0.0.1:{port}",
        RAGLAN_WEB_SEARCH__KEY="secret",
        **providers_at(port),
    )
    bad = {name for name, check in broken.items() if check["ok"] is False}
    assert {"redis", "chat model", "embedding", "server", "traces", "errors", "web search"} <= bad
    told = str(broken["providers"]["found"])
    assert all(f"{name}: " in told for name in ("oidc", "google", "microsoft", "github", "ldap"))
    assert all("it does not answer" in str(broken[name]["found"]) for name in ("traces", "errors"))
    assert all(broken[name]["advice"] for name in bad)
    assert broken["API key"]["ok"] is None
    assert "secret" not in str(broken)


def test_doctor_warns_of_a_database_that_may_lose_what_it_acknowledges(
    raglan: Command, postgresql_maker: PostgresqlMaker
) -> None:
    found = checked(raglan, RAGLAN_DATABASE__URL=postgresql_maker.migrated())["durability"]
    assert (found["ok"], found["warns"]) == (True, True)
    assert "fsync = off loses" in str(found["found"])
    assert "fsync = on" in str(found["advice"])


def test_doctor_does_not_look_at_what_hangs_on_a_broken_part(
    raglan: Command, tmp_path: Path
) -> None:
    missing = checked(raglan, RAGLAN_DATA_DIR=str(tmp_path / "none"))
    assert missing["data folder"]["ok"] is False
    assert "does not exist" in str(missing["data folder"]["found"])
    assert missing["database"]["found"] == "not looked at: it needs data folder"
    assert missing["workers"]["ok"] is None
    assert not (tmp_path / "none").exists()
    (tmp_path / "old").mkdir()
    old = checked(raglan, RAGLAN_DATA_DIR=str(tmp_path / "old"))
    assert (old["database"]["ok"], old["migrations"]["ok"]) == (True, False)
    assert f"lacks {len(known_steps())} migrations" in str(old["migrations"]["found"])
    wrong = raglan("doctor", RAGLAN_SERVER__PORT="99999")
    assert wrong.status == 1
    first, advice, *others = wrong.stdout.splitlines()
    assert re.match(r"FAIL  settings +Setting server\.port", first)
    assert "docs/settings.md" in advice
    assert all(line.startswith("?") for line in others)


def test_doctor_finds_tasks_that_nobody_takes(
    raglan: Command, server: Server, tmp_path: Path, dataset: str
) -> None:
    folder = write(tmp_path / "in", a_txt="First.")
    workers = server.ingest_workers()
    for worker in workers:
        worker.suspend()
    try:
        raglan.json("ingest", folder, "--dataset", dataset, "--no-wait")
        with closing(sqlite3.connect(server.data / "raglan.db", timeout=10)) as database, database:
            database.execute("UPDATE task SET not_before = not_before - 90000")
        waiting = checked(raglan)["workers"]
    finally:
        for worker in workers:
            worker.resume()
    assert waiting["ok"] is False
    # The others find a server in order.
    wait_until(lambda: checked(raglan)["workers"]["ok"], "the task to be taken")
    assert re.match(r"a task has been waiting for \d\d seconds", str(waiting["found"]))


@pytest.mark.parametrize("path", ["/nowhere/at/all"])
def test_doctor_tells_another_kind_of_server(raglan: Command, path: str) -> None:
    with serve() as endpoint:
        url = endpoint.url.removesuffix("/v1") + path
        done = raglan("doctor", "--url", url, "--key", "k")
    assert done.status == 1
    assert "is no Raglan server" in done.stdout


def test_the_server_may_be_another_and_its_key_must_be_given(
    raglan: Command, server: Server
) -> None:
    address = f"127.0.0.1:{server.port}"
    assert raglan("datasets", RAGLAN_URL=address, RAGLAN_API_KEY=KEY).status == 0
    assert raglan("--url", f"http://{address}/", "--key", KEY, "datasets").status == 0
    assert raglan("--key", KEY, "datasets").status == 0
    assert raglan.told("datasets", "--url", address).startswith(
        "The server's API key is missing. Give one with --key or RAGLAN_API_KEY"
    )


def test_a_server_that_does_not_run_is_told(raglan: Command, tmp_path: Path) -> None:
    port = str(free_port())
    for words in (("datasets",), ("ask", "x"), ("ingest", tmp_path.parent, "--dataset", "x")):
        write(tmp_path, a_txt="x")
        assert raglan.told(*words, RAGLAN_SERVER__PORT=port) == (
            f"No server answers at http://127.0.0.1:{port}. Start it with ./entrypoint.sh, or name "
            "another with --url."
        )


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:{}"), ("::", "http://[::1]:{}"), ("::1", "http://[::1]:{}")],  # noqa: S104
)
def test_a_server_for_all_addresses_is_asked_at_this_machines(
    raglan: Command, host: str, url: str
) -> None:
    port = free_port()
    told = raglan.told("datasets", RAGLAN_SERVER__HOST=host, RAGLAN_SERVER__PORT=str(port))
    assert f"No server answers at {url.format(port)}." in told


def test_settings_that_are_wrong_are_told(raglan: Command) -> None:
    told = raglan.told("datasets", RAGLAN_SERVER__PORT="99999")
    assert told.startswith("Setting server.port (RAGLAN_SERVER__PORT)")


def test_a_key_of_its_own_that_is_refused_is_told_and_made_anew(
    raglan: Command, server: Server
) -> None:
    assert raglan("datasets").status == 0
    path = server.data / "cli.key"
    assert path.stat().st_mode & 0o777 == 0o600
    [own] = [item for item in raglan.json("keys") if item["hint"].startswith(path.read_text()[:12])]
    raglan.json("keys", "revoke", own["id"])
    forgotten()
    assert f"Delete {path}; the next call makes a new key." in raglan.told("datasets")
    path.unlink()
    assert raglan("datasets").status == 0

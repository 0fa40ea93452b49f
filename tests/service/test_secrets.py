"""Secrets stay where they were put: no log, metric, answer or span repeats one."""

import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from tests.collecting import Collector, trace_collector
from tests.command import Command
from tests.components import redis_server
from tests.running import KEY, ROOT, Server, free_port, server_on, wait_until

MARK = re.compile(r"s3cr3t-\d\d-\w+")
CONSOLE = "/v1/user"


@dataclass
class Secrets:
    """Marked secrets, each made for one place."""

    made: list[str] = field(default_factory=list)

    def new(self, place: str) -> str:
        """Return a secret that tells where it was put."""
        self.made.append(f"s3cr3t-{len(self.made):02}-{place}")
        return self.made[-1]


@dataclass
class Seen:
    """A server that was told many secrets, and what came out of it."""

    server: Server
    collector: Collector
    secrets: Secrets
    answers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, **request: Any) -> requests.Response:
        """Send a request and keep what is answered, headers and all."""
        answer = requests.request(method, f"{self.server.url}{path}", timeout=60, **request)
        name = f"{len(self.answers)}: {method} {path} {answer.status_code}"
        self.answers[name] = f"{answer.headers}\n{answer.text}"
        assert answer.status_code != 500, name
        return answer


def settings_with(secrets: Secrets, redis_port: int) -> dict[str, str]:
    """Return settings that hold a secret wherever one may stand."""
    away = f"127.0.0.1:{free_port()}"
    return {
        "RAGLAN_LOG__LEVEL": "DEBUG",
        "RAGLAN_METRICS__PORT": "0",
        "RAGLAN_REDIS__URL": f"redis://:{secrets.new('redis')}@127.0.0.1:{redis_port}/0",
        "RAGLAN_STORAGE__SECRET_KEY": secrets.new("storage_key"),
        "RAGLAN_AUTH__SECRET_KEY": secrets.new("signing_key"),
        "RAGLAN_BOOTSTRAP__PASSWORD": secrets.new("first_password"),
        "RAGLAN_NACOS__PASSWORD": secrets.new("nacos"),
        "RAGLAN_MODELS__EMBEDDING_MODEL": "embedder@Endpoint",
        "RAGLAN_MODELS__EMBEDDING_BASE_URL": f"http://u:{secrets.new('embedding_user')}@{away}/v1"
        f"?k={secrets.new('embedding_query')}",
        "RAGLAN_MODELS__EMBEDDING_API_KEY": secrets.new("embedding_key"),
        "RAGLAN_MODELS__CHAT_MODEL": "talker@Endpoint",
        "RAGLAN_MODELS__CHAT_BASE_URL": f"http://u:{secrets.new('chat_user')}@{away}/v1"
        f"?k={secrets.new('chat_query')}",
        "RAGLAN_MODELS__CHAT_API_KEY": secrets.new("chat_key"),
    }


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    secrets = Secrets()
    with redis_server() as redis_process, trace_collector() as collector:
        settings = settings_with(secrets, redis_process.port)
        with redis.Redis(port=redis_process.port) as client:
            client.config_set("requirepass", secrets.made[0])
        settings["SW_AGENT_COLLECTOR_BACKEND_SERVICES"] = collector.address
        with server_on(tmp_path_factory.mktemp("secrets") / "data", **settings) as server:
            told = Seen(server, collector, secrets)
            ask_with_wrong_keys(told)
            sign_in_wrongly(told)
            use_models_that_are_away(told)
            name_keys_in_addresses(told)
            told.answers["metrics"] = requests.get(f"{server.url}/metrics", timeout=30).text
            told.send("GET", "/ready")
            told.send("GET", "/api/v1/system/status", headers=bearer(KEY))
            wait_until(lambda: "/last" in str(collector.segments()), "the spans")
            yield told


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def ask_with_wrong_keys(seen: Seen) -> None:
    """Send secrets in the headers and addresses in which people send keys."""
    new = seen.secrets.new
    basic = b64encode(f"user:{new('basic')}".encode()).decode()
    for value in (
        f"Bearer {new('bearer')}",
        f"Bearer ragflow-{new('key')}",
        f"bearer  {new('lower')}",
        f"Token {new('token')}",
        new("bare"),
        f"Basic {basic}",
        f"Bearer {new('two')} {new('words')}",
    ):
        seen.send("GET", "/api/v1/datasets", headers={"Authorization": value})
        seen.send("GET", f"{CONSOLE}/info", headers={"Authorization": value})
    headers = {
        "X-Api-Key": new("x_api_key"),
        "Cookie": f"session={new('cookie')}",
        "X-Request-Id": f"{new('request_id')} (not an id)",
        "Proxy-Authorization": f"Basic {new('proxy')}",
        "sw8": new("trace"),
    }
    seen.send("GET", "/api/v1/datasets", headers=headers)
    parameters = {"api_key": new("query"), "Authorization": new("query_header")}
    for path in ("/api/v1/datasets", "/no/such/address", "/v1/user/login", "/health"):
        seen.send("GET", path, params=parameters)


def sign_in_wrongly(seen: Seen) -> None:
    """Send passwords in bodies that are refused, each for another reason."""
    new = seen.secrets.new
    for path in (f"{CONSOLE}/login", f"{CONSOLE}/register"):
        for body in (
            {"password": new("no_email")},
            {"email": "a@b.c", "password": [new("in_list")]},
            {"email": "a@b.c", "password": {"x": new("in_object")}},
            {"email": "a@b.c", "password": new("long") * 300, "nickname": "n"},
            {"email": 1, "password": new("number"), "nickname": "n"},
            {"email": "a@b.c", "password": new("extra"), "nickname": "n", "passwort": 1},
            {"email": "nobody@b.c", "password": new("wrong"), "nickname": ""},
        ):
            seen.send("POST", path, json=body)
        seen.send("POST", path, json=[{"password": new("array")}])
        seen.send("POST", path, data='{"password": "' + new("broken"))
        seen.send("POST", path, data={"password": new("form")})


def use_models_that_are_away(seen: Seen) -> None:
    """Call models that nobody serves, and send keys for them in wrong bodies."""
    server, new = seen.server, seen.secrets.new
    dataset = server.dataset("plain", embedding_model="wordllama@Builtin")
    seen.send(
        "POST",
        "/api/v1/datasets",
        headers=bearer(KEY),
        json={"name": "away", "embedding_model": "embedder@Endpoint"},
    )
    chat = server.data_of("POST", "/chats", json={"name": "guide", "dataset_ids": []})["id"]
    session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": "s"})["id"]
    for stream in (True, False):
        body = {"question": "Who?", "session_id": session, "stream": stream}
        answer = seen.send(
            "POST", f"/api/v1/chats/{chat}/completions", headers=bearer(KEY), json=body
        )
        assert "could not be reached" in answer.text
    [document] = server.upload(dataset, ("a.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    session_token = signed_in(seen)
    headers = {"Authorization": session_token}
    port = free_port()
    for path, body in (
        ("set_api_key", {"api_key": new("provider_key")}),
        ("set_api_key", {"llm_factory": "OpenAI", "api_key": [new("provider_list")]}),
        ("set_api_key", {"llm_factory": "OpenAI", "api_key": f"{new('break')}\nX: y"}),
        ("add_llm", {"llm_factory": "OpenAI-API-Compatible", "api_key": new("no_name")}),
        (
            "add_llm",
            {
                "llm_factory": "OpenAI-API-Compatible",
                "llm_name": "mine",
                "model_type": "chat",
                "api_base": f"http://u:{new('base_user')}@127.0.0.1:{port}/v1?k={new('base_query')}",
                "api_key": new("base_key"),
            },
        ),
    ):
        seen.send("POST", f"/v1/llm/{path}", headers=headers, json=body)
    own = {"name": "own", "llm": {"model_name": "mine@OpenAI-API-Compatible"}}
    made = seen.send("POST", "/api/v1/chats", headers=bearer(KEY), json=own).json()
    assert made["code"] == 0, made
    path = f"/chats/{made['data']['id']}/sessions"
    session = server.data_of("POST", path, json={"name": "s"})["id"]
    body = {"question": "Who?", "session_id": session, "stream": False}
    path = f"/api/v1/chats/{made['data']['id']}/completions"
    assert "could not be reached" in seen.send("POST", path, headers=bearer(KEY), json=body).text
    for body in (
        {"password": new("old"), "new_password": new("new")},
        {"new_password": [new("n")]},
    ):
        seen.send("POST", f"{CONSOLE}/setting", headers=headers, json=body)


def signed_in(seen: Seen) -> str:
    """Sign the first account in and return the session's token."""
    password = next(secret for secret in seen.secrets.made if secret.endswith("first_password"))
    body = {"email": "admin@raglan.local", "password": password}
    answer = seen.send("POST", f"{CONSOLE}/login", json=body)
    return str(answer.headers["Authorization"])


def name_keys_in_addresses(seen: Seen) -> None:
    """Send live keys in addresses: the ways to revoke one, and near misses of them."""
    made = [str(seen.server.data_of("POST", "/system/tokens")["token"]) for _ in range(2)]
    seen.secrets.made += [key.removeprefix("ragflow-") for key in made]
    for key in made:
        for method, path in (
            ("GET", f"/api/v1/system/tokens/{key}"),
            ("DELETE", f"/api/v1/system/tokens/{key}x"),
            ("DELETE", f"/api/v1/system/token/{key}"),
            ("DELETE", f"/api/v1/system/tokens/{key}/"),
            ("DELETE", f"/api/v1/{key}"),
            ("DELETE", f"/v1/system/token/{key[8:]}"),
        ):
            seen.send(method, path, headers=bearer(KEY))
    seen.send("DELETE", f"/api/v1/system/tokens/{made[0]}", headers=bearer(KEY))
    seen.send("DELETE", f"/v1/system/token/{made[1]}", headers={"Authorization": signed_in(seen)})
    for key in made:
        assert seen.send("GET", "/api/v1/datasets", headers=bearer(key)).status_code == 401
    seen.send("GET", "/last", headers=bearer(KEY))


def told(text: str, secrets: Secrets) -> list[str]:
    """Return the secrets that a text holds, each with the line in which it does."""
    lines = text.splitlines()
    found = [secret for secret in secrets.made if secret in text]
    return [next(f"{secret}: {line[:300]}" for line in lines if secret in line) for secret in found]


def test_no_answer_repeats_a_secret(seen: Seen) -> None:
    assert len(seen.secrets.made) >= 40
    repeated = {name: told(text, seen.secrets) for name, text in seen.answers.items()}
    assert {name: leaks for name, leaks in repeated.items() if leaks} == {}


def test_the_log_holds_none(seen: Seen) -> None:
    assert "/v1/user/login" in seen.server.log
    assert told(seen.server.log, seen.secrets) == []


def test_the_spans_hold_none(seen: Seen) -> None:
    spans = json.dumps(seen.collector.segments(), indent=0)
    assert "tokens/****" in spans
    assert told(spans, seen.secrets) == []


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("STORAGE__URL", "s3://bucket?endpoint=http://u:{}@127.0.0.1:1"),
        ("STORAGE__URL", "s3://u:{}@bucket"),
        ("STORAGE__URL", "file://u:{}@host/path"),
        ("STORAGE__URL", "{}"),
        ("CHUNK_STORE__URL", "sqlite://u:{}@host/path"),
        ("CHUNK_STORE__URL", "{}"),
        ("DATABASE__URL", "oracle://u:{}@host/raglan"),
        ("DATABASE__URL", "postgresql://u:{}@127.0.0.1:1/raglan"),
        ("DATABASE__URL", "postgresql://u:{}@127.0.0.1:port/raglan"),
        ("REDIS__URL", "redis+other://u:{}@host/0"),
        ("MODELS__CHAT_BASE_URL", "http://u:{}@host:port/v1"),
        ("MODELS__CHAT_BASE_URL", "ftp://u:{}@host/v1"),
        ("BOOTSTRAP__API_KEY", "{}"),
        ("AUTH__SECRET_KEY", "{}"),
    ],
)
def test_a_wrong_setting_is_told_without_its_secret(
    tmp_path: Path, variable: str, address: str
) -> None:
    secret = "s3cr3t-short" if address == "{}" else "s3cr3t-in-an-address"
    environment = Server(tmp_path / "data").environment
    environment[f"RAGLAN_{variable}"] = address.format(secret)
    raglan = Command(environment)
    for command in ("prepare", "doctor"):
        done = raglan(command)
        assert done.status != 0
        check_told(done.stdout + done.stderr, variable, secret)


def test_a_process_of_its_own_says_no_more(tmp_path: Path) -> None:
    secret = "s3cr3t-in-an-address"
    environment = Server(tmp_path / "data").environment
    environment["RAGLAN_DATABASE__URL"] = f"postgresql://u:{secret}@127.0.0.1:1/raglan"
    for command in ("prepare", "doctor"):
        done = subprocess.run(
            [ROOT / ".venv/bin/python", "-m", "api.cli.main", command],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0
        check_told(done.stdout + done.stderr, "DATABASE__URL", secret)


def check_told(output: str, variable: str, secret: str) -> None:
    """Check that what a command prints names the setting, and not its secret."""
    part = variable.split("__", maxsplit=1)[0].lower().replace("_", " ")
    assert secret not in output
    assert part in output.lower().replace("_", " ")

"""Two hosts behind nginx, which share a database, an index in PostgreSQL, a bucket and Redis."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.components import nginx_server, redis_server
from tests.databases import PostgresqlMaker
from tests.object_stores import KEYS, moto_server
from tests.running import KEY, PASSWORD, ROOT, Server, end, forgotten, wait_until

NAME = "retrieval.top_k"
SECRET = "a secret that both hosts know"
EXAMPLE = (ROOT / "conf" / "deploy" / "nginx.conf").read_text(encoding="utf-8")


@dataclass
class Front(Server):
    """What clients see: the address of nginx."""


@dataclass(frozen=True)
class Hosts:
    """The address of both, and each."""

    front: Server
    first: Server
    second: Server


def config_for(first: Server, second: Server) -> str:
    """Return the example's configuration with the addresses of a test."""
    text = EXAMPLE.replace("10.0.0.11:9380", f"127.0.0.1:{first.port}")
    text = text.replace("10.0.0.12:9380", f"127.0.0.1:{second.port}")
    text = re.sub(r"listen 80;", "listen 127.0.0.1:PORT;", text)
    own = "daemon off; master_process off; pid FOLDER/pid;\n"
    temporary = "".join(
        f"    {what}_temp_path FOLDER/{what};\n"
        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return own + text.replace("http {\n", f"http {{\n    access_log off;\n{temporary}")


@pytest.fixture(scope="module")
def pair(
    postgresql_maker: PostgresqlMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as stack:
        bucket = stack.enter_context(moto_server())
        redis = stack.enter_context(redis_server())
        shared = {
            "RAGLAN_DATABASE__URL": postgresql_maker.empty(),
            "RAGLAN_CHUNK_STORE__URL": postgresql_maker.empty(),
            "RAGLAN_STORAGE__URL": bucket.url("shared"),
            "RAGLAN_STORAGE__ACCESS_KEY": KEYS.access_key,
            "RAGLAN_STORAGE__SECRET_KEY": KEYS.secret_key,
            "RAGLAN_REDIS__URL": f"redis://{redis.address}/0",
            "RAGLAN_AUTH__SECRET_KEY": SECRET,
            "RAGLAN_SERVER__WORKERS": "1",
        }
        first, second = (Server(folder / name, extra=dict(shared)) for name in ("one", "two"))
        for server in (first, second):
            stack.callback(end, server)
            server.start()  # the first one migrates the database
        nginx = stack.enter_context(nginx_server(config_for(first, second)))
        yield Hosts(Front(folder, port=nginx.port), first, second)


@pytest.fixture
def hosts(pair: Hosts) -> Hosts:
    """Return both, of which one may have been killed by a test before."""
    if not pair.first.is_ready():
        pair.first.start()
    return pair


def test_what_one_host_took_in_the_other_answers(hosts: Hosts) -> None:
    dataset = hosts.first.dataset()
    [document] = hosts.first.upload(dataset, ("lamp.txt", b"The lamp is lit at dusk."))
    hosts.second.parse(dataset, [document])
    assert hosts.first.finished(dataset, document)["run"] == "DONE"

    for server in (hosts.first, hosts.second, hosts.front):
        assert [one["content"] for one in server.found(dataset, "lamp")] == [
            "The lamp is lit at dusk."
        ]
    path = f"{hosts.second.url}/api/v1/datasets/{dataset}/documents/{document}"
    kept = requests.get(path, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
    assert kept.content == b"The lamp is lit at dusk."


def test_a_request_that_is_sent_again_to_the_other_host_is_done_once(hosts: Hosts) -> None:
    sent = {"json": {"name": "once"}, "headers": {"Idempotency-Key": "hosts-1"}}
    made = [server.data_of("POST", "/datasets", **sent) for server in (hosts.first, hosts.second)]

    assert made[0] == made[1]
    assert len(hosts.front.data_of("GET", "/datasets", params={"name": "once"})) == 1


def test_a_session_and_its_end_count_at_both_hosts(hosts: Hosts) -> None:
    credentials = {"email": "admin@raglan.local", "password": PASSWORD}
    answer = requests.post(f"{hosts.first.url}/v1/user/login", json=credentials, timeout=60)
    token = {"Authorization": answer.headers["Authorization"]}

    def status(server: Server) -> Any:
        shown = requests.get(f"{server.url}/v1/user/info", headers=token, timeout=60)
        return shown.json()["code"]

    assert [status(server) for server in (hosts.first, hosts.second)] == [0, 0]
    requests.get(f"{hosts.second.url}/v1/user/logout", headers=token, timeout=60)
    forgotten()
    assert 0 not in {status(server) for server in (hosts.first, hosts.second)}


def test_a_setting_that_is_changed_at_one_host_counts_at_the_other(hosts: Hosts) -> None:
    def told(server: Server) -> Any:
        return server.data_of("GET", "/system/settings")

    def value(server: Server) -> Any:
        return next(one["value"] for one in told(server)["settings"] if one["name"] == NAME)

    assert value(hosts.second) != 77
    body = {"settings": {NAME: 77}, "version": told(hosts.first)["version"]}
    hosts.first.data_of("PATCH", "/system/settings", json=body)

    wait_until(lambda: value(hosts.second) == 77, "the setting at the other host")


def test_one_host_is_killed_and_the_other_goes_on(hosts: Hosts) -> None:
    dataset = hosts.front.dataset("going on")
    documents = hosts.front.upload(
        dataset, *((f"{n}.txt", f"Buoy {n} floats.".encode()) for n in range(6))
    )
    hosts.front.parse(dataset, documents)

    hosts.first.kill_everything()

    for document in documents:
        assert hosts.front.finished(dataset, document)["run"] == "DONE"
    assert len(hosts.front.found(dataset, "buoy floats")) == len(documents)
    chat = hosts.front.data_of("POST", "/chats", json={"name": "guide", "dataset_ids": [dataset]})
    session = hosts.front.data_of("POST", f"/chats/{chat['id']}/sessions", json={"name": "one"})
    asked = {"question": "Which buoy floats?", "session_id": session["id"], "stream": True}
    with requests.post(
        f"{hosts.front.url}/api/v1/chats/{chat['id']}/completions",
        headers={"Authorization": f"Bearer {KEY}"},
        json=asked,
        stream=True,
        timeout=60,
    ) as stream:
        events = [line for line in stream.iter_lines() if line]
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert len(events) > 1
    assert events[-1].startswith(b"data:")

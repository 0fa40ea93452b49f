"""A web server whose datasets are embedded by an endpoint: many callers at once, long waits."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.model_endpoint import ModelEndpoint, Reply, serve
from tests.running import KEY, wait_until
from tests.service.web import WebServer, web_server_on

CALLERS = 20
"""More than the threads that a web worker has for native calls."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endpoint: ModelEndpoint
) -> Iterator[WebServer]:
    embedding = {
        "RAGLAN_MODELS__EMBEDDING_MODEL": "embedder@Endpoint",
        "RAGLAN_MODELS__EMBEDDING_BASE_URL": endpoint.url,
        "RAGLAN_SERVER__WORKERS": "1",  # every caller meets all others
    }
    folder = tmp_path_factory.mktemp("endpoint")
    with web_server_on(folder / "data", endpoint, **embedding) as running:
        yield running


@pytest.fixture
def document(server: WebServer) -> str:
    """Make a dataset with a document and return the path of its chunks."""
    dataset = server.dataset("towers")
    [document] = server.upload(dataset, ("towers.txt", b"Nobody reads this file."))
    return f"/datasets/{dataset}/documents/{document}/chunks"


@pytest.fixture
def towers(server: WebServer, document: str) -> list[str]:
    """Add a chunk for each caller and return their ids."""
    return [add(server, document, number).json()["data"]["chunk"]["id"] for number in numbers()]


def numbers() -> range:
    """Return the numbers of the callers."""
    return range(100, 100 + CALLERS)


def content(number: int) -> str:
    return f"The tower {number} has the lamp L{number}."


def post(server: WebServer, path: str, body: dict[str, Any]) -> requests.Response:
    headers = {"Authorization": f"Bearer {KEY}"}
    return requests.post(f"{server.url}/api/v1{path}", json=body, headers=headers, timeout=60)


def add(server: WebServer, document: str, number: int) -> requests.Response:
    return post(server, document, {"content": content(number)})


def search(server: WebServer, dataset: str, question: str) -> requests.Response:
    body = {"question": question, "dataset_ids": [dataset], "similarity_threshold": 0.01}
    return post(server, "/retrieval", body)


def at_once(
    endpoint: ModelEndpoint, call: Callable[[int], requests.Response]
) -> dict[int, dict[str, Any]]:
    """Return what each caller is answered, all of whom wait for the endpoint at the same time."""
    endpoint.gathering = threading.Barrier(CALLERS, timeout=30)
    try:
        with ThreadPoolExecutor(CALLERS) as pool:
            answers = dict(zip(numbers(), pool.map(call, numbers()), strict=True))
    finally:
        endpoint.gathering = None
    assert {answer.status_code for answer in answers.values()} == {200}, answers[100].text
    return {number: answer.json() for number, answer in answers.items()}


def stored(server: WebServer, document: str) -> list[str]:
    listed = server.data_of("GET", document, params={"page_size": 100})
    return sorted(chunk["content"] for chunk in listed["chunks"])


@pytest.mark.usefixtures("towers")
def test_many_search_at_once(server: WebServer, endpoint: ModelEndpoint, document: str) -> None:
    dataset = document.split("/")[2]
    answers = at_once(endpoint, lambda number: search(server, dataset, f"lamp L{number}"))
    for number, answer in answers.items():
        assert answer["data"]["chunks"][0]["content"] == content(number)


def test_many_add_chunks_at_once(server: WebServer, endpoint: ModelEndpoint, document: str) -> None:
    at_once(endpoint, lambda number: add(server, document, number))
    assert stored(server, document) == sorted(map(content, numbers()))
    for number in numbers():
        found = search(server, document.split("/")[2], f"lamp L{number}").json()
        assert found["data"]["chunks"][0]["content"] == content(number)


def test_many_change_chunks_at_once(
    server: WebServer, endpoint: ModelEndpoint, document: str, towers: list[str]
) -> None:
    def change(number: int) -> requests.Response:
        return requests.put(
            f"{server.url}/api/v1{document}/{towers[number - 100]}",
            json={"content": f"The quay {number} has the bell B{number}."},
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=60,
        )

    at_once(endpoint, change)
    for number in numbers():
        found = search(server, document.split("/")[2], f"bell B{number}").json()
        assert found["data"]["chunks"][0]["content"] == f"The quay {number} has the bell B{number}."


@pytest.mark.usefixtures("towers")
@pytest.mark.parametrize("door", ["completions", "openai"])
def test_many_ask_an_assistant_at_once(
    server: WebServer, endpoint: ModelEndpoint, document: str, door: str
) -> None:
    assistant = {"name": door, "dataset_ids": [document.split("/")[2]]}
    chat = server.data_of("POST", "/chats", json=assistant)["id"]

    def ask(number: int) -> requests.Response:
        question = f"Where is the lamp L{number}?"
        if door == "openai":
            said = [{"role": "user", "content": question}]
            body = {"model": "m", "messages": said, "stream": False, "extra_body": {"reference": 1}}
            return post(server, f"/chats_openai/{chat}/chat/completions", body)
        session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": f"{number}"})
        body = {"question": question, "session_id": session["id"], "stream": False}
        return post(server, f"/chats/{chat}/completions", body)

    for number, answer in at_once(endpoint, ask).items():
        if door == "openai":
            message = answer["choices"][0]["message"]
            said, first = message["content"], message["reference"][0]
        else:
            said, first = answer["data"]["answer"], answer["data"]["reference"]["chunks"][0]
        assert said.startswith(f"Where is the lamp L{number}?")
        assert first["content"] == content(number)


def test_an_endpoint_that_keeps_all_waiting_keeps_nobody_else(
    server: WebServer, endpoint: ModelEndpoint, document: str
) -> None:
    here = server.dataset("bundled", embedding_model="wordllama@Builtin")
    [plain] = server.upload(here, ("quay.txt", b"Nobody reads this file."))
    add(server, f"/datasets/{here}/documents/{plain}/chunks", 7)
    add(server, document, 8)
    asked = len(endpoint.received)
    go_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        assert go_on.wait(60)
        yield b'{"data": [{"index": 0, "embedding": [1' + b", 0" * 15 + b"]}]}"

    endpoint.script.extend(Reply(pieces=pieces()) for _ in range(CALLERS))
    with ThreadPoolExecutor(CALLERS) as pool:
        try:
            far = document.split("/")[2]
            waiting = [pool.submit(search, server, far, "lamp L8") for _ in range(CALLERS)]
            wait_until(lambda: len(endpoint.received) == asked + CALLERS, "all to be asked for")
            found = search(server, here, "lamp L7").json()["data"]["chunks"]
            assert [chunk["content"] for chunk in found] == [content(7)]
            assert not any(call.done() for call in waiting)
        finally:
            go_on.set()
        answers = [call.result() for call in waiting]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["data"]["total"] for answer in answers} == {1}

"""An endpoint that takes requests and says nothing: a clear end soon, and nothing lost."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.db.base import new_id
from tests.functional.ingesting import Site
from tests.functional.interrupting import embedding_by
from tests.functional.library import API, data_of
from tests.model_endpoint import ModelEndpoint, Reply

pytestmark = pytest.mark.databases("sqlite")

TEXT = "The lamp is lit at dusk."
SILENCE = Reply(silent=True, hold=True)


@pytest.fixture
def settings(settings: Settings, endpoint: ModelEndpoint) -> Settings:
    """Embed by an endpoint that is waited for only for a moment."""
    hasty = embedding_by(endpoint, settings)
    return hasty.model_copy(update={"models": hasty.models.model_copy(update={"timeout": 0.3})})


def retrieval(client: FlaskClient, path: str) -> Any:
    body = {"question": "lamp", "dataset_ids": [path.split("/")[4]]}
    return client.post(f"{API}/retrieval", json=body)


def new_chunk(client: FlaskClient, path: str) -> Any:
    return client.post(f"{path}/chunks", json={"content": "Ships wait."})


def changed_chunk(client: FlaskClient, path: str) -> Any:
    [chunk] = data_of(client.get(f"{path}/chunks"))["chunks"]
    return client.put(f"{path}/chunks/{chunk['id']}", json={"content": "Ships wait."})


def completion(client: FlaskClient, path: str) -> Any:
    assistant = {"name": new_id(), "dataset_ids": [path.split("/")[4]]}
    chat = data_of(client.post(f"{API}/chats", json=assistant))["id"]
    session = data_of(client.post(f"{API}/chats/{chat}/sessions", json={"name": "s"}))["id"]
    body = {"question": "When?", "session_id": session, "stream": False}
    return client.post(f"{API}/chats/{chat}/completions", json=body)


@pytest.mark.parametrize("call", [retrieval, new_chunk, changed_chunk, completion])
def test_requests_end_with_a_clear_word(
    site: Site, endpoint: ModelEndpoint, call: Callable[[FlaskClient, str], Any]
) -> None:
    path = site.document("lamp.txt", TEXT.encode())
    site.parse(path)
    site.work()
    endpoint.script.append(SILENCE)
    answer = call(site.client, path)
    assert (answer.status_code, answer.json["code"]) == (503, 105)
    assert "sent nothing for 0.3 seconds" in answer.json["message"]
    assert [chunk["content"] for chunk in site.chunks(path)] == [TEXT]
    assert call(site.client, path).status_code == 200


def test_a_document_is_embedded_at_the_next_attempt(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("lamp.txt", TEXT.encode())
    site.parse(path)
    endpoint.script.append(SILENCE)
    site.run(site.claim())
    assert site.shown(path)["run"] == "RUNNING"
    assert "sent nothing for 0.3 seconds" in site.tasks(path)[-1]["progress_msg"]
    assert site.work() == 1
    shown = site.shown(path)
    assert (shown["run"], shown["chunk_count"]) == ("DONE", 1)
    assert site.found(path, "lamp") == [TEXT]
    site.assert_consistent(path)

"""Search apps at their later addresses: the same as those of the console."""

import pytest
from flask.testing import FlaskClient

from tests.functional.console.test_conversations import frames
from tests.functional.console.test_search_apps import show
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import API, data_of, refused

pytestmark = pytest.mark.databases("sqlite")

APPS = f"{API}/searches"


def test_an_app_is_made_changed_asked_and_deleted(
    client: FlaskClient, corpus: Corpus, stranger: FlaskClient
) -> None:
    made = data_of(client.post(APPS, json={"name": "Coast"}))["search_id"]
    place = f"{APPS}/{made}"
    config = {"kb_ids": [corpus.dataset_id]}
    changed = data_of(client.put(place, json={"name": "Shore", "search_config": config}))
    assert changed == data_of(client.get(place)) == show(client, made)
    assert (changed["name"], changed["search_config"]["kb_ids"]) == ("Shore", [corpus.dataset_id])
    listed = data_of(
        client.get(APPS, query_string={"page": 1, "page_size": 5, "keywords": "shore"})
    )
    assert (listed["total"], listed["search_apps"][0]["id"]) == (1, made)
    for page in ("completion", "completions"):
        *_, last, _ = frames(client.post(f"{place}/{page}", json={"question": "lamp at dusk"}))
        assert last["data"]["reference"]["chunks"][0]["content"] == TEXTS[0]
    for method in ("get", "put", "delete"):
        assert refused(getattr(stranger, method)(place, json={}), 404, 102)
    assert data_of(client.delete(place)) is True
    assert refused(client.get(place), 404, 102)

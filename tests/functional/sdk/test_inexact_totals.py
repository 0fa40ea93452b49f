"""Answers of a chunk store that counts hits up to some number only."""

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from api.config.settings import ChunkStoreSettings, Settings
from tests.functional.corpus import Corpus

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings of a server whose chunk store counts up to one."""
    counting = ChunkStoreSettings(url=SecretStr("memory://?exact_up_to=1"))
    return settings.model_copy(update={"chunk_store": counting})


def test_a_total_that_is_no_total_says_so(client: FlaskClient, corpus: Corpus) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": "the keeper", "explain": True}
    few = client.post("/api/v1/retrieval", json={**body, "similarity_threshold": 0.9}).json
    assert few is not None
    assert (few["data"]["total"], "total_is_exact" in few["data"]) == (0, False)

    many = client.post("/api/v1/retrieval", json={**body, "similarity_threshold": 0.01}).json
    assert many is not None
    assert len(many["data"]["chunks"]) > 1
    assert (many["data"]["total"], many["data"]["total_is_exact"]) == (1, False)
    assert many["data"]["explanation"]["below"] == []

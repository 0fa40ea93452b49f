"""Responses as OpenAI's clients ask for them."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.functional.corpus import LAMP, Corpus

TALKER = "talker@Endpoint"
SENTENCES = "extractive@Builtin"
RESULTS = "file_search_call.results"


def ask(client: FlaskClient, **more: Any) -> TestResponse:
    """Ask the talker a question, with more fields of the request or others."""
    return client.post("/v1/responses", json={"model": TALKER, "input": LAMP, **more})


def file_search(corpus: Corpus, **more: Any) -> list[dict[str, Any]]:
    """Return the tool that searches the dataset of a corpus."""
    stores = [f"vs_{corpus.dataset_id}"]
    return [{"type": "file_search", "vector_store_ids": stores, **more}]

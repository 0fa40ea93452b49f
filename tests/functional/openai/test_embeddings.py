"""OpenAI's embeddings: texts, tokens, dimensions, and what is refused."""

from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.openai.storing import refused

pytestmark = pytest.mark.databases("sqlite")

MODEL = "wordllama@Builtin"


def embedded(client: FlaskClient, given: object, **more: object) -> np.ndarray[Any, Any]:
    body = {"model": MODEL, "input": given, **more}
    answer = client.post("/v1/embeddings", json=body)
    assert answer.status_code == 200, answer.json
    told = answer.json
    assert [item["index"] for item in told["data"]] == list(range(len(told["data"])))
    rows = [item["embedding"] for item in told["data"]]
    if isinstance(rows[0], str):
        rows = [np.frombuffer(b64decode(row), "<f4") for row in rows]
    return np.array(rows, dtype=np.float32)


def test_texts_in_their_order(client: FlaskClient, services: Services) -> None:
    texts = ["the lamp", "the tide", "", "the lamp"]
    right = services.models.models.embedder("", MODEL).embed_documents(texts)
    assert np.array_equal(embedded(client, texts), right)
    assert np.array_equal(embedded(client, texts, encoding_format="base64"), right)
    assert np.array_equal(embedded(client, texts[0]), right[:1])


def test_the_tokens_of_texts_are_those_that_the_model_reads(
    client: FlaskClient, services: Services
) -> None:
    texts = ["the lamp", "the tide comes in at six"]
    right = services.models.models.embedder("", MODEL).embed_counted(texts).tokens
    told = client.post("/v1/embeddings", json={"model": MODEL, "input": texts}).json
    assert told["usage"] == {"prompt_tokens": right, "total_tokens": right}


def test_tokens_are_their_texts(client: FlaskClient) -> None:
    hello = embedded(client, "hello world")
    assert np.array_equal(embedded(client, [15339, 1917]), hello)
    assert np.array_equal(embedded(client, [[15339, 1917], [15339]])[0], hello[0])
    assert np.array_equal(
        embedded(client, [[15339, 1917], [15339]])[1], embedded(client, "hello")[0]
    )


def test_fewer_dimensions_are_unit_vectors_again(client: FlaskClient) -> None:
    whole = embedded(client, "the lamp")[0]
    cut = embedded(client, "the lamp", dimensions=16)[0]
    assert cut.shape == (16,)
    assert np.allclose(cut, whole[:16] / np.linalg.norm(whole[:16]), atol=1e-6)
    assert embedded(client, "", dimensions=16).shape == (1, 16)
    body = {"model": MODEL, "input": "x", "dimensions": 100_000}
    refused(client.post("/v1/embeddings", json=body), 400, "dimensions")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "at least one"),
        ([[100_256]], "check_embedding_ctx_length"),
        ([[-1]], "check_embedding_ctx_length"),
        ({"text": "x"}, "input"),
        (None, "input"),
        ([1.5], "input"),
        (["x", 7], "input"),
        (["x"] * 2049, "input"),
    ],
)
def test_an_input_that_cannot_be_embedded(
    client: FlaskClient, given: object, sentence: str
) -> None:
    answer = client.post("/v1/embeddings", json={"model": MODEL, "input": given})
    refused(answer, 400, sentence)


def test_a_model_that_does_not_embed(client: FlaskClient) -> None:
    for model in ("text-embedding-3-small", "x@y"):
        answer = client.post("/v1/embeddings", json={"model": model, "input": "x"})
        refused(answer, 404, model)

"""What datasets add to the similarities of passages that a rerank model has ranked."""

import pytest

from rag.engines.base import Hit
from rag.retrieval.reranking import reranked
from rag.types import Chunk


def hit(dataset: str) -> Hit:
    return Hit(Chunk(dataset * 16, "d" * 32, dataset * 32, "text"), "name", 0.0, 0.0, 0.0)


def test_a_boost_orders_what_reaches_the_threshold_without_it() -> None:
    hits = [hit("a"), hit("b"), hit("c")]
    found = reranked(hits, [0.8, 0.5, 0.1], 1.0, 0.3, [0.0, 0.9, 0.9])
    assert [one.chunk.dataset_id[0] for one in found.hits] == ["b", "a"]
    assert [one.similarity for one in found.hits] == pytest.approx([1.4, 0.8])
    assert found.total == 2

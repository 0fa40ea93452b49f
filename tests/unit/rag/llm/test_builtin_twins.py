"""What is special about the models that need no model."""

import numpy as np
import pytest

from rag.errors import ConfigurationError
from rag.llm.base import GenerationOptions, ModelSpec
from rag.llm.echo import EchoChat
from rag.llm.hashing import HashingEmbedder, build_embedder
from rag.types import Message, Role


def test_hashing_is_the_same_everywhere() -> None:
    vector = HashingEmbedder(8).embed_query("the cat the mat")
    expected = HashingEmbedder(8).embed_query("THE the Mat, cat!")
    np.testing.assert_array_equal(vector, expected)
    assert np.count_nonzero(vector) <= 3


def test_hashing_counts_each_han_character() -> None:
    embedder = HashingEmbedder(512)
    near, far = embedder.embed_documents(["北京的天气", "合同条款"])
    query = embedder.embed_query("天气")
    assert near @ query > 0.5 > far @ query


@pytest.mark.parametrize(("asked", "given"), [(None, 256), (64, 64)])
def test_hashing_has_the_dimensions_asked_for(asked: int | None, given: int) -> None:
    assert build_embedder(ModelSpec("hashing", dimensions=asked)).dimensions == given


def test_hashing_needs_a_dimension() -> None:
    with pytest.raises(ConfigurationError, match="at least 1 dimension"):
        HashingEmbedder(0)


def test_echo_without_a_question_says_nothing() -> None:
    deltas = list(EchoChat().stream([Message(Role.SYSTEM, "x")], GenerationOptions()))
    assert [delta.content for delta in deltas] == [""]


def test_echo_keeps_every_space() -> None:
    said = "  two  words\n"
    deltas = EchoChat().stream([Message(Role.USER, said)], GenerationOptions())
    assert "".join(delta.content for delta in deltas) == said

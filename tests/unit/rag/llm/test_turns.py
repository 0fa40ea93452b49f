"""That many texts are embedded in turns, and come out as if they were not."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from rag.llm.hashing import HashingEmbedder
from rag.llm.turns import embedded, ranked
from rag.llm.wordllama import WordLlamaEmbedder


@pytest.mark.parametrize(
    ("texts", "turns"),
    [
        ([], [0]),
        (["word " * 300], [1]),
        ([f"text number {number}, and some words" for number in range(70)], [32, 32, 6]),
        (["short", "long " * 4000, "short", "word " * 3000, "word " * 3000], [1, 1, 2, 1]),
    ],
)
def test_texts_go_in_turns_and_keep_their_order(texts: list[str], turns: list[int]) -> None:
    seen: list[int] = []

    def offload(function: Callable[..., object], *arguments: object) -> object:
        seen.append(len(arguments[0]))  # type: ignore[arg-type]  # the texts
        return function(*arguments)

    class Slow(WordLlamaEmbedder):
        def is_brief(self, _texts: object) -> bool:
            return False

    found = embedded(Slow(), offload, texts)  # type: ignore[arg-type]  # as above
    assert seen == turns
    expected = Slow().embed_counted(texts)
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    assert found.tokens == expected.tokens


def test_what_is_brief_takes_no_thread() -> None:
    def offload(*_arguments: object) -> object:
        raise AssertionError

    assert embedded(HashingEmbedder(), offload, ["a few words"]).vectors.shape == (1, 256)  # type: ignore[arg-type]  # never called


@pytest.mark.parametrize(("cooperative", "turns"), [(False, [1] * 9), (True, [])])
def test_texts_are_ranked_in_turns_unless_a_model_leaves_the_loop_free(
    *, cooperative: bool, turns: list[int]
) -> None:
    seen: list[int] = []

    def offload(function: Callable[..., object], *arguments: object) -> object:
        seen.append(len(arguments[1]))  # type: ignore[arg-type]  # the texts
        return function(*arguments)

    class Lengths:
        name = "lengths"

        def __init__(self) -> None:
            self.cooperative = cooperative

        def reach(self, passages: Sequence[str]) -> int:
            return len(passages)

        def rerank(self, _question: str, texts: Sequence[str]) -> list[float]:
            return [len(text) / 10 for text in texts]

    texts = ["x" * length for length in range(9)]
    assert ranked(Lengths(), offload, "q", texts) == [length / 10 for length in range(9)]  # type: ignore[arg-type]  # as above
    assert seen == turns
    assert ranked(Lengths(), offload, "q", []) == []  # type: ignore[arg-type]  # as above

import re
from collections.abc import Callable

import pytest

from rag.engines.base import Hit
from rag.types import Chunk, Position

MakeHit = Callable[..., Hit]


@pytest.fixture
def make_hit() -> MakeHit:
    """Return a function that makes hits from their content."""

    def make(content: str, name: str = "a.pdf", page: int = 0, similarity: float = 0.5) -> Hit:
        positions = (Position(page, 0, 0, 0, 0),) if page else ()
        chunk = Chunk("c", "d", "s", content, positions=positions)
        return Hit(chunk, name, similarity, similarity, similarity)

    return make


@pytest.fixture
def tokenize() -> Callable[[str], list[str]]:
    """Return a tokenizer of words and single Han characters."""
    return lambda text: re.findall(r"[\u4e00-\u9fff]|[a-z0-9]+", text.lower())

"""The hostile files themselves: as small as they claim, and the same each time."""

import pytest

from rag.chunking.registry import implemented_methods
from rag.parsing.registry import supported_suffixes
from tests.support.hostile.kinds import KINDS


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_makes_a_file_that_is_read(name: str) -> None:
    kind = KINDS[name]

    assert kind.suffix in supported_suffixes()
    assert kind.chunk_method in implemented_methods()
    assert kind.make(0.01) == kind.make(0.01) != b""

import pytest

from rag.chunking.base import TokenCounter


@pytest.fixture
def words() -> TokenCounter:
    """Count a word as a token, so that a test can count along."""
    return lambda text: len(text.split())

from collections.abc import Iterator

import pytest

from tests.model_endpoint import ModelEndpoint, serve


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    """Run an OpenAI-compatible endpoint that the test can script."""
    with serve() as running:
        yield running

"""What tests of whole processes share: the servers that several modules ask."""

from collections.abc import Iterator

import pytest

from tests.nacos import SERVERS, Nacos, nacos_server


@pytest.fixture(scope="session", params=SERVERS, ids=lambda kind: kind.kind)
def nacos(request: pytest.FixtureRequest) -> Iterator[Nacos]:
    """Run one kind of Nacos server after the other; starting one may take 20 s."""
    with nacos_server(request.param) as server:
        yield server

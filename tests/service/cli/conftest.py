"""The command line against a running server."""

from collections.abc import Iterator

import pytest

from tests.command import Command, write
from tests.pdfs import pdf
from tests.running import Server, server_on, wait_until


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("cli") / "data") as running:
        # It serves before they are started; tests stop them to see what waits.
        wait_until(running.ingest_workers, "an ingest worker")
        yield running


@pytest.fixture(scope="session")
def raglan(server: Server) -> Command:
    return Command(server.environment)


@pytest.fixture(scope="session")
def handbook(raglan: Command, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a dataset with two documents that can be searched and one that cannot."""
    folder = write(
        tmp_path_factory.mktemp("handbook"),
        leave_txt="Everybody has thirty days of leave a year.",
        desk_pdf=pdf("", "Visitors sign in at the front desk."),
        broken_pdf=b"%PDF-1.4 nothing more",
    )
    assert raglan("ingest", folder, "--dataset", "handbook").status == 1
    return "handbook"


@pytest.fixture
def dataset(request: pytest.FixtureRequest) -> str:
    """Return a name that no other test gives to a dataset."""
    return request.node.name[:120]

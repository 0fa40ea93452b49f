"""What tests of whole processes share: the servers that several modules ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from tests.nacos import SERVERS, Nacos, nacos_server
from tests.service.parser_site import PARSERS, MakeProcess, MakeRequest


@pytest.fixture(scope="session", params=SERVERS, ids=lambda kind: kind.kind)
def nacos(request: pytest.FixtureRequest) -> Iterator[Nacos]:
    """Run one kind of Nacos server after the other; starting one may take 20 s."""
    with nacos_server(request.param) as server:
        yield server


@pytest.fixture
def start() -> Iterator[MakeProcess]:
    """Make parser processes with the faulty parsers, ended after the test."""
    made: list[ParserProcess] = []

    def make(**limits: float) -> ParserProcess:
        process = ParserProcess(
            ParserLimits(**limits),  # type: ignore[arg-type]
            "faulty_parsers",
            (PARSERS,),
        )
        made.append(process)
        return process

    yield make
    for process in made:
        process.close()


@pytest.fixture
def request_for(tmp_path: Path) -> MakeRequest:
    """Make a file with a suffix, and a request to parse it."""

    def make(suffix: str, text: str = "some text", **options: object) -> ParseRequest:
        path = tmp_path / f"file.{suffix}"
        path.write_text(text, encoding="utf-8")
        return ParseRequest(str(path), path.name, **options)  # type: ignore[arg-type]

    return make

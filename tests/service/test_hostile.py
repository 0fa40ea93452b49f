"""Files that are small and ask for very much, each cut small: read, or ended with what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import ParseError
from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from tests.service.parser_site import MEGABYTE, never
from tests.support.hostile.kinds import KINDS

SCALE = 0.02
LIMITS = ParserLimits(cpu=1.0, characters=300_000, memory_base=200 * MEGABYTE)
SAYS_WHAT_TO_DO = re.compile(r"or have worker\.\w+ raised\.$|limit|damaged|made to be|seems to be")


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    """Run a parser process with a tenth of the usual limits."""
    with ParserProcess(LIMITS) as running:
        yield running


@pytest.mark.parametrize("name", KINDS)
def test_a_hostile_file_is_read_or_ended_with_what_to_do(
    process: ParserProcess, tmp_path: Path, name: str
) -> None:
    kind = KINDS[name]
    path = tmp_path / f"{name}.{kind.suffix}"
    path.write_bytes(kind.make(SCALE))
    account = process.account(path, path.name)
    request = ParseRequest(str(path), path.name, chunk_method=kind.chunk_method)

    try:
        for _ in process.parse(request, never, account):
            pass
    except ParseError as error:
        assert SAYS_WHAT_TO_DO.search(str(error)), error  # noqa: PT017 - most files are read

    assert account.peak < account.resident + 100 * MEGABYTE
    assert account.use.cpu < account.cpu + 2
    assert account.use.characters < account.characters + 200_000

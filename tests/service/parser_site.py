"""Parser processes with faulty parsers, and files for these."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ChunksCut, ParseRequest

MEGABYTE = 1024 * 1024

PARSERS = Path(__file__).parent / "parsers"
"""Where the module of faulty parsers is."""

MakeProcess = Callable[..., ParserProcess]
MakeRequest = Callable[..., ParseRequest]


def never() -> bool:
    """Return false: no stop is wanted."""
    return False


def warm(process: ParserProcess, request: ParseRequest, **limits: float) -> ParserProcess:
    """Parse a file, so that the start of the process counts no more, and set other limits."""
    assert contents(process, request)
    process.limits = replace(process.limits, **limits)  # type: ignore[arg-type]
    return process


def contents(process: ParserProcess, request: ParseRequest) -> list[str]:
    """Return the contents of the chunks of a file."""
    events = process.parse(request, never)
    return [
        draft.content for event in events if isinstance(event, ChunksCut) for draft in event.drafts
    ]

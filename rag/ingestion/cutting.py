"""The first chunks of one file, cut in processes of their own; see `rag.ingestion.asking`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from rag.ingestion.asking import ask_reader
from rag.ingestion.limits import ParserLimits
from rag.ingestion.wire import ParseRequest
from rag.types import ChunkDraft, Position


@dataclass(frozen=True, slots=True)
class FirstChunks:
    """The first chunks of a file, whether there are more, and the parser's remarks on pages."""

    drafts: tuple[ChunkDraft, ...]
    more: bool
    notes: tuple[str, ...]


def cut_first(
    request: ParseRequest, most: int, path: Path, name: str, limits: ParserLimits, folder: Path
) -> FirstChunks:
    """Return the first chunks of a file as a request of no file has it; raises ParseError."""
    of_file = replace(request, path=str(path), name=name)
    return _first_chunks(ask_reader(of_file, limits, folder, most_chunks=most))


def written(first: FirstChunks) -> bytes:
    """Return first chunks as JSON."""
    return orjson.dumps(first)


def read(text: bytes) -> FirstChunks:
    """Return first chunks of their JSON."""
    return _first_chunks(orjson.loads(text))


def _first_chunks(told: Mapping[str, Any]) -> FirstChunks:
    drafts = tuple(
        ChunkDraft(
            str(draft["content"]),
            tuple(Position(**position) for position in draft["positions"]),
            tuple(map(str, draft["questions"])),
            tuple(map(str, draft["headings"])),
            int(draft["child"]),
            tuple(map(str, draft["keywords"])),
        )
        for draft in told["drafts"]
    )
    return FirstChunks(drafts, bool(told["more"]), tuple(map(str, told["notes"])))

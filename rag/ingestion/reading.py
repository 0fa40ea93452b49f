"""The text of one file, read in processes of its own while the caller waits cooperatively."""

from dataclasses import dataclass
from pathlib import Path

from rag.ingestion.asking import ask_reader
from rag.ingestion.limits import ParserLimits
from rag.ingestion.wire import ParseRequest

MOST_CHARACTERS = 16_000_000
"""Of a text: it is in memory several times while it is answered with."""

_ENDLESS = 2**62
"""Tokens: nothing is cut within a page."""


@dataclass(frozen=True, slots=True)
class FileText:
    """The texts of a file's pages that have any, and the parser's remarks on pages."""

    pages: tuple[str, ...]
    notes: tuple[str, ...]


def read_file(path: Path, name: str, limits: ParserLimits) -> FileText:
    """Return the text of a file, which is called `name`; raises ParseError.

    The file lies in a work folder, where the processes have what they need for a while.
    """
    # Slides are never merged with each other, and neither are pages under this method.
    request = ParseRequest(str(path), name, chunk_method="presentation", chunk_token_num=_ENDLESS)
    told = ask_reader(request, limits, path.parent)
    return FileText(tuple(told["pages"]), tuple(told["notes"]))

"""Reads one file through a parser process: `python -m rag.ingestion.reader PARENT_PID`.

Takes a request as JSON from standard input, and answers with JSON on standard output; see
`rag.ingestion.reading`. For a process with an event loop, which cannot wait for a parser itself.
"""

import sys
from contextlib import closing
from pathlib import Path

import orjson

from rag.errors import ParserLimitError, RagError
from rag.ingestion.lifetime import end_with
from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from rag.ingestion.reading import MOST_CHARACTERS, FileText
from rag.ingestion.wire import PageRead, ParseRequest

_ENDLESS = 2**62
"""Tokens: nothing is cut within a page."""


def _read(request: ParseRequest, process: ParserProcess) -> FileText:
    """Return the text of a file; raises ParseError and its children."""
    pages, notes, characters = [], [], 0
    with closing(process.parse(request, lambda: False)) as events:
        for event in events:
            if isinstance(event, PageRead):
                notes += [event.note] if event.note else []
                continue
            for draft in event.drafts:
                pages.append(draft.content)
                characters += len(draft.content)
            if characters > MOST_CHARACTERS:
                raise _too_long(request.name)
    return FileText(tuple(pages), tuple(notes))


def _too_long(name: str) -> ParserLimitError:
    """Return the error of a text that is longer than an answer may be."""
    return ParserLimitError(
        f"{name} has more than {MOST_CHARACTERS // 1_000_000} million characters of text, the most"
        " that one answer holds: add it to a dataset."
    )


def main(parent: int) -> None:
    """Read the file that standard input names."""
    end_with(parent)
    told = orjson.loads(sys.stdin.buffer.read())
    # Slides are never merged with each other, and neither are pages under this method.
    request = ParseRequest(
        told["path"], told["name"], chunk_method="presentation", chunk_token_num=_ENDLESS
    )
    with ParserProcess(ParserLimits(**told["limits"]), folder=Path(told["folder"])) as process:
        try:
            answer: object = _read(request, process)
        except RagError as error:
            answer = {"error": str(error)}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]))

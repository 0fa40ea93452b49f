"""Reads or draws one file through a parser process: `python -m rag.ingestion.reader PARENT_PID`.

Takes a request as JSON from standard input, and answers with JSON on standard output; see
`rag.ingestion.reading`, `rag.ingestion.drawing` and `rag.ingestion.cutting`. For a process with an
event loop, which cannot wait for a parser itself.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import orjson

from rag.errors import ParserLimitError, RagError
from rag.ingestion.lifetime import end_with
from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from rag.ingestion.reading import MOST_CHARACTERS
from rag.ingestion.wire import PageDrawn, PageRead, PagesMeasured, ParseRequest, Wanted


def _read(request: ParseRequest, process: ParserProcess) -> dict[str, object]:
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
    return {"pages": pages, "notes": notes}


def _cut(request: ParseRequest, process: ParserProcess, most: int) -> dict[str, object]:
    """Return the first chunks of a file and whether there are more; raises ParseError."""
    drafts: list[object] = []
    notes: list[str] = []
    with closing(process.parse(request, lambda: False)) as events:
        for event in events:
            if isinstance(event, PageRead):
                notes += [event.note] if event.note else []
                continue
            drafts += event.drafts
            if len(drafts) > most:
                break
    return {"drafts": drafts[:most], "more": len(drafts) > most, "notes": notes}


def _lay_out(request: ParseRequest, process: ParserProcess) -> dict[str, object]:
    """Have the layout of a file written where the request says; raises ParseError."""
    for _ in process.pictures(request):
        pass
    return {}


def _measure(request: ParseRequest, process: ParserProcess) -> dict[str, object]:
    """Return how large the pages of a file are; raises ParseError and its children."""
    events = process.pictures(request)
    return {"sizes": [size for e in events if isinstance(e, PagesMeasured) for size in e.sizes]}


def _draw(request: ParseRequest, process: ParserProcess) -> dict[str, object]:
    """Return pictures of pages by their numbers; raises ParseError and its children."""
    drawn = (event for event in process.pictures(request) if isinstance(event, PageDrawn))
    return {"pictures": [(event.number, event.picture) for event in drawn]}


_ANSWERS: Mapping[str, Callable[[ParseRequest, ParserProcess], dict[str, object]]] = {
    Wanted.CHUNKS: _read,
    Wanted.LAYOUT: _lay_out,
    Wanted.SIZES: _measure,
    Wanted.PICTURES: _draw,
}


def _too_long(name: str) -> ParserLimitError:
    """Return the error of a text that is longer than an answer may be."""
    return ParserLimitError(
        f"{name} has more than {MOST_CHARACTERS // 1_000_000} million characters of text, the most"
        " that one answer holds: add it to a dataset."
    )


def main(parent: int) -> None:
    """Do with a file what standard input says."""
    end_with(parent)
    told = orjson.loads(sys.stdin.buffer.read())
    request = ParseRequest.of(told["request"])
    with ParserProcess(ParserLimits.of(told["limits"]), folder=Path(told["folder"])) as process:
        try:
            most = told["most_chunks"]
            make = partial(_cut, most=most) if most else _ANSWERS[request.wanted]
            answer = make(request, process)
        except RagError as error:
            answer = {"error": str(error)}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]))

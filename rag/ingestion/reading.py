"""The text of one file, read in processes of its own while the caller waits cooperatively."""

import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from rag.errors import ParseError, ParserCrashError
from rag.ingestion.limits import ParserLimits

MOST_CHARACTERS = 16_000_000
"""Of a text: it is in memory several times while it is answered with."""

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class FileText:
    """The texts of a file's pages that have any, and the parser's remarks on pages."""

    pages: tuple[str, ...]
    notes: tuple[str, ...]


def read_file(path: Path, name: str, limits: ParserLimits) -> FileText:
    """Return the text of a file, which is called `name`; raises ParseError.

    What the processes need for a while lies beside the file. An error that ends the waiting, as
    where a greenlet is killed, ends them.
    """
    told = {
        "path": str(path),
        "name": name,
        # Not the folder of the file itself: who works there has it locked.
        "folder": str(path.parent / "parser"),
        "limits": asdict(limits),
    }
    command = (sys.executable, "-P", "-s", "-m", "rag.ingestion.reader", str(os.getpid()))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=path.parent,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT)},
    )
    try:
        answer, _ = process.communicate(orjson.dumps(told))
    except BaseException:
        process.kill()
        process.wait()
        raise
    return _text_of(answer, name)


def _text_of(answer: bytes, name: str) -> FileText:
    """Return what a reader answers; raises ParseError, also where it says nothing."""
    if not answer:
        raise ParserCrashError(f"{name} could not be read: the process that reads it died.")
    told = orjson.loads(answer)
    if "error" in told:
        raise ParseError(told["error"])
    return FileText(tuple(told["pages"]), tuple(told["notes"]))

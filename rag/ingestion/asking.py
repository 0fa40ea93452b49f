"""Asking a reader, in a process of its own, about one file while the caller waits cooperatively."""

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from rag.errors import ParseError, ParserCrashError
from rag.ingestion.limits import ParserLimits
from rag.ingestion.wire import ParseRequest

_ROOT = Path(__file__).resolve().parents[2]


def ask_reader(
    request: ParseRequest, limits: ParserLimits, folder: Path, *, most_chunks: int = 0
) -> dict[str, Any]:
    """Return what a reader answers, which is unchecked; raises ParseError.

    With `most_chunks` it cuts no more than so many chunks.

    What the processes need for a while lies in a work folder of the caller. An error that ends the
    waiting, as where a greenlet is killed, ends them.
    """
    told = {
        "request": asdict(request),
        # Not the folder itself: its owner has it locked.
        "folder": str(folder / "parser"),
        "limits": asdict(limits),
        "most_chunks": most_chunks,
    }
    command = (sys.executable, "-P", "-s", "-m", "rag.ingestion.reader", str(os.getpid()))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT)},
    )
    try:
        answer, _ = process.communicate(orjson.dumps(told))
    except BaseException:
        process.kill()
        process.wait()
        raise
    return _checked(answer, request.name)


def _checked(answer: bytes, name: str) -> dict[str, Any]:
    """Return what a reader answers; raises ParseError, also where it says nothing."""
    if not answer:
        raise ParserCrashError(f"{name} could not be read: the process that reads it died.")
    told: dict[str, Any] = orjson.loads(answer)
    if "error" in told:
        raise ParseError(told["error"])
    return told

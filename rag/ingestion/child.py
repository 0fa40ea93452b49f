"""The parser process: `python -m rag.ingestion.child PARENT_PID MEMORY PARSERS`.

Reads requests from standard input and answers with events on what was standard output when it
started, until its input ends. It limits its own memory (MEMORY bytes of address space, and less
where a request says so) and computing time, leaves no core dumps and dies with its parent. PARSERS
names the module that offers `find_parser` and `page_count`.

The worker looks at what the process takes, too, and sooner. The kernel's limits hold where the
worker cannot look in time, as it is busy, paused or gone.
"""

import faulthandler
import os
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, cast

from rag.ingestion.lifetime import end_with
from rag.ingestion.serving import Parsers, serve
from rag.ingestion.wire import ParseRequest


def _limit_this_process(parent: int, memory: int) -> None:
    """Set the limits of this process: its end with the parent, no core dump, its memory."""
    end_with(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    faulthandler.enable()


def _limit_request(request: ParseRequest) -> None:
    """Set the limits of a request; going over that on computing ends the process by SIGXCPU."""
    if request.cpu_seconds:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = int(usage.ru_utime + usage.ru_stime)
        _set_soft_limit(resource.RLIMIT_CPU, used + request.cpu_seconds + 1)
    if request.memory:
        size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _set_soft_limit(resource.RLIMIT_AS, size * resource.getpagesize() + request.memory)


def _set_soft_limit(kind: int, value: int) -> None:
    """Set a limit as far as that of the process allows it."""
    _, hard = resource.getrlimit(kind)
    soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (soft, hard))


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move the pipes from descriptors 0 and 1, so that what a library prints is no event."""
    requests = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    return requests, events


def main(arguments: list[str]) -> None:
    """Serve requests until standard input ends."""
    parent, memory, parsers_name = arguments
    _limit_this_process(int(parent), int(memory))
    requests, events = _claim_pipes()
    parsers = cast("Parsers", import_module(parsers_name))
    serve(requests, events, parsers, _limit_request)


if __name__ == "__main__":
    main(sys.argv[1:])

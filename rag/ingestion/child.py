"""The parser process: `python -m rag.ingestion.child PARENT_PID MEMORY CPU_SECONDS PARSERS`.

Reads requests from standard input and answers with events on what was standard output when it
started, until its input ends. It limits its own memory (MEMORY bytes of address space) and
computing time (CPU_SECONDS per request), leaves no core dumps and dies with its parent. PARSERS
names the module that offers `find_parser` and `page_count`.
"""

import ctypes
import faulthandler
import os
import resource
import signal
import sys
from functools import partial
from importlib import import_module
from typing import BinaryIO, cast

from rag.ingestion.serving import Parsers, serve

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _limit_this_process(parent: int, memory: int) -> None:
    """Die with the parent, dump no core, and fail to allocate beyond the limit."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # The parent died before the line above could tie us to it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    faulthandler.enable()


def _limit_cpu(seconds: int) -> None:
    """Allow this many more seconds of computing; going over them ends the process by SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, hard))


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes off descriptors 0 and 1, so that what a library prints is not an event."""
    requests = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    return requests, events


def main(arguments: list[str]) -> None:
    """Serve requests until standard input ends."""
    parent, memory, cpu_seconds, parsers_name = arguments
    _limit_this_process(int(parent), int(memory))
    requests, events = _claim_pipes()
    parsers = cast("Parsers", import_module(parsers_name))
    serve(requests, events, parsers, partial(_limit_cpu, int(cpu_seconds)))


if __name__ == "__main__":
    main(sys.argv[1:])

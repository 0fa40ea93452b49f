"""What a process takes: processor time, memory, file descriptors."""

import os
import platform
import resource
import time
from importlib.metadata import version
from pathlib import Path

from api.observability.definitions import (
    BUILD,
    CPU_SECONDS,
    MEMORY,
    OPEN_FILES,
    PROCESSES,
    STARTED,
    STARTS,
)
from api.observability.recorder import Recorder


class ProcessFigures:
    """Tells of this process, in one `role` among the server's; `sample` is called again and again.

    Processor time is counted and not read when metrics are asked for, so that it does not fall
    when a process ends.
    """

    def __init__(self, recorder: Recorder, role: str) -> None:
        """Record that the process has started."""
        self.recorder = recorder
        self.role = role
        self._seconds = 0.0
        recorder.set(BUILD, 1, version("raglan"), platform.python_version())
        recorder.set(PROCESSES, 1, role)
        recorder.set(STARTED, time.time(), role)
        recorder.count(STARTS, role)
        self.sample()

    def sample(self) -> None:
        """Record what the process uses now."""
        seconds = time.process_time()
        self.recorder.count(CPU_SECONDS, self.role, by=seconds - self._seconds)
        self._seconds = seconds
        self.recorder.set(MEMORY, resident_bytes(os.getpid()), self.role)
        self.recorder.set(OPEN_FILES, open_files(), self.role)
        self.recorder.settle()


def open_files() -> int:
    """Return how many file descriptors this process has; as many as it may if none is left."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def resident_bytes(process: int) -> int:
    """Return how much memory a process holds; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

"""A child process that the worker starts, listens to with a time-out, and can always end."""

import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO

from rag.ingestion.wire import HEADER, MAX_FRAME
from rag.workfolder import work_folder

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_READ_SIZE = 256 * 1024
_LAST_WORDS = 8 * 1024
_REAP_SECONDS = 10.0


class FrameTooLongError(ValueError):
    """The child announced a frame over the limit."""


class ChildProcess:
    """A Python module run in a session, folder and environment of its own.

    A thread starts the child, waits for its end and removes what it leaves behind. It has to be
    that thread: the child asks the kernel to be killed when its parent dies, and for the kernel
    the parent is the thread that started it.
    """

    def __init__(
        self, module: str, arguments: list[str], python_path: tuple[Path, ...], parent_folder: Path
    ) -> None:
        """Start the child in a new folder in another; raises OSError if that is not possible."""
        self._command = [sys.executable, "-P", "-s", "-m", module, *arguments]
        self._python_path = os.pathsep.join(map(str, (*python_path, _PACKAGE_ROOT)))
        self._parent_folder = parent_folder
        self._started: deque[subprocess.Popen[bytes] | OSError] = deque(maxlen=1)
        self._ready = threading.Event()
        self._ending = threading.Lock()
        self._reaped = threading.Event()
        self._peak = 0
        self._thread = threading.Thread(target=self._live, name="parser-process", daemon=True)
        self._thread.start()
        self._ready.wait()
        started = self._started.pop()
        if isinstance(started, OSError):
            raise started
        self._process = started
        self._inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._buffer = bytearray()
        self._stderr = b""
        self._selector = selectors.DefaultSelector()
        for stream in (started.stdout, started.stderr):
            self._selector.register(_descriptor(stream), selectors.EVENT_READ)
        self._events = _descriptor(started.stdout)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Return whether the child still runs."""
        return not self._reaped.is_set()

    @property
    def last_words(self) -> str:
        """Return the end of what the child wrote to standard error."""
        return self._stderr.decode("utf-8", "replace")

    def resident_bytes(self) -> int:
        """Return how much memory the child holds, 0 if it is gone."""
        try:
            fields = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()
        except OSError:
            return 0
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float:
        """Return for how long the child has computed; 0 if it is gone."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            return 0.0
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_bytes(self) -> int:
        """Return the most memory that the child has held, at its end, too; 0 if not known yet."""
        if not self.alive:
            # What the kernel tells of the dead begins with what their parent held when they began.
            return self._peak if self._peak > self._inherited else 0
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return 0
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(found[0]) * 1024 if found else 0

    def send(self, frame: bytes) -> None:
        """Write a frame shorter than a pipe's buffer; raises BrokenPipeError if the child died."""
        os.write(_descriptor(self._process.stdin), frame)

    def receive(self, timeout: float) -> bytes | None:
        """Return the body of the next frame, or None if it is not there in `timeout` seconds.

        Raises EOFError once the child has closed its end, and FrameTooLongError.
        """
        if (body := self._take_frame()) is not None:
            return body
        ready = [key.fd for key, _ in self._selector.select(timeout)]
        # Events last: their end raises, and the last words of the child are wanted then.
        for descriptor in sorted(ready, key=self._events.__eq__):
            self._read(descriptor)
        return self._take_frame()

    def exit_code(self) -> int | None:
        """Wait a moment for the child to end, and return its code; negative means a signal."""
        self._reaped.wait(_REAP_SECONDS)
        return self._process.returncode

    def kill(self) -> None:
        """Kill the child and everything it started."""
        with self._ending:
            if self.alive:
                _kill_group(self.pid)

    def end(self) -> None:
        """Kill the child and everything it started, wait until it is gone, and close the pipes."""
        self.kill()
        self._thread.join(_REAP_SECONDS)
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _live(self) -> None:
        try:
            with work_folder(self._parent_folder) as folder:
                process = self._start(folder)
                self._started.append(process)
                self._ready.set()
                self._reap(process)
        except OSError as error:
            self._started.append(error)
            self._ready.set()

    def _start(self, folder: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=folder,
            start_new_session=True,
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "HOME": folder,
                "TMPDIR": folder,
                "PYTHONPATH": self._python_path,
                # One thread a child: the worker runs as many children as there are cores, and
                # each thread would reserve address space, which is limited.
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "2",
            },
        )

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        # Left unreaped, the dead child keeps its id, so the group that is killed is the right one.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._ending:
            _kill_group(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self._peak = usage.ru_maxrss * 1024
            self._reaped.set()

    def _read(self, descriptor: int) -> None:
        data = os.read(descriptor, _READ_SIZE)
        if descriptor != self._events:
            self._stderr = (self._stderr + data)[-_LAST_WORDS:]
        elif data:
            self._buffer += data
        if not data:
            self._selector.unregister(descriptor)
            if descriptor == self._events:
                raise EOFError

    def _take_frame(self) -> bytes | None:
        if len(self._buffer) < HEADER.size:
            return None
        (length,) = HEADER.unpack_from(self._buffer)
        if length > MAX_FRAME:
            raise FrameTooLongError(f"a frame of {length} bytes")
        end = HEADER.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[HEADER.size : end])
        del self._buffer[:end]
        return body


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _descriptor(stream: IO[bytes] | None) -> int:
    if stream is None:
        raise ValueError("the stream is not a pipe")
    return stream.fileno()

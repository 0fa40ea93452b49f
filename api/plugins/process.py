"""The server's side of a process that runs code of an administrator, and how many there are."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from api.config.tools import ToolSettings
from api.errors import CrowdedError, RuleError
from rag.workfolder import work_folder

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
PIECE = 64 << 10
LONGEST_LINE = 2 << 20

Told = Mapping[str, object]


class PluginError(RuleError):
    """The code of an administrator has failed, or was ended."""


@dataclass(frozen=True, slots=True)
class Code:
    """What is run: what it is called, and what it is set to."""

    name: str
    content: str = field(repr=False)
    valves: Told = field(default_factory=dict, repr=False)


class Piece(dict[str, object]):
    """Something that the code says while it goes on: a `piece`, an `event`, or it is `done`."""


class PluginProcess:
    """A process that has loaded code; it does one thing after the other, and may be killed."""

    def __init__(self, code: Code, settings: ToolSettings, folder: str) -> None:
        """Start the process in a folder of its own; raises OSError."""
        self.name = code.name
        self.is_over = False
        self.buffer = bytearray()
        self.ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-s", "-m", "api.plugins.child", str(os.getpid())]
        limits = (settings.python_memory, int(settings.total) + 60)
        with theirs:
            try:
                self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [*command, *map(str, limits)],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    cwd=folder,
                    start_new_session=True,
                    env={
                        "PATH": os.defpath,
                        "LANG": "C.UTF-8",
                        "HOME": folder,
                        "TMPDIR": folder,
                        "PYTHONPATH": str(ROOT),
                        "PYTHONDONTWRITEBYTECODE": "1",
                        "OMP_NUM_THREADS": "1",
                        "OPENBLAS_NUM_THREADS": "1",
                        "MALLOC_ARENA_MAX": "2",
                    },
                )
            except OSError:
                self.ours.close()
                raise

    def load(self, code: Code, seconds: float) -> None:
        """Have the code run; raises PluginError."""
        self.whole({"content": code.content, "valves": code.valves}, seconds)

    def whole(
        self, told: Told, seconds: float, hear: Callable[[object], None] = lambda _: None
    ) -> object:
        """Return what comes of something that is to be done within some seconds; `hear` its events.

        Raises PluginError for what fails, and for what takes longer, which ends the process.
        """
        with closing(self.pieces(told, seconds, time.monotonic() + seconds)) as pieces:
            for one in pieces:
                if "event" in one:
                    hear(one["event"])
                if "done" in one:
                    return one["done"]
        raise PluginError(f"{self.name} has ended before it was done.")

    def pieces(self, told: Told, silence: float, until: float) -> Generator[Piece]:
        """Yield what the code says until it is done.

        It may be silent for some seconds, and take until a time of the monotonic clock. Whoever
        closes this before the end ends the process. Raises what `whole` does.
        """
        is_done = False
        try:
            self.send(told)
            while not is_done:
                found = self.received(min(silence, until - time.monotonic()))
                is_done = "done" in found or "error" in found
                if "error" in found:
                    raise PluginError(f"{self.name}: {found['error']}")
                yield found
        finally:
            if not is_done:
                self.kill()

    def send(self, told: Told) -> None:
        """Say what is to be done; raises PluginError where nobody is there."""
        line = orjson.dumps(told, default=str) + b"\n"
        if len(line) > LONGEST_LINE:
            raise PluginError(f"{self.name} cannot take more than {LONGEST_LINE:,} bytes.")
        try:
            self.ours.settimeout(30)
            self.ours.sendall(line)
        except OSError as error:
            raise self.gone() from error

    def received(self, seconds: float) -> Piece:
        """Return the next line of the process; raises PluginError."""
        until = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0:
                raise self.late()
            self.ours.settimeout(left)
            try:
                data = self.ours.recv(PIECE)
            except TimeoutError as error:
                raise self.late() from error
            except OSError as error:
                raise self.gone() from error
            if not data:
                raise self.gone()
            self.buffer += data
            if len(self.buffer) > 2 * LONGEST_LINE:
                raise PluginError(f"{self.name} says more than there is room for.")
        line, _, rest = bytes(self.buffer).partition(b"\n")
        self.buffer = bytearray(rest)
        return Piece(orjson.loads(line))

    def late(self) -> PluginError:
        """Return that the code took too long."""
        log.warning("The code %s did not answer in time, and is ended.", self.name)
        return PluginError(
            f"{self.name} was ended: it did not answer in time (tools.timeout, tools.total)."
        )

    def gone(self) -> PluginError:
        """Return that the process has died."""
        self.kill()
        how = self.process.returncode
        why = f"by the signal {signal.Signals(-how).name}" if how and how < 0 else "unexpectedly"
        log.warning("The process of the code %s ended %s.", self.name, why)
        return PluginError(
            f"{self.name}: its process ended {why}; it may have taken more memory or computing"
            " than it may (tools.python_memory)."
        )

    def kill(self) -> None:
        """End the process at once."""
        self.is_over = True
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End the process, and what there is of it here."""
        if self.process.returncode is None:
            self.kill()
        self.ours.close()


class PluginProcesses:
    """Starts processes, of which a web worker has so many at a time."""

    def __init__(self, settings: Callable[[], ToolSettings], folder: Path) -> None:
        """Initialize with the settings in force, and where the processes have their folders."""
        self.settings = settings
        self.folder = folder
        self.running = 0
        self.changed = threading.Condition()

    @contextmanager
    def running_one(self, code: Code) -> Iterator[PluginProcess]:
        """Run code for the length of a `with` block; raises PluginError, and CrowdedError."""
        with ExitStack() as stack:
            stack.enter_context(self.place())
            folder = stack.enter_context(work_folder(self.folder, "code"))
            yield self.started(stack, code, folder)

    def started(self, stack: ExitStack, code: Code, folder: str) -> PluginProcess:
        """Return a process that a stack ends; raises PluginError."""
        try:
            process = PluginProcess(code, self.settings(), folder)
        except OSError as error:
            raise PluginError(f"{code.name} could not be started: {error.strerror}.") from error
        stack.callback(process.close)
        process.load(code, self.settings().timeout)
        return process

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait until there is room for a process; raises CrowdedError."""
        settings = self.settings()
        with self.changed:
            if not self.changed.wait_for(
                lambda: self.running < settings.python_processes, settings.timeout
            ):
                raise CrowdedError("Too much code of administrators runs: try again.")
            self.running += 1
        try:
            yield
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify()

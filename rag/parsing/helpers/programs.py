"""Programs of others that help to read files: found where they are, run within limits."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.errors import ParserLimitError, UnsupportedFormatError
from rag.parsing.base import Helpers

MAX_WRITTEN = 1 << 30
"""Bytes that a program may write into a file."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # linux/sched.h
_MOST_SAID = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """A program: what people call it, the names of its command, how to install it, what for."""

    title: str
    commands: tuple[str, ...]
    install: str
    reads: str

    def missing(self, name: str) -> UnsupportedFormatError:
        """Return the error for a file that cannot be read without it."""
        return UnsupportedFormatError(
            f"{name} needs {self.title}, which is not installed here: {self.install}"
        )


LIBREOFFICE = Program(
    "LibreOffice",
    ("soffice", "libreoffice"),
    "apt-get install --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui"
    " libreoffice-impress-nogui",
    "old Office formats and others (doc, ppt, rtf, wps, pages ...)",
)
TESSERACT = Program(
    "an OCR program",
    ("tesseract",),
    "apt-get install tesseract-ocr (and tesseract-ocr-<language> for others than English)",
    "pictures and scanned pages",
)
FFMPEG = Program(
    "ffmpeg", ("ffmpeg",), "apt-get install ffmpeg", "long recordings and the sound of video"
)
HEIF = Program(
    "heif-convert",
    ("heif-convert",),
    "apt-get install libheif-examples",
    "pictures of phones (heic, avif), together with OCR",
)
PROGRAMS = (LIBREOFFICE, TESSERACT, HEIF, FFMPEG)


@cache
def _found(commands: tuple[str, ...]) -> str:
    path = next(filter(None, (shutil.which(name, path=os.defpath) for name in commands)), "")
    return os.path.realpath(path) if path else ""


def found(program: Program) -> str:
    """Return the path of a program's command; empty if it is not installed.

    It is looked for once in the life of a process.
    """
    return _found(program.commands)


def presence() -> str:
    """Return in a line which programs are there, and how to install those that are not."""
    there = [program.title for program in PROGRAMS if found(program)]
    lacking = [
        f"{program.title}, for {program.reads}: {program.install}"
        for program in PROGRAMS
        if not found(program)
    ]
    lines = [f"found: {', '.join(there)}"] if there else []
    return "; ".join([*lines, *(f"not installed: {line}" for line in lacking)])


def fingerprint(helpers: Helpers) -> str:
    """Return what stands for the helpers: a file may give another text where it is another."""
    parts = [program.title for program in PROGRAMS if found(program)]
    parts += [helpers.ocr_languages if helpers.ocr else "", helpers.speech_url]
    parts += ["pictures on pages"] if helpers.ocr_page_pictures else []
    return "|".join([*parts, helpers.speech_model if helpers.speech_url else ""])


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended, what it wrote to standard output, and the end of its complaints."""

    code: int
    output: bytes
    said: str


def run(
    command: Sequence[str],
    *,
    folder: Path,
    seconds: float,
    memory: int,
    what: str,
    environment: Mapping[str, str] | None = None,
) -> Result:
    """Run a program in a folder; it ends with this process.

    It has no network where the system allows it to be taken away, `memory` bytes of address space,
    and `seconds` in all. Raises ParserLimitError, which says `what` took too long, when these are
    over.
    """
    begun = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - a program found on the system's path, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            **(environment or {}),
        },
        preexec_fn=_limits(os.getpid(), seconds, memory),  # noqa: PLW1509 - no threads are here
    )
    try:
        output, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise ParserLimitError(
            f"{what} took more than {seconds:g} seconds and was ended."
        ) from None
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        ASIDE.add(time.monotonic() - begun)
    return Result(process.returncode, output, said.decode("utf-8", "replace")[-_MOST_SAID:].strip())


def _limits(parent: int, seconds: float, memory: int) -> Callable[[], None]:
    """Return what a new process does before it becomes the program."""
    library = ctypes.CDLL(None)

    def apply() -> None:
        library.unshare(_NEW_USER | _NEW_NET)
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        _limit(resource.RLIMIT_AS, memory)
        _limit(resource.RLIMIT_CPU, int(seconds) + 1)
        _limit(resource.RLIMIT_FSIZE, MAX_WRITTEN)

    return apply


def _limit(kind: int, value: int) -> None:
    """Set a limit as far as that of this process allows it."""
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, hard))


class Stopwatch:
    """Seconds that helpers have taken in this process; see `rag.ingestion.wire.PageRead.aside`."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count some seconds."""
        self._seconds += seconds

    def taken(self) -> float:
        """Return the seconds since this was asked last."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds


ASIDE = Stopwatch()
"""What the helpers of this process have taken."""

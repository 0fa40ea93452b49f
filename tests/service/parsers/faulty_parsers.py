"""Parsers with one fault each, chosen by the suffix of the file."""

# ruff: noqa: ARG001 - a parser takes all of it

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.errors import EncryptedFileError, UnsupportedFormatError
from rag.types import Block, Page


def lines(path: Path, name: str, options: object) -> Iterator[Page]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        yield Page(number, 0, (Block(line),), note="")


def hang(path: Path, name: str, options: object) -> Iterator[Page]:
    yield Page(1, 2, (Block("before"),))
    while True:
        time.sleep(3600)


def spin(path: Path, name: str, options: object) -> Iterator[Page]:
    resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
    while True:
        pass


def eat(path: Path, name: str, options: object) -> Iterator[Page]:
    held = []
    while True:
        held.append(bytearray(16 << 20))
    yield


def fill(path: Path, name: str, options: object) -> Iterator[Page]:
    held = []
    while True:
        held.append(os.urandom(1 << 16) * 64)
        time.sleep(0.01)
    yield


def burn(path: Path, name: str, options: object) -> Iterator[Page]:
    while True:
        pass
    yield


def full(path: Path, name: str, options: object) -> Iterator[Page]:
    held = os.urandom(1 << 16) * 16 * int(path.read_text())
    while not path.with_suffix(".seen").exists():
        time.sleep(0.01)
    os.kill(os.getpid(), int(name.split("-", maxsplit=1)[0]) if held else 0)
    yield


def refused(path: Path, name: str, options: object) -> Iterator[Page]:
    os.write(2, b"memory allocation of 671088640 bytes failed\n")
    os.abort()
    yield


def flood(path: Path, name: str, options: object) -> Iterator[Page]:
    while True:
        yield Page(1, 0, tuple(Block(f"word{number} " * 1000) for number in range(100)))


def crash(path: Path, name: str, options: object) -> Iterator[Page]:
    sys.stderr.write("about to crash\n")
    sys.stderr.flush()
    ctypes.string_at(0)
    yield


def leave(path: Path, name: str, options: object) -> Iterator[Page]:
    os._exit(7)
    yield


def fork(path: Path, name: str, options: object) -> Iterator[Page]:
    grandchild = subprocess.Popen(["sleep", "600"])
    path.with_suffix(".pid").write_text(str(grandchild.pid))
    time.sleep(3600)
    yield


def locked(path: Path, name: str, options: object) -> Iterator[Page]:
    raise EncryptedFileError(f"{name} needs a password.")
    yield


def broken(path: Path, name: str, options: object) -> Iterator[Page]:
    raise ZeroDivisionError("secret detail")
    yield


def chatty(path: Path, name: str, options: object) -> Iterator[Page]:
    os.write(1, b"printed by a library" * 100)
    yield Page(1, 1, (Block("text"),))


def garbage(path: Path, name: str, options: object) -> Iterator[Page]:
    _write(b"\0\0\0\4nope" * 10)
    time.sleep(3600)
    yield


def endless(path: Path, name: str, options: object) -> Iterator[Page]:
    _write(b"\xff" * 64)
    time.sleep(3600)
    yield


def _write(data: bytes) -> None:
    # The descriptor of the events is the highest pipe, which a hostile parser would find too.
    for number in range(30, 2, -1):
        try:
            if str(Path(f"/proc/self/fd/{number}").readlink()).startswith("pipe:"):
                os.write(number, data)
                return
        except OSError:
            continue


def world(path: Path, name: str, options: object) -> Iterator[Page]:
    facts = [str(Path.cwd()), str(os.getsid(0) == os.getpid()), ",".join(sorted(os.environ))]
    facts.append(str(resource.getrlimit(resource.RLIMIT_CORE)[0]))
    facts.append(str(resource.getrlimit(resource.RLIMIT_CPU)[0]))
    facts.append(str(len(list(Path("/proc/self/fd").iterdir()))))
    yield Page(1, 1, tuple(Block(fact) for fact in facts))


def big(path: Path, name: str, options: object) -> Iterator[Page]:
    for number in range(1, 201):
        yield Page(number, 200, (Block("x " * 600),))


def huge(path: Path, name: str, options: object) -> Iterator[Page]:
    yield Page(1, 1, (Block("w" * (33 << 20)),))


def odd(path: Path, name: str, options: object) -> Iterator[Page]:
    yield Page(1, 1, (Block("a\0b\ud800c"),))


def find_parser(name: str) -> Callable[..., Iterator[Page]]:
    suffix = name.rpartition(".")[2]
    if suffix not in globals():
        raise UnsupportedFormatError(f"{name}: not supported.")
    return globals()[suffix]


def page_count(path: Path, name: str) -> int:
    return len(path.read_text().splitlines())

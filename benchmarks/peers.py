"""Reads a folder of files with one other reader: ENVIRONMENT/bin/python peers.py READER FOLDER.

Runs in the environment of that reader, which has nothing of this project. Prints a line of JSON a
file: name, CPU seconds, whether any text came out, whether the manifest's string stands in it, and
what went wrong; then one with the most memory that the process held, in bytes.
"""

import csv
import json
import logging
import os
import re
import resource
import signal
import sys
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

PATIENCE = 60
"""Seconds that a reader may take for one file."""


def folded(text: str) -> str:
    """Return the letters and digits of a text alone: NFKC, without case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def manifest(folder: Path) -> list[dict[str, str]]:
    """Return the rows of a folder's `manifest.tsv` by the names of its columns."""
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def smallest(folder: Path, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the row of the smallest file of each format."""
    found: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: (folder / row["file"]).stat().st_size):
        found.setdefault(row["format"], row)
    return list(found.values())


def stands_in(wanted: str, text: str) -> bool:
    """Return whether a string of the manifest stands in a text, or one of several between `|`.

    Letters and digits count alone; where there are none, the string as it is.
    """
    shown = folded(text)
    return any(
        folded(one) in shown if folded(one) else one in text for one in wanted.split("|") if one
    )


def markitdown() -> Callable[[Path], str]:
    """Return how MarkItDown reads a file, with its readers of files alone."""
    reader: Any = import_module("markitdown").MarkItDown()
    return lambda path: str(reader.convert(str(path)).text_content)


def unstructured() -> Callable[[Path], str]:
    """Return how unstructured reads a file, by its strategy without models."""
    partition: Any = import_module("unstructured.partition.auto").partition
    return lambda path: "\n\n".join(map(str, partition(filename=str(path), strategy="fast")))


def kreuzberg() -> Callable[[Path], str]:
    """Return how kreuzberg reads a file."""
    module: Any = import_module("kreuzberg")
    return lambda path: str(module.extract_file_sync(str(path)).content)


READERS = {"markitdown": markitdown, "unstructured": unstructured, "kreuzberg": kreuzberg}


def cpu() -> float:
    """Return the CPU seconds of this process and of the programs that it ran."""
    spent = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in spent)


def out_of_patience(*_: object) -> None:
    """End the reading of a file."""
    raise TimeoutError(f"more than {PATIENCE} s")


def read_one(read: Callable[[Path], str], path: Path) -> tuple[str, str]:
    """Return the text of a file and what went wrong."""
    signal.alarm(PATIENCE)
    try:
        return read(path), ""
    except Exception as error:  # noqa: BLE001 - a reader of others may raise anything
        reason = re.sub(r"\s+", " ", str(error))[:120]
        return "", f"{type(error).__name__}: {reason}"
    finally:
        signal.alarm(0)


def results(read: Callable[[Path], str], folder: Path) -> Iterator[dict[str, object]]:
    """Yield what came of each file."""
    rows = manifest(folder)
    for row in smallest(folder, rows):
        read_one(read, folder / row["file"])
    for row in rows:
        begun, since = cpu(), time.monotonic()
        text, wrong = read_one(read, folder / row["file"])
        yield {
            "file": row["file"],
            "cpu": cpu() - begun,
            "seconds": time.monotonic() - since,
            "text": bool(text.strip()),
            "found": stands_in(row["must_contain"], text),
            "wrong": wrong,
        }


def main(name: str, folder: Path) -> None:
    """Read the folder; what libraries print goes to where errors go."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.disable()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, out_of_patience)
    for result in results(READERS[name](), folder):
        print(json.dumps(result), file=out, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"peak": peak}), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""Real files read, beside other readers: python benchmarks/documents.py FOLDER [--alone] [NAME]...

FOLDER has files and a `manifest.tsv` with at least the columns file, format, expect and
must_contain (letters and digits count, without case). `expect` is `ok` (the string is found),
`ok-ocr` (the string, or a note that says why not), `empty`, `error:encrypted`, `unsupported` or
`either` (text or a reason). Prints for each format how many are ok, wrong (read, but not as
expected) and failed (not read), then each of the latter with its reason. Ends with status 1 if any
is wrong or failed.

Beside it stand MarkItDown, unstructured (its fast strategy) and kreuzberg, each in an environment
of its own, which the first run installs; `--alone` leaves them out. Each reader is one process. It
reads the smallest file of each format first, which does not count, so that loading does not.
unstructured is installed without its PDF part, which brings torch, and asks for a model of spaCy's
from the net at its first text; where that is not to be had, most of its files end with an error.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from common import ROOT, print_table
from peers import manifest, smallest, stands_in
from tqdm import tqdm

from rag.errors import EmptyFileError, EncryptedFileError, ParseError
from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ChunksCut, ParseRequest

sys.path.append(str(ROOT))  # for the tests' own modules

PEERS = {
    "markitdown": ("markitdown[all]==0.1.9",),
    "unstructured": (
        "unstructured[csv,doc,docx,epub,md,msg,odt,org,ppt,pptx,rst,rtf,tsv,xlsx]==0.27.35",
    ),
    "kreuzberg": ("kreuzberg==4.10.4",),
}
MOST_FILES = 1_000_000
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a file: `verdict` is ok, wrong or failed, `reason` says why."""

    cpu: float
    found: bool
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader with its name, what it made of each file, and its most memory in bytes."""

    name: str
    readings: dict[str, Reading]
    peak: int


def judged(row: Row, text: str, notes: list[str], error: ParseError | None) -> tuple[str, str]:
    """Return whether a file was read as its row expects, and what is amiss."""
    reason = str(error or " ".join(notes[:2]) or "no text, no note")
    expect = row["expect"]
    told = error is not None and "internal error" not in reason
    found = stands_in(row["must_contain"], text) or bool(text and not row["must_contain"])
    right = {
        "ok": found,
        "ok-ocr": bool(notes) or told or found,
        "empty": not text and (error is None or isinstance(error, EmptyFileError) or told),
        "error:encrypted": isinstance(error, EncryptedFileError),
        "unsupported": told,
        "either": bool(text or notes) or told,
    }[expect]
    if right:
        return "ok", ""
    if error is not None:
        return "failed", reason
    return "wrong", reason if not text else f"lacks {row['must_contain']!r}"


def read_file(process: ParserProcess, path: Path, row: Row) -> tuple[Reading, int]:
    """Read a file as a worker does; return what came out, and the most memory on the way."""
    account = process.account(path, path.name)
    texts: list[str] = []
    notes: list[str] = []
    failure: ParseError | None = None
    begun = cpu_of(process)
    try:
        request = ParseRequest(str(path), path.name)
        with closing(process.parse(request, lambda: False, account)) as events:
            for event in events:
                if isinstance(event, ChunksCut):
                    texts += [text for draft in event.drafts for text in shown(draft)]
                elif event.note:
                    notes.append(event.note)
    except ParseError as error:
        failure = error
    spent = max(cpu_of(process) - begun, account.use.cpu if process.pid is None else 0.0)
    text = "\n".join(texts)
    found = stands_in(row["must_contain"], text)
    return Reading(spent, found, *judged(row, text, notes, failure)), account.peak


def shown(draft: Any) -> list[str]:
    """Return the texts of a chunk: its headings and its content."""
    return [*draft.headings, draft.content]


def cpu_of(process: ParserProcess) -> float:
    """Return the CPU seconds of the parser process so far; 0 while none runs."""
    if process.pid is None:
        return 0.0
    times = Path(f"/proc/{process.pid}/schedstat").read_text(encoding="ascii")
    return int(times.split()[0]) / 1e9


def read_here(folder: Path, rows: list[Row]) -> Reader:
    """Read all files by the project's own parsers."""
    readings, peak = {}, 0
    with ParserProcess(ParserLimits(max_files=MOST_FILES)) as process:
        for row in smallest(folder, rows):
            read_file(process, folder / row["file"], row)
        for row in tqdm(rows, desc="raglan", unit="file", leave=False):
            readings[row["file"]], held = read_file(process, folder / row["file"], row)
            peak = max(peak, held)
    return Reader("raglan", readings, peak)


def read_by(name: str, folder: Path) -> Reader:
    """Read all files by another reader, in its own environment."""
    client = import_module("tests.clients.environments").python_client(*PEERS[name])
    command = [client.interpreter, ROOT / "benchmarks" / "peers.py", name, str(folder.resolve())]
    readings, peak = {}, 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=client.folder, text=True
    ) as process:
        for line in tqdm(process.stdout, desc=name, unit="file", leave=False):
            told = json.loads(line)
            peak = told.get("peak", peak)
            if "file" in told:
                readings[told["file"]] = Reading(told["cpu"], told["found"], "", told["wrong"])
    return Reader(name, readings, peak)


def counts(rows: list[Row], readers: list[Reader]) -> Iterator[list[object]]:
    """Yield the row of each format, and that of all: how many files are ok, and CPU of each."""
    formats = defaultdict(list)
    for row in rows:
        formats[row["format"]].append(row["file"])
    ours = readers[0].readings
    every = [row["file"] for row in rows]
    printed = [row["file"] for row in rows if row["expect"] != "ok-ocr"]
    for name, files in [*sorted(formats.items()), ("all", every), ("all but scans", printed)]:
        verdicts = [ours[file].verdict for file in files]
        ends = [verdicts.count(end) for end in ("ok", "wrong", "failed")]
        spent = (sum(reader.readings[file].cpu for file in files) for reader in readers)
        yield [name, len(files), *ends, *(f"{seconds:.3f}" for seconds in spent)]


def compared(rows: list[Row], readers: list[Reader]) -> Iterator[list[object]]:
    """Yield a row for each reader: CPU, its ratio to ours, memory, strings found, errors."""
    wanted = [row["file"] for row in rows if row["must_contain"]]
    ours = sum(reading.cpu for reading in readers[0].readings.values())
    for reader in readers:
        spent = sum(reading.cpu for reading in reader.readings.values())
        found = sum(reader.readings[file].found for file in wanted)
        ratio = f"{spent / ours:.2f} x"
        memory = f"{reader.peak >> 20} MB"
        failed = sum(bool(one.reason) for one in reader.readings.values())
        strings = f"{found} of {len(wanted)}"
        yield [reader.name, f"{spent:.2f} s", ratio, memory, strings, failed]


def main() -> None:
    """Read the folder of the command line and print what came of it."""
    arguments = [word for word in sys.argv[1:] if word != "--alone"]
    if not arguments:
        sys.exit(__doc__)
    folder, names = Path(arguments[0]), arguments[1:]
    rows = [row for row in manifest(folder) if not names or row["file"] in names]
    readers = [read_here(folder, rows)]
    if "--alone" not in sys.argv:
        readers += [read_by(name, folder) for name in PEERS]
    heads = [f"{reader.name}, CPU s" for reader in readers]
    print_table(counts(rows, readers), ["format", "files", "ok", "wrong", "failed", *heads])
    amiss = [(file, one) for file, one in readers[0].readings.items() if one.verdict != "ok"]
    for file, one in amiss:
        print(f"* {file}: {one.verdict}: {one.reason}")
    heads = ["reader", "CPU", "ratio", "peak memory", "strings found", "files with an error"]
    print_table(compared(rows, readers), heads)
    sys.exit(1 if amiss else 0)


if __name__ == "__main__":
    main()

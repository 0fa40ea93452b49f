"""Damaged files for ten minutes: python benchmarks/fuzz.py FOLDER [SECONDS] [SEED].

Takes files of the folder, turns bits and bytes round, cuts, doubles and swaps stretches, inside of
archives as well, and has them read by a parser process under short limits. A file is to end with
chunks, with a reason, or by a limit in time. Prints how each format ended, and each error that no
parser gave a reason for, by its place in the code; ends with status 1 if there was one, if a
process died for another reason than its limits, or if one outlived its limit.
"""

import io
import logging
import random
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, is_zipfile

from common import print_table

from rag.errors import ParseError, ParserCrashError, ParserLimitError
from rag.ingestion.limits import ParserLimits
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest
from rag.parsing.registry import suffix_of, supported_suffixes

SECONDS = 600
PATIENCE = 20
"""Seconds that a parser process may take for a file; the file may have `LATE` times as many."""

LATE = 3
LARGEST = 3_000_000
MOST_CHANGES = 12
LIMITS = ParserLimits(seconds=PATIENCE, cpu=PATIENCE / 2, cpu_per_mb=PATIENCE / 2)
Change = Callable[[bytearray, random.Random], None]


def flip(data: bytearray, source: random.Random) -> None:
    """Turn a bit round."""
    data[source.randrange(len(data))] ^= 1 << source.randrange(8)


def overwrite(data: bytearray, source: random.Random) -> None:
    """Put other bytes in place of some: random ones, or numbers at the ends of their range."""
    at = source.randrange(len(data))
    ends = (b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"999999999", b"-1", b"<", b"\xfe\xff")
    new = source.choice((*ends, source.randbytes(source.randrange(1, 9))))
    data[at : at + len(new)] = new


def cut(data: bytearray, source: random.Random) -> None:
    """Leave a stretch out, or all that follows."""
    at = source.randrange(len(data))
    end = len(data) if source.random() < 1 / MOST_CHANGES else at + source.randrange(1, 400)
    del data[at:end]


def double(data: bytearray, source: random.Random) -> None:
    """Say a stretch several times."""
    at = source.randrange(len(data))
    part = data[at : at + source.randrange(1, 200)]
    data[at:at] = part * source.randrange(1, 50)


def swap(data: bytearray, source: random.Random) -> None:
    """Put a stretch where another one is."""
    size = source.randrange(1, 200)
    one, other = (source.randrange(len(data)) for _ in range(2))
    data[one : one + size] = data[other : other + size]


CHANGES: tuple[Change, ...] = (flip, overwrite, cut, double, swap)


def damaged(data: bytes, source: random.Random) -> bytes:
    """Return a file with some changes; of an archive, mostly in one of its parts."""
    if is_zipfile(io.BytesIO(data)) and source.random() < 0.8:
        try:
            return with_damaged_part(data, source)
        except (BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, zlib.error):
            pass  # damaged within, locked, or packed in another way: as any other file
    changed = bytearray(data)
    for _ in range(source.randrange(1, MOST_CHANGES)):
        if changed:
            source.choice(CHANGES)(changed, source)
    return bytes(changed)


def with_damaged_part(data: bytes, source: random.Random) -> bytes:
    """Return an archive with changes in one of its parts."""
    written = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(written, "w", ZIP_DEFLATED) as new:
        chosen = source.choice(old.namelist())
        for part in old.namelist():
            content = bytearray(old.read(part))
            if part == chosen and content:
                for _ in range(source.randrange(1, MOST_CHANGES)):
                    source.choice(CHANGES)(content or bytearray(b"x"), source)
            new.writestr(part, bytes(content))
    return written.getvalue()


class Internal(logging.Handler):
    """Keeps the last place in the code of each error that no parser gave a reason for."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.places: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count where the error of a record was raised."""
        lines = [line.strip() for line in record.getMessage().splitlines()]
        places = [line for line in lines if line.startswith("File ")]
        self.places[f"{places[-1] if places else ''}: {lines[-1][:120]}"] += 1


def ending(process: ParserProcess, path: Path, name: str) -> str:
    """Read a file and return how that ended."""
    request = ParseRequest(str(path), name)
    try:
        with closing(process.parse(request, lambda: False)) as events:
            for _ in events:
                pass
    except ParserLimitError:
        return "limit"
    except ParserCrashError:
        return "died"
    except ParseError as error:
        return "internal" if "internal error" in str(error) else "reason"
    return "read"


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder that there are readers for, and that are no larger than needed.

    Each format has the same chance, whatever the number of its files.
    """
    return [
        path
        for path in sorted(folder.iterdir())
        if suffix_of(path.name) in supported_suffixes() and 0 < path.stat().st_size <= LARGEST
    ]


def runs(folder: Path, seconds: float, source: random.Random) -> Iterator[tuple[str, str, float]]:
    """Yield the format of each file that was read, how that ended, and the seconds it took."""
    by_format: dict[str, list[Path]] = defaultdict(list)
    for path in files_of(folder):
        by_format[suffix_of(path.name)].append(path)
    formats = sorted(by_format)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as scratch, ParserProcess(LIMITS) as process:
        path = Path(scratch) / "damaged"
        while time.monotonic() < end:
            suffix = source.choice(formats)
            chosen = source.choice(by_format[suffix])
            path.write_bytes(damaged(chosen.read_bytes(), source))
            begun = time.monotonic()
            how = ending(process, path, chosen.name)
            yield suffix, how, time.monotonic() - begun


def main() -> None:
    """Read damaged files for the time given and print what came of it."""
    if not sys.argv[1:]:
        sys.exit(__doc__)
    seconds = float(sys.argv[2]) if sys.argv[2:] else SECONDS
    seed = int(sys.argv[3]) if sys.argv[3:] else time.time_ns()
    internal = Internal()
    logging.getLogger("rag").addHandler(internal)
    logging.getLogger("rag").propagate = False
    print(f"seed {seed}", flush=True)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    longest: dict[str, float] = defaultdict(float)
    for suffix, how, took in runs(Path(sys.argv[1]), seconds, random.Random(seed)):
        ends[suffix][how] += 1
        longest[suffix] = max(longest[suffix], took)
    kinds = ("read", "reason", "limit", "internal", "died")
    rows = [
        [suffix, *(counts[kind] for kind in kinds), f"{longest[suffix]:.1f} s"]
        for suffix, counts in sorted(ends.items())
    ]
    total = sum(ends.values(), Counter[str]())
    rows.append(["all", *(total[kind] for kind in kinds), f"{max(longest.values()):.1f} s"])
    print_table(rows, ["format", *kinds, "longest"])
    for place, times in internal.places.most_common():
        print(f"* {times} x {place}")
    hung = max(longest.values()) > LATE * PATIENCE
    sys.exit(1 if total["internal"] or total["died"] or hung else 0)


if __name__ == "__main__":
    main()

"""What small hostile files take of a parser: python benchmarks/hostile.py [SCALE] [KIND ...].

Each kind of `tests/support/hostile` is read by a fresh process under the limits that a server has
by default. SCALE (1) makes the files smaller; KIND names those to read, by default all.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from common import ROOT
from tqdm import tqdm

from rag.errors import ParseError
from rag.ingestion.limits import Account
from rag.ingestion.process import ParserProcess
from rag.ingestion.wire import ParseRequest

sys.path.append(str(ROOT))  # for the tests' own modules
KINDS: Any = import_module("tests.support.hostile.kinds").KINDS
HEADS = (
    "| kind | bytes | CPU s | peak MB | chunks | characters | end |\n|---|---|---|---|---|---|---|"
)


def never() -> bool:
    """Let a parse go on."""
    return False


def read(path: Path, kind: Any) -> tuple[Account, str]:
    """Read a file in a fresh process; return what it took and how it ended."""
    request = ParseRequest(str(path), path.name, chunk_method=kind.chunk_method)
    with ParserProcess() as process:
        account = process.account(path, path.name)
        try:
            with closing(process.parse(request, never, account)) as events:
                for _ in events:
                    pass
        except ParseError as error:
            return account, str(error)
        return account, "done"


def measured(folder: Path, scale: float, names: list[str]) -> Iterator[str]:
    """Yield the row of each kind."""
    for name in tqdm(names, unit="file", leave=False):
        kind = KINDS[name]
        path = folder / f"{name}.{kind.suffix}"
        path.write_bytes(kind.make(scale))
        account, end = read(path, kind)
        used, size, peak = account.use, path.stat().st_size, account.peak >> 20
        yield (
            f"| {name} | {size:,} | {used.cpu:.1f} | {peak} | {used.chunks:,} "
            f"| {used.characters:,} | {end} |"
        )
        path.unlink()


def main() -> None:
    """Measure the kinds that were asked for, and print each as soon as it is done."""
    scale, *names = sys.argv[1:] or ["1"]
    print(HEADS)
    with tempfile.TemporaryDirectory() as folder:
        for row in measured(Path(folder), float(scale), names or list(KINDS)):
            print(row, flush=True)


if __name__ == "__main__":
    main()

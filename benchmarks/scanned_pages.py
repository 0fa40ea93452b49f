"""What a scanned page costs beside the OCR engine alone: python benchmarks/scanned_pages.py FILE...

Each FILE is a picture or a PDF of scanned pages. The engine alone is tesseract on the same pages,
drawn at 300 dpi (pictures as they are), with the languages of the settings; what drawing takes is
not counted for it. Prints CPU seconds of both, each the least of three rounds in turn, and their
ratio; pages that are looked at again, as they stand sideways or on their heads, cost more.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from common import print_table

from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.programs import TESSERACT, found
from rag.parsing.pdf.pictures import grey_png
from rag.parsing.registry import find_parser

ROUNDS = 3
SCALE = 300 / 72


def cpu() -> float:
    """Return the CPU seconds of this process and of the programs that it ran."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def spent(work: Callable[[], object]) -> float:
    """Return the CPU seconds that something takes."""
    begun = cpu()
    work()
    return cpu() - begun


def drawn(path: Path, folder: Path) -> list[Path]:
    """Return the pages of a file as pictures."""
    if path.suffix.lower() != ".pdf":
        return [path]
    pictures = []
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(document):
            pixels = page.render(scale=SCALE, grayscale=True).to_numpy()
            picture = folder / f"{number}.png"
            picture.write_bytes(grey_png(pixels.reshape(pixels.shape[:2])))
            pictures.append(picture)
    return pictures


def engine(pictures: list[Path]) -> None:
    """Read pictures by tesseract alone."""
    for picture in pictures:
        languages = Helpers().ocr_languages
        command = [found(TESSERACT), str(picture), "stdout", "-l", languages, "tsv"]
        # One thread, as the parser has it: more of them only take more time in sum.
        environment = {"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"}
        subprocess.run(command, env=environment, capture_output=True, check=True)


def read(path: Path) -> None:
    """Read a file as a worker does."""
    for _ in find_parser(path.name)(path, path.name, ParseOptions()):
        pass


def least(path: Path, folder: Path) -> tuple[int, float, float]:
    """Return how many pages a file has, and the CPU seconds that it and the engine take."""
    pictures = drawn(path, folder)
    rounds = [(spent(lambda: read(path)), spent(lambda: engine(pictures))) for _ in range(ROUNDS)]
    ours, alone = map(min, zip(*rounds, strict=True))
    return len(pictures), ours, alone


def measured(paths: list[Path]) -> Iterator[list[object]]:
    """Yield for each file its pages, both times and their ratio."""
    for path in paths:
        with TemporaryDirectory() as folder:
            pages, ours, alone = least(path, Path(folder))
        yield [path.name, pages, f"{ours:.2f}", f"{alone:.2f}", f"{ours / alone:.2f} x"]


def main() -> None:
    """Measure the files of the command line."""
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    heads = ["file", "pages", "raglan, CPU s", "tesseract, CPU s", "ratio"]
    print_table(measured([Path(name) for name in sys.argv[1:]]), heads)


if __name__ == "__main__":
    main()

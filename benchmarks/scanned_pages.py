"""What a scanned page costs beside the OCR engine alone: python benchmarks/scanned_pages.py FILE...

Each FILE is a picture or a PDF of scanned pages. The engine alone is tesseract on the same pages,
drawn at 300 dpi by PDFium (pictures as they are), with the languages of the settings. Prints CPU
seconds, each the least of three rounds in turn, and the ratio to drawing and the engine together;
pages that are looked at again, as they stand sideways or on their heads, cost more.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2
from common import print_table
from numpy.typing import NDArray

from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.programs import TESSERACT, found
from rag.parsing.pdf.drawing import grey_pixels
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


def pages(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Draw the pages of a PDF, in grey; nothing of other files."""
    if path.suffix.lower() == ".pdf":
        with pypdfium2.PdfDocument(path) as document:
            for page in document:
                yield grey_pixels(page, SCALE)


def drawn(path: Path, folder: Path) -> list[Path]:
    """Return the pages of a file as pictures."""
    pictures = []
    if path.suffix.lower() != ".pdf":
        pictures.append(path)
    else:
        for number, pixels in enumerate(pages(path)):
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


def least(path: Path, folder: Path) -> tuple[float, ...]:
    """Return the CPU seconds that a file takes, that drawing it takes, and the engine."""
    pictures = drawn(path, folder)
    works = (lambda: read(path), lambda: list(pages(path)), lambda: engine(pictures))
    rounds = [[spent(work) for work in works] for _ in range(ROUNDS)]
    return tuple(map(min, zip(*rounds, strict=True)))


def measured(paths: list[Path]) -> Iterator[list[object]]:
    """Yield for each file its times, and the ratio."""
    for path in paths:
        with TemporaryDirectory() as folder:
            times = least(path, Path(folder))
        ratio = times[0] / sum(times[1:])
        yield [path.name, *(f"{seconds:.2f}" for seconds in times), f"{ratio:.2f} x"]


def main() -> None:
    """Measure the files of the command line."""
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    heads = ["file", "raglan, CPU s", "drawing, CPU s", "tesseract, CPU s", "ratio"]
    print_table(measured([Path(name) for name in sys.argv[1:]]), heads)


if __name__ == "__main__":
    main()

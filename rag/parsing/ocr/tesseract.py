"""OCR by tesseract: the words of a picture with their boxes, as runs of text."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from rag.errors import ParseError
from rag.parsing.base import Helpers
from rag.parsing.helpers.programs import TESSERACT, found, run
from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.lines import Line, Word, around
from rag.parsing.pdf.reading import turned
from rag.parsing.pdf.scripts import clean

MISSING = f"OCR is not installed here: {TESSERACT.install}"
SWITCHED_OFF = "OCR is switched off: worker.ocr"

_WORD_LEVEL = "5"
_COLUMNS = 12
_AS_IT_STANDS, _TURNED_UPRIGHT = "3", "1"
"""Ways to take a page apart; the second one looks for how the page is turned before."""

DRAWN = ".pgm"
"""What pages are drawn into: a line that names the size, then a byte for each pixel."""

_DOUBTFUL = 55.0
"""Of 100: a page of a lower mean certainty may stand sideways. Those that do have about 35."""

LEAST_CERTAIN = 30.0
"""Of 100: lines of a lower mean certainty are no text."""

_TALLER = 1.35
_LOAD_SECONDS = 30.0


class Seen(NamedTuple):
    """A word as tesseract saw it: how certain it is (to 100), in which line, its box in pixels."""

    line: tuple[str, ...]
    certainty: float
    word: Word


def unavailable(helpers: Helpers) -> str:
    """Return why pictures cannot be read; empty if they can."""
    if not helpers.ocr:
        return SWITCHED_OFF
    return "" if found(TESSERACT) else MISSING


@cache
def _languages(program: str) -> frozenset[str]:
    result = run(
        (program, "--list-langs"), folder=Path("/"), seconds=_LOAD_SECONDS, memory=1 << 30, what=""
    )
    return frozenset(result.output.decode("utf-8", "replace").split()[1:])


def missing_languages(helpers: Helpers) -> list[str]:
    """Return those of the languages that are set but not installed."""
    installed = _languages(found(TESSERACT))
    return [name for name in helpers.ocr_languages.split("+") if name not in installed]


def recognized(
    image: Path,
    frame: Frame,
    helpers: Helpers,
    *,
    what: str,
    number: int = 1,
    least: float = LEAST_CERTAIN,
) -> list[Line]:
    """Return the runs of text in a picture, in the order of tesseract.

    `frame` is what the picture covers: boxes are in its units. Of a file of several pictures,
    `number` counts them from 1. Lines that are less certain than `least` are left out. A page that
    stands sideways is looked at twice. Raises ParseError without the languages or where tesseract
    fails, and ParserLimitError, about `what`, where it takes too long.
    """
    if missing := missing_languages(helpers):
        raise ParseError(
            "OCR lacks languages that worker.ocr_languages names: apt-get install "
            + " ".join(f"tesseract-ocr-{name.replace('_', '-').lower()}" for name in missing)
        )
    words, size = _words(image, helpers, _AS_IT_STANDS, number, what)
    if words and _certainty(words) < _DOUBTFUL:
        words, size = _words(image, helpers, _TURNED_UPRIGHT, number, what)
        if words and _certainty(words) < _DOUBTFUL and image.suffix == DRAWN:
            words = max(words, _upside_down(image, helpers, what), key=_certainty)
    across, down = frame.width / max(size[0], 1), frame.height / max(size[1], 1)
    scaled = [seen._replace(word=_scaled(seen.word, across, down)) for seen in words]
    return _sized(list(_lines(scaled, frame, least)))


def _certainty(words: Sequence[Seen]) -> float:
    return fmean([seen.certainty for seen in words] or [0.0])


def _upside_down(image: Path, helpers: Helpers, what: str) -> list[Seen]:
    """Return the words of a drawn page that stands on its head, which little text does not show."""
    head, _, pixels = image.read_bytes().partition(b"\n")
    turned_over = image.with_name(f"over{DRAWN}")
    turned_over.write_bytes(head + b"\n" + pixels[::-1])
    words, (width, height) = _words(turned_over, helpers, _AS_IT_STANDS, 1, what)
    return [
        Seen(
            seen.line,
            seen.certainty,
            Word(
                seen.word.text,
                width - seen.word.right,
                height - seen.word.bottom,
                width - seen.word.left,
                height - seen.word.top,
            ),
        )
        for seen in words
    ]


def _words(
    image: Path, helpers: Helpers, way: str, number: int, what: str
) -> tuple[list[Seen], tuple[int, int]]:
    """Return the words of a picture, and its size, in pixels."""
    command = (
        found(TESSERACT),
        str(image),
        "stdout",
        "-l",
        helpers.ocr_languages,
        "--psm",
        way,
        "-c",
        "tessedit_create_tsv=1",
        "-c",
        f"tessedit_page_number={number - 1}",
    )
    result = run(
        command,
        folder=image.parent,
        seconds=helpers.ocr_seconds,
        memory=helpers.memory,
        what=f"OCR of {what}",
        environment={"OMP_THREAD_LIMIT": "1"},
    )
    if result.code:
        said = result.said.splitlines()[-1] if result.said else f"exit status {result.code}"
        raise ParseError(f"OCR of {what} failed: {said}")
    rows = [row.split("\t") for row in result.output.decode("utf-8", "replace").splitlines()]
    rows = [row for row in rows if len(row) == _COLUMNS]
    page = next((row for row in rows if row[0] == "1"), None)
    size = (int(page[8]), int(page[9])) if page else (0, 0)
    return list(_seen(rows)), size


def _seen(rows: Iterable[Sequence[str]]) -> Iterator[Seen]:
    for row in rows:
        text = clean(row[11]).strip()
        if row[0] == _WORD_LEVEL and text:
            left, top, width, height = map(int, row[6:10])
            word = Word(text, left, top, left + width, top + height)
            yield Seen(tuple(row[1:5]), float(row[10]), word)


def _scaled(word: Word, across: float, down: float) -> Word:
    text, left, top, right, bottom = word
    return Word(text, left * across, top * down, right * across, bottom * down)


def _lines(words: Sequence[Seen], frame: Frame, least: float) -> Iterator[Line]:
    """Yield a run for each line that tesseract is certain enough of."""
    rows = [list(row) for _, row in groupby(words, lambda seen: seen.line)]
    turn = _turn([[seen.word for seen in row] for row in rows])
    for row in rows:
        if fmean(seen.certainty for seen in row) < least:
            continue
        boxes = np.array([seen.word[1:] for seen in row], dtype=np.float64)
        sides = turned(boxes, turn, frame).tolist()
        upright = tuple(Word(seen.word.text, *box) for seen, box in zip(row, sides, strict=True))
        text = clean(" ".join(word.text for word in upright))
        yield Line(text, *around(upright), turn, words=upright)


def _turn(rows: Sequence[Sequence[Word]]) -> int:
    """Return how many degrees clockwise most lines stand turned, by the way their words go."""
    steps = [
        (other.left - one.left, other.top - one.top) for row in rows for one, other in pairwise(row)
    ]
    if not steps:
        return 0
    across, down = (sum(axis) for axis in zip(*steps, strict=True))
    if abs(down) > abs(across):
        return 90 if down > 0 else 270
    return 0 if across >= 0 else 180


def _sized(lines: list[Line]) -> list[Line]:
    """Give runs the size of their print: that of most of the page, unless they are far taller.

    The boxes of lines differ by whether they have letters that reach up or down.
    """
    if not lines:
        return lines
    usual = median(line.height for line in lines)
    for line in lines:
        line.size = line.height if line.height > _TALLER * usual else usual
    return lines

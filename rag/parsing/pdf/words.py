"""The words of a PDF with their boxes, as a file among which texts are found; see `finding`."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from rag.parsing.pdf.document import open_pdf
from rag.parsing.pdf.finding import WORD, pieces
from rag.parsing.pdf.glyphs import Frame, Glyphs
from rag.parsing.pdf.reading import PageText, Sides, as_seen

MOST_WORDS = 300_000
"""Of a file, some 600 pages: what stands behind them is not found."""


def write_words(path: Path, name: str, target: Path) -> None:
    """Write the words of a PDF; those of a damaged page are left out. Raises ParseError."""
    pages, count = [np.empty(0, dtype=WORD)], 0
    with open_pdf(path, name) as document:
        for number in range(1, len(document) + 1):
            with suppress(pypdfium2.PdfiumError), closing(document[number - 1]) as page:
                pages.append(_words_of(page, number))
                count += len(pages[-1])
            if count >= MOST_WORDS:
                break
    with target.open("wb") as stream:
        np.save(stream, np.concatenate(pages)[:MOST_WORDS], allow_pickle=False)


def _words_of(page: pypdfium2.PdfPage, number: int) -> NDArray[np.void]:
    frame = Frame.of_page(page)
    with closing(page.get_textpage()) as text_page:
        text = PageText(Glyphs(text_page, frame), frame)
    rows = [
        (token, number, box)
        for line in text.lines
        for word in text.words_of(line)
        for token, box in _parts(word.text, as_seen(word[1:], line.turn, frame))
    ]
    return np.array(rows, dtype=WORD)


def _parts(text: str, sides: Sides) -> Iterator[tuple[int, Sides]]:
    """Yield what a word of the page is made of, each with its share of the box."""
    left, top, right, bottom = sides
    width = right - left
    for token, begin, end in pieces(text):
        yield token, (left + begin * width, top, left + end * width, bottom)

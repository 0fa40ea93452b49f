"""Comma-, semicolon-, tab- and pipe-separated values."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import lines, open_text
from rag.parsing.paging import paginate
from rag.parsing.tables.headers import Row
from rag.parsing.tables.sheets import sheet_blocks
from rag.types import Block, Page

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_EVEN = 0.9
"""From this share of rows on that are as wide as others they are rows."""

_LONGEST_LINE = 1024 * 1024
_SEPARATOR_HINT = re.compile(r"sep=(.)", re.IGNORECASE)


def _consistency(sample: list[str], delimiter: str) -> tuple[float, int]:
    """Rate a delimiter: the share of rows that have the commonest width, and that width."""
    try:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if row)
    except csv.Error:
        return 0.0, 0
    width, count = widths.most_common(1)[0] if widths else (1, 0)
    return (count / widths.total(), width) if width > 1 else (0.0, 0)


def sniff_delimiter(sample: list[str]) -> str:
    """Return the delimiter that cuts lines into the most even rows; empty for a single column.

    Commas of sentences are none: they come in some of the lines, not in the first, before blanks.
    """
    best = max(_DELIMITERS, key=lambda delimiter: _consistency(sample, delimiter))
    share = _consistency(sample, best)[0]
    if not share:
        return ""
    first = next(line for line in sample if line.strip())
    return "" if share < _EVEN and best not in first and _is_prose(sample, best) else best


def _is_prose(sample: list[str], sign: str) -> bool:
    """Return whether a sign mostly stands before a blank, as in sentences."""
    text = "\n".join(sample)
    return 2 * text.count(f"{sign} ") > text.count(sign)


class _Remembered:
    """Lines of a file; those read since the last complete row are kept."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.pending: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self.pending.append(line)
        return line + "\n"


def _rows(source: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Yield rows; lines that an unclosed quote runs together are cut without regard to quotes.

    Without a delimiter each line is a cell, but for the quotes around it.
    """
    if not delimiter:
        # No text has this sign, so nothing is cut at it.
        delimiter = "\0"
    remembered = _Remembered(source)
    reader = csv.reader(remembered, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield from (line.split(delimiter) for line in remembered.pending)
        else:
            yield row
        remembered.pending.clear()


def _blocks(path: Path, name: str) -> Iterator[Block]:
    with open_text(path, name) as stream:
        sample = [line for line, _ in zip(lines(stream), range(_SAMPLE_LINES), strict=False)]
        stream.seek(0)
        source = lines(stream, _LONGEST_LINE)
        hint = _SEPARATOR_HINT.fullmatch(sample[0].strip("\ufeff ")) if sample else None
        if hint:
            next(source)
        delimiter = hint[1] if hint else sniff_delimiter(sample)
        yield from sheet_blocks(map(Row, _rows(source, delimiter)))


def parse_delimited(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the rows of a delimited file, whatever its delimiter; pages are slices of it."""
    return paginate(_blocks(path, name), options)

"""Comma-, semicolon-, tab- and pipe-separated values."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import lines, open_text
from rag.parsing.paging import paginate
from rag.parsing.rows import table_blocks
from rag.types import Block, Page

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
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
    """Return the delimiter that cuts lines into the most even rows; a comma if none does."""
    return max(_DELIMITERS, key=lambda delimiter: _consistency(sample, delimiter))


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
    """Yield rows; lines that an unclosed quote runs together are cut without regard to quotes."""
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
        yield from table_blocks(_rows(source, hint[1] if hint else sniff_delimiter(sample)))


def parse_delimited(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the rows of a delimited file, whatever its delimiter; pages are slices of it."""
    return paginate(_blocks(path, name), options)

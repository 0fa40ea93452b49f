"""What a parser offers: the pages of a file, one at a time, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from rag.types import Page


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """What a parse is to read: pages `first` to `last` (from 1, inclusive; 0 means to the end).

    `hidden` says whether hidden text, rows, columns, sheets and slides are read, too. `depth` is
    how many files the file lies in.
    """

    first_page: int = 1
    last_page: int = 0
    hidden: bool = False
    depth: int = 0

    def inside(self) -> "ParseOptions":
        """Return what a file inside of this one is read with: the same, from its first page."""
        return replace(self, first_page=1, last_page=0, depth=self.depth + 1)


PageSize = tuple[float, float]
"""Width and height of a page as it is shown, in points; of a picture, in pixels."""


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """Which pages are to be drawn (as in ParseOptions), and how large.

    So many pixels wide, or so many to a point where there is a `scale`.
    """

    first_page: int
    last_page: int
    width: int
    scale: float = 0.0


class Parser(Protocol):
    """Reads one family of file formats."""

    def __call__(self, path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
        """Yield the pages of the file at `path`, whose user-given name is `name`.

        Raises ParseError and its children for what cannot be read: EncryptedFileError where a
        password is needed, UnsupportedFormatError where the content is not what the name says.
        """
        ...

"""What a parser offers: the pages of a file, one at a time, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from rag.types import Page


@dataclass(frozen=True, slots=True)
class Helpers:
    """Programs and services that may help to read files, and what they may take.

    Programs are used where they are installed. LibreOffice converts a file within
    `convert_seconds`. `ocr` says whether pictures are read by OCR, in `ocr_languages` (names of
    tesseract's, joined by "+"), a page within `ocr_seconds`; `ocr_page_pictures` whether also those
    on pages of PDF files that have text. Recordings are read by the model
    `speech_model` of the OpenAI-compatible endpoint `speech_url`, empty for none, each request
    within `speech_seconds`. A program has `memory` bytes of address space.
    """

    convert_seconds: float = 120.0
    memory: int = 2 << 30
    ocr: bool = True
    ocr_languages: str = "eng"
    ocr_seconds: float = 60.0
    ocr_page_pictures: bool = False
    speech_url: str = ""
    speech_key: str = field(default="", repr=False)
    speech_model: str = ""
    speech_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """What a parse is to read: pages `first` to `last` (from 1, inclusive; 0 means to the end).

    `hidden` says whether hidden text, rows, columns, sheets and slides are read, too. `depth` is
    how many files the file lies in, `helpers` is what may help.
    """

    first_page: int = 1
    last_page: int = 0
    hidden: bool = False
    depth: int = 0
    helpers: Helpers = Helpers()

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

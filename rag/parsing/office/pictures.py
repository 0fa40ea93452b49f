"""Pictures inside of Office files: what OCR finds in them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.image.document import parse_picture
from rag.parsing.image.measuring import measured
from rag.parsing.ocr.tesseract import unavailable
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import Package
from rag.types import Block

MOST_PICTURES = 100
"""Of a file, that are read."""

_LEAST_WIDTH, _LEAST_HEIGHT = 120, 32
"""Pixels; smaller ones are signs and rules."""


class Pictures:
    """Reads the pictures of one file, each once."""

    def __init__(self, package: Package, notes: Notes, options: ParseOptions) -> None:
        """Read from a package; what cannot be read comes into the notes."""
        self._package = package
        self._notes = notes
        self._options = options
        self._seen: set[str] = set()
        self._reason = unavailable(options.helpers)

    def blocks(self, part: str) -> Iterator[Block]:
        """Yield what OCR finds in the pictures to which a part relates."""
        for image in self._package.related(part, "image"):
            yield from self.one(image)

    def one(self, image: str) -> Iterator[Block]:
        """Yield what OCR finds in a picture, unless it was read before."""
        if image not in self._seen:
            self._seen.add(image)
            yield from self._picture(image)

    def _picture(self, part: str) -> Iterator[Block]:
        name = part.rpartition("/")[2]
        with TemporaryDirectory(prefix="picture-") as folder:
            path = Path(folder) / "picture"
            with self._package.open(part) as source, path.open("wb") as target:
                copyfileobj(source, target)
            what = measured(path)
            if what is None or what.width < _LEAST_WIDTH or what.height < _LEAST_HEIGHT:
                return
            if self._reason:
                self._notes.add(f"pictures were not read ({self._reason})", name)
            elif len(self._seen) > MOST_PICTURES:
                self._notes.add(f"of the pictures only {MOST_PICTURES} were read")
            else:
                yield from self._read(path, name)

    def _read(self, path: Path, name: str) -> Iterator[Block]:
        try:
            for page in parse_picture(path, name, self._options.inside()):
                # Places in the picture would be taken for places in the file.
                yield from (replace(block, positions=(), in_picture=True) for block in page.blocks)
        except ParseError as error:
            self._notes.add(f"a picture was not read: {error}")

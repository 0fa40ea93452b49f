"""Pictures read by OCR: those that are files of their own, and those inside of other files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from rag.errors import EmptyFileError, ParseError, UnsupportedFormatError
from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.programs import HEIF, found, run
from rag.parsing.image.measuring import Measured, measured
from rag.parsing.ocr.tesseract import recognized, unavailable
from rag.parsing.paging import selected
from rag.parsing.pdf.arranging import arranged
from rag.parsing.pdf.flow import Flow
from rag.parsing.pdf.glyphs import Frame
from rag.parsing.pdf.raw_page import RawPage
from rag.parsing.pdf.running import body_size
from rag.parsing.signatures import HEAD_BYTES, seems_to_be
from rag.types import Page

MOST_PIXELS = 100_000_000
"""Of a picture: OCR holds it in memory several times."""

_UPRIGHT = 0


def parse_picture(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield what OCR finds in a picture; a TIFF file has a page for each of its pictures.

    Boxes are in pixels. Raises ParseError without OCR, or for a picture that is too large.
    """
    if not path.stat().st_size:
        raise EmptyFileError(f"{name} is empty.")
    if reason := unavailable(options.helpers):
        raise UnsupportedFormatError(f"{name} is a picture, and is read by OCR alone. {reason}")
    with _readable(path, name, options.helpers) as (image, found_out):
        for number in range(1, found_out.pages + 1):
            if selected(number, options):
                yield _page(image, name, found_out, number, options.helpers)


@contextmanager
def _readable(path: Path, name: str, helpers: Helpers) -> Iterator[tuple[Path, Measured]]:
    """Give a picture that tesseract can read, under the name of its real format."""
    what = measured(path)
    if what is None:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        raise UnsupportedFormatError(
            f"{name} is no picture that can be read; it seems to be {seems_to_be(head)}. Pictures"
            " are read from PNG, JPEG, TIFF, WebP, GIF, BMP, HEIC, JPEG 2000 and PNM."
        )
    if what.kind == "damaged":
        raise ParseError(f"{name} is damaged: its picture cannot be read.")
    if what.width * what.height > MOST_PIXELS:
        raise ParseError(
            f"{name} has {what.width * what.height / 1e6:,.0f} million pixels; the limit is"
            f" {MOST_PIXELS // 1_000_000} million. Save it smaller."
        )
    with TemporaryDirectory(prefix="picture-") as folder:
        image = Path(folder) / f"picture.{what.kind}"
        copyfile(path, image)
        if what.kind == "heic":
            image = _converted(image, name, helpers)
            what = measured(image) or what
        yield image, what


def _converted(image: Path, name: str, helpers: Helpers) -> Path:
    """Return the PNG of a HEIF or AVIF picture."""
    if not found(HEIF):
        raise HEIF.missing(name)
    target = image.with_suffix(".png")
    command = (found(HEIF), str(image), str(target))
    what = f"The conversion of {name}"
    run(
        command,
        folder=image.parent,
        seconds=helpers.convert_seconds,
        memory=helpers.memory,
        what=what,
    )
    # Of several pictures in a file the first one is taken.
    made = next(iter(sorted(image.parent.glob("*.png"))), None)
    if made is None:
        raise ParseError(f"{name} is damaged: its picture cannot be read.")
    return made


def _page(image: Path, name: str, what: Measured, number: int, helpers: Helpers) -> Page:
    frame = Frame((0.0, 0.0, float(what.width or 1), float(what.height or 1)), _UPRIGHT)
    label = name if what.pages == 1 else f"page {number} of {name}"
    lines = recognized(image, frame, helpers, what=label, number=number)
    if not lines:
        return Page(number, what.pages, (), f"OCR finds no text in {label}")
    raw = RawPage(number, frame, lines=tuple(lines))
    sizes: dict[float, int] = {}
    for line in lines:
        sizes[line.size] = sizes.get(line.size, 0) + len(line.text)
    flow = Flow({}, what.pages)
    pages = [*flow.add(raw, arranged(raw, frozenset()), body_size(sizes)), *flow.finish()]
    return Page(number, what.pages, tuple(block for page in pages for block in page.blocks))

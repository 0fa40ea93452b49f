"""What is taken from a page while PDFium has it open; all that follows is arithmetic."""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import compress
from unicodedata import normalize

import pypdfium2

from rag.parsing.pdf.annotations import Form, beside_text
from rag.parsing.pdf.glyphs import Frame, Glyphs
from rag.parsing.pdf.layers import is_hidden
from rag.parsing.pdf.lines import Line, Rule, Word
from rag.parsing.pdf.reading import PageText, Sides, as_seen
from rag.parsing.pdf.replaced import replaced_stretches, widened
from rag.parsing.pdf.scripts import has_codes, is_code
from rag.parsing.pdf.shapes import Shapes, shapes
from rag.parsing.pdf.tags import Tags
from rag.types import Block

_LATIN = bytes(range(256)).decode("latin-1")
_LETTERS = "".join(filter(str.isalpha, _LATIN)).encode("latin-1")
_LOWER = "".join(re.findall(r"[a-zß-ÿ]", _LATIN)).encode("latin-1")
_VOWELS_OF_LATIN = "".join(re.findall(r"[aeiouyà-æè-ïò-öù-ý]", _LATIN, re.IGNORECASE)).encode(
    "latin-1"
)
_FOREIGN = re.compile(r"[\u0250-\u1fff\u2c00-\ud7ff\uf900-\ufdff]")
_NO_LETTER = re.compile(r"[\ue000-\uf8ff\ufffd]")
_LEAST_LETTERS = 0.6
_LEAST_LOWER = 0.5
_VOWELS = (0.2, 0.62)
_LEAST_TEXT = 4
_STAMP = 120
"""So many characters beside the image of a whole page are a stamp on a scan, or its page number."""

_LEAST_PICTURE = 0.03
"""The share of a page that a picture has at least which OCR looks at: logos have less."""

_TOUCH = 3.0
_COVERED = 0.1
_WHOLE_PAGE = 0.6
"""The share of a page that the image of a scan covers at least."""


@dataclass(frozen=True, slots=True)
class RawPage:
    """The runs and rules of a page, what stands on it beside its text, and remarks on it.

    `is_scan` says whether it is for OCR to read: it is an image, or its text is no text. Else
    `pictures` are the parts of it that OCR may read beside its text.
    """

    number: int
    frame: Frame
    text: PageText | None = None
    lines: tuple[Line, ...] = ()
    rules: tuple[Rule, ...] = ()
    beside: tuple[Block, ...] = ()
    note: str = ""
    is_scan: bool = False
    pictures: tuple[Sides, ...] = ()

    def words_of(self, line: Line) -> Sequence[Word]:
        """Return the words of one of its runs."""
        return self.text.words_of(line) if self.text is not None else line.words


def _count(data: bytes, letters: bytes) -> int:
    """Return how many bytes of `data` are among some letters."""
    return len(data) - len(data.translate(None, letters))


def _reads(text: str) -> bool:
    """Return whether letters that were guessed from codes seem to be words of a language."""
    if _FOREIGN.search(text):
        return True
    shown = len("".join(text.split()))
    # Taking letters out of bytes is a tenth of the work of finding each.
    data = normalize("NFKD", text).encode("latin-1", "replace")
    letters = _count(data, _LETTERS)
    if letters < _LEAST_LETTERS * shown:
        return False
    vowels = _count(data, _VOWELS_OF_LATIN)
    least, most = _VOWELS
    return (
        _count(data, _LOWER) >= _LEAST_LOWER * letters
        and least * letters <= vowels <= most * letters
    )


def _readable(text: PageText, glyphs: Glyphs) -> tuple[list[Line], bool]:
    """Return the runs that say something, and whether others were left out.

    The text of a font without a map to Unicode is its codes, which may be anything.
    """
    if not text.lines:
        return [], len(glyphs.text.strip(" \r\n\t")) >= _LEAST_TEXT
    doubtful = set(text.doubtful)
    if doubtful and _reads(" ".join(line.text for line in text.lines if line in doubtful)):
        doubtful = set()
    if doubtful:
        # Codes that happen to be those of signs pass for text, line by line.
        doubtful |= {line for line in text.lines if not _reads(line.text)}
    if not glyphs.text.isascii() and _NO_LETTER.search(glyphs.text):
        doubtful |= {
            line
            for line in text.lines
            if 2 * len(_NO_LETTER.findall(line.text)) > len(line.text) > 1
        }
    broken = has_codes(glyphs.text)
    if broken:
        doubtful |= {line for line in text.lines if is_code(text.raw_text(line))}
    return [line for line in text.lines if line not in doubtful], bool(doubtful) or broken


def _note(number: int, kept: Sequence[Line], *, lost: bool, image: bool) -> str:
    if lost:
        return (
            f"page {number} holds text that cannot be read, in a font without a map to Unicode;"
            " it needs OCR"
        )
    if kept:
        return ""
    return f"page {number} holds no text, only an image" if image else f"page {number} is empty"


def read_page(
    page: pypdfium2.PdfPage,
    number: int,
    form: Form,
    *,
    tagged: bool = False,
    off: frozenset[bytes] = frozenset(),
) -> RawPage:
    """Take what is needed from a page, which may be closed afterwards.

    `tagged` says whether the file names its headings; text of layers that are `off` is left out.
    """
    frame = Frame.of_page(page)
    with closing(page.get_textpage()) as text_page:
        glyphs = Glyphs(text_page, frame)
        text = PageText(glyphs, frame)
        lines, lost = _readable(text, glyphs)
        if off:
            letters = glyphs.numbers([text.first_letter(line) for line in lines])
            shown = (not is_hidden(text_page, letter, off) for letter in letters)
            lines = list(compress(lines, shown))
        if tagged:
            letters = glyphs.numbers([text.first_letter(line) for line in lines])
            levels = Tags(page).levels(text_page, letters)
            lines = [replace(line, level=level) for line, level in zip(lines, levels, strict=True)]
    lines = _within(lines, frame)
    if text.shared:
        lines = widened(lines, replaced_stretches(page, frame))
    drawn = shapes(page, frame)
    found = beside_text(page, number, frame, form)
    lines = found.filled(lines, text.words_of)
    has_text = bool(lines or found.blocks)
    note = _note(number, lines, lost=lost, image=drawn.has_image)
    if has_text and not lost:
        note = ""
    length = sum(len(line.text) for line in lines)
    partly = lost and 2 * length > len(glyphs.text)
    is_image = (drawn.has_image and not lines) or _is_stamped(length, drawn.images, frame)
    is_scan = is_image or (lost and not partly)
    pictures = _pictures(drawn, lines, frame) if not (lost or is_scan) else ()
    if partly:
        pictures = ((0.0, 0.0, frame.width, frame.height),)
    return RawPage(
        number, frame, text, tuple(lines), drawn.rules, found.blocks, note, is_scan, pictures
    )


def _within(lines: list[Line], frame: Frame) -> list[Line]:
    """Return the runs that are not beyond the edges of the page; all, if none would be left."""
    kept = [line for line in lines if _is_within(line, frame)]
    return kept or lines


def _is_within(line: Line, frame: Frame) -> bool:
    sides = (line.left, line.top, line.right, line.bottom)
    left, top, right, bottom = as_seen(sides, line.turn, frame) if line.turn else sides
    return right > 0 and bottom > 0 and left < frame.width and top < frame.height


def _is_stamped(letters: int, images: float, frame: Frame) -> bool:
    """Return whether a page is a scan on which some words were put."""
    return images >= _WHOLE_PAGE * frame.width * frame.height and letters <= _STAMP


def _pictures(drawn: Shapes, lines: Sequence[Line], frame: Frame) -> tuple[Sides, ...]:
    """Return where the pictures stand that may hold text: no signs, no grounds of the text."""
    least, most = _LEAST_PICTURE * frame.width * frame.height, frame.width * frame.height
    return tuple(
        box
        for box in _joined(drawn.pictures)
        if least <= _area(box) <= _WHOLE_PAGE * most and not _has_text(box, lines, frame)
    )


def _joined(pictures: Sequence[Rule]) -> list[Sides]:
    """Return the boxes of pictures, with the strips that one was cut into made one."""
    found: list[Sides] = []
    for one in sorted(pictures, key=lambda one: (round(one.left), round(one.right), one.top)):
        left, top, right, bottom = found[-1] if found else (0.0, 0.0, 0.0, 0.0)
        same = abs(one.left - left) < _TOUCH and abs(one.right - right) < _TOUCH
        if found and same and top <= one.top <= bottom + _TOUCH:
            found[-1] = (left, top, right, max(bottom, one.bottom))
        else:
            found.append((one.left, one.top, one.right, one.bottom))
    return found


def _area(box: Sides) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _has_text(box: Sides, lines: Sequence[Line], frame: Frame) -> bool:
    """Return whether so much text stands over a picture that it may be that of the picture."""
    covered = 0.0
    for line in lines:
        left, top, right, bottom = as_seen(
            (line.left, line.top, line.right, line.bottom), line.turn, frame
        )
        across = min(right, box[2]) - max(left, box[0])
        down = min(bottom, box[3]) - max(top, box[1])
        covered += max(across, 0.0) * max(down, 0.0)
    return covered > _COVERED * _area(box)


def unreadable_page(number: int) -> RawPage:
    """Return what stands for a page that is damaged."""
    note = f"page {number} is damaged and could not be read"
    return RawPage(number, Frame((0.0, 0.0, 0.0, 0.0), 0), note=note)

"""Pictures of pages: their size, what is drawn where, and what cannot be drawn."""

import zlib
from collections.abc import Callable
from pathlib import Path
from struct import unpack_from

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.base import PictureOptions
from rag.parsing.pdf.pictures import grey_png
from rag.parsing.pdf.scaling import LONGEST_SIDE, MOST_PIXELS
from rag.parsing.registry import draw_pages, page_sizes
from rag.types import Block
from tests.pdfs import pdf

Pdf = Callable[..., bytes]
BlocksOf = Callable[[str, bytes], list[Block]]

HEADER = 33
"""Bytes of a PNG before its first chunk of pixels, in the form that is written here."""

DARK = 128


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[..., dict[int, bytes]]:
    """Draw pages of a PDF and return their pictures by number."""

    def draw(
        data: bytes, first: int = 1, last: int = 1, width: int = 600, scale: float = 0
    ) -> dict[int, bytes]:
        path = tmp_path / "stored-object"
        path.write_bytes(data)
        return dict(draw_pages(path, "a.pdf", PictureOptions(first, last, width, scale)))

    return draw


def pixels_of(picture: bytes) -> NDArray[np.uint8]:
    """Return the rows of a grey PNG whose rows are differences to those above."""
    width, height = unpack_from(">II", picture, 16)
    (length,) = unpack_from(">I", picture, HEADER)
    raw = zlib.decompress(picture[HEADER + 8 : HEADER + 8 + length])
    rows = np.frombuffer(raw, np.uint8).reshape(height, width + 1)
    assert set(rows[:, 0]) == {2}
    summed: NDArray[np.uint8] = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    return summed


def test_a_picture_is_as_wide_as_it_is_asked_for(drawn: Callable[..., dict[int, bytes]]) -> None:
    for width in (50, 333, 1000):
        pixels = pixels_of(drawn(pdf("one"), width=width)[1])
        assert pixels.shape == (-(-width * 800 // 600), width)
    assert pixels_of(drawn(pdf("one"), scale=0.5)[1]).shape == (400, 300)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_what_is_dark_lies_in_the_box_of_the_text(
    drawn: Callable[..., dict[int, bytes]], make_pdf: Pdf, blocks_of: BlocksOf, rotate: int
) -> None:
    data = make_pdf(["BT /F1 20 Tf 100 650 Td (Hello Harbour) Tj ET"], rotate=rotate)
    (block,) = blocks_of("a.pdf", data)
    (box,) = block.positions
    pixels = pixels_of(drawn(data, scale=2)[1])
    rows, columns = np.nonzero(pixels < DARK)
    assert rows.min() / 2 == pytest.approx(box.top, abs=6)
    assert rows.max() / 2 == pytest.approx(box.bottom, abs=6)
    assert columns.min() / 2 == pytest.approx(box.left, abs=6)
    assert box.top <= rows.min() / 2
    assert rows.max() / 2 <= box.bottom + 1
    assert columns.max() / 2 == pytest.approx(box.right, abs=6)


def test_pages_that_follow_are_drawn_as_far_as_there_are_any(
    drawn: Callable[..., dict[int, bytes]],
) -> None:
    found = drawn(pdf("one", "two", "three"), first=2, last=9)
    assert list(found) == [2, 3]
    assert found[2] != found[3]


def test_a_huge_page_is_drawn_smaller(
    drawn: Callable[..., dict[int, bytes]], make_pdf: Pdf
) -> None:
    wide = make_pdf([""]).replace(b"[0 0 600 800]", b"[0 0 999 999]")
    assert 0.99 * MOST_PIXELS < pixels_of(drawn(wide, scale=4)[1]).size <= 1.01 * MOST_PIXELS
    long = make_pdf([""]).replace(b"[0 0 600 800]", b"[0 0 9999 99]")
    assert pixels_of(drawn(long, scale=4)[1]).shape == (100, LONGEST_SIDE)


def test_sizes_are_those_of_the_pages_as_shown(tmp_path: Path, make_pdf: Pdf) -> None:
    path = tmp_path / "stored-object"
    path.write_bytes(make_pdf(["", ""]))
    assert page_sizes(path, "a.pdf") == [(600, 800), (600, 800)]
    path.write_bytes(make_pdf([""], rotate=90))
    assert page_sizes(path, "a.pdf") == [(800, 600)]


def test_what_cannot_be_opened_says_why(drawn: Callable[..., dict[int, bytes]]) -> None:
    with pytest.raises(EncryptedFileError, match="password"):
        drawn(pdf("secret", user="x"))
    with pytest.raises(ParseError, match=r"a\.pdf is not a PDF"):
        drawn(b"plain words")


def test_a_grey_picture_has_the_parts_of_a_png() -> None:
    picture = grey_png(np.array([[0, 255], [7, 9]], np.uint8))
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert pixels_of(picture).tolist() == [[0, 255], [7, 9]]
    assert picture.endswith(b"IEND\xaeB`\x82")

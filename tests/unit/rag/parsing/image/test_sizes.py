"""How large pictures are: PNG, JPEG, and what is neither."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.errors import EmptyFileError, ParseError
from rag.parsing.base import PageSize
from rag.parsing.pdf.pictures import grey_png
from rag.parsing.registry import page_sizes

FRAME = b"\xff\xc2\x00\x0b\x08\x00\x20\x01\x40\x01\x01\x11\x00"
"""The beginning of a frame of 320 by 32 pixels."""


@pytest.fixture
def sizes_of(tmp_path: Path) -> Callable[[str, bytes], list[PageSize]]:
    """Return the sizes of the pages of a file."""

    def sizes(name: str, data: bytes) -> list[PageSize]:
        path = tmp_path / "stored-object"
        path.write_bytes(data)
        return page_sizes(path, name)

    return sizes


def test_a_png_tells_its_size(sizes_of: Callable[[str, bytes], list[PageSize]]) -> None:
    assert sizes_of("a.png", grey_png(np.zeros((3, 5), np.uint8))) == [(5, 3)]


def test_a_jpeg_tells_its_size_behind_what_cameras_write(
    sizes_of: Callable[[str, bytes], list[PageSize]],
) -> None:
    table = b"\xff\xc4\x00\x06\xff\xc0\x00\x00"
    data = b"\xff\xd8\xff\xe1\x00\x08Exif\0\0" + table + b"\xff" + FRAME
    assert sizes_of("a.JPG", data) == [(320, 32)]


@pytest.mark.parametrize(
    "data", [b"words", b"\xff\xd8\xff\xe0", b"\xff\xd8ab" + FRAME, b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(
    sizes_of: Callable[[str, bytes], list[PageSize]], data: bytes
) -> None:
    with pytest.raises(ParseError, match=r"a\.png is no picture"):
        sizes_of("a.png", data)


def test_an_empty_file_is_refused(sizes_of: Callable[[str, bytes], list[PageSize]]) -> None:
    with pytest.raises(EmptyFileError):
        sizes_of("a.jpeg", b"")

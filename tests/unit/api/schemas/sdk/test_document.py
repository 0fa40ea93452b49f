"""The names of files."""

import pytest

from api.errors import ArgumentError
from api.services.library.names import NAME_BYTES, clean_file_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("a.txt", "a.txt"),
        ("../../a.txt", "a.txt"),
        (r"..\..\a.txt", "a.txt"),
        (r"C:\x/y\a.txt", "a.txt"),
        ("  a b.txt  ", "a b.txt"),
        ("...", "..."),
        ("👩‍🚀.txt", "👩‍🚀.txt"),
        ("x" * NAME_BYTES, "x" * NAME_BYTES),
        ("folder/" * 100 + "a.txt", "a.txt"),
    ],
)
def test_a_name_is_what_comes_after_the_folders(raw: str, name: str) -> None:
    assert clean_file_name(raw) == name


@pytest.mark.parametrize(
    "raw", ["", " ", "/", "a/", "..", "a/..", ".", "a\0", "a\n.txt", "\x7f", "a\ud800", "é" * 128]
)
def test_a_name_that_cannot_be_kept_is_refused(raw: str) -> None:
    with pytest.raises(ArgumentError, match="File name must"):
        clean_file_name(raw)

"""Office files as archives: bombs, locked files and what is no archive at all."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rag.errors import EmptyFileError, EncryptedFileError, ParseError, UnsupportedFormatError
from rag.parsing.office import archive

Zipped = Callable[[Mapping[str, str | bytes]], bytes]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)


def read(tmp_path: Path, name: str, data: bytes) -> list[str]:
    path = tmp_path / "object"
    path.write_bytes(data)
    with archive.open_archive(path, name) as opened:
        for part in opened.namelist():
            opened.read(part)
        return opened.namelist()


def test_a_sound_archive_is_opened(tmp_path: Path, zipped: Zipped) -> None:
    assert read(tmp_path, "a.docx", zipped({"a": "b" * 1000, "c": "d"})) == ["a", "c"]


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        (b"some words", "plain text"),
        (b"%PDF-1.4", "a PDF"),
        (b"<html>", "a web page"),
        (OLE, "an old"),
    ],
)
def test_other_content_is_named(tmp_path: Path, data: bytes, seems: str) -> None:
    with pytest.raises(
        UnsupportedFormatError, match=rf"a\.docx is not a docx file; it seems .*{seems}"
    ):
        read(tmp_path, "a.docx", data)


def test_an_empty_file_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(EmptyFileError, match=r"a\.docx is empty"):
        read(tmp_path, "a.docx", b"")


@pytest.mark.parametrize("where", [1000, 1024**2 - 7])
def test_a_file_locked_by_office_says_so(tmp_path: Path, where: int) -> None:
    data = OLE.ljust(where, b"\0") + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(EncryptedFileError, match=r"a\.xlsx needs a password"):
        read(tmp_path, "a.xlsx", data)


def test_an_archive_with_locked_parts_says_so(tmp_path: Path, zipped: Zipped) -> None:
    data = bytearray(zipped({"a": "b"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedFileError):
        read(tmp_path, "a.docx", bytes(data))


def test_a_part_that_is_packed_absurdly_is_refused(tmp_path: Path, zipped: Zipped) -> None:
    data = zipped({"bomb.xml": bytes(archive.RATIO_FREE_BYTES + 1)})
    with pytest.raises(
        ParseError, match=r"packed \d+ to 1 in its part bomb\.xml; the limit is 200"
    ):
        read(tmp_path, "a.docx", data)


def test_a_small_blank_part_may_be_packed_tightly(tmp_path: Path, zipped: Zipped) -> None:
    assert read(tmp_path, "a.docx", zipped({"a": bytes(3 * 1024**2)})) == ["a"]


def test_small_parts_that_are_packed_absurdly_together_are_refused(
    tmp_path: Path, zipped: Zipped
) -> None:
    blank = bytes(archive.RATIO_FREE_BYTES)
    with pytest.raises(ParseError, match=r"packed \d+ to 1 in all its parts together"):
        read(tmp_path, "a.docx", zipped({f"{number}.xml": blank for number in range(3)}))


def _with_declared_size(data: bytes, size: int) -> bytes:
    """Change the unpacked size that the directory of an archive with one part states."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + size.to_bytes(4, "little") + data[at + 4 :]


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, zipped: Zipped) -> None:
    data = _with_declared_size(zipped({"a": "b"}), archive.MAX_TOTAL_BYTES + 1)
    with pytest.raises(ParseError, match="unpacks to more than 1024 MB, the limit"):
        read(tmp_path, "a.docx", data)


def test_a_part_that_lies_about_its_size_is_refused(tmp_path: Path, zipped: Zipped) -> None:
    data = _with_declared_size(zipped({"a": "b" * 100_000}), 10)
    with pytest.raises(ParseError, match=r"a\.docx is damaged"):
        read(tmp_path, "a.docx", data)


def test_an_archive_of_too_many_parts_is_refused(
    tmp_path: Path, zipped: Zipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(ParseError, match="holds more than 3 parts"):
        read(tmp_path, "a.docx", zipped({str(number): "" for number in range(4)}))


def test_a_cut_archive_is_damaged(tmp_path: Path, zipped: Zipped) -> None:
    with pytest.raises(ParseError, match=r"a\.docx is damaged"):
        read(tmp_path, "a.docx", zipped({"a": "b" * 100})[:60])


def test_a_part_with_broken_content_is_damaged(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a", "words and more words" * 50)
    data = bytearray(buffer.getvalue())
    data[31:40] = b"\xff" * 9
    with pytest.raises(ParseError, match=r"a\.docx is damaged"):
        read(tmp_path, "a.docx", bytes(data))


def test_a_part_whose_name_is_no_text_is_damage(tmp_path: Path, zipped: Zipped) -> None:
    data = zipped({"näme": "b"}).replace("näme".encode(), b"n\xff\xffme")
    with pytest.raises(ParseError, match=r"a\.docx is damaged"):
        read(tmp_path, "a.docx", data)

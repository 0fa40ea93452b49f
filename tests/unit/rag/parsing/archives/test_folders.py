"""Archives as folders."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.parsing.archives import folders
from rag.types import Page

TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return stream.getvalue()


FILES = {"a/one.txt": b"first words", "../two.md": b"# Head\n\nsecond words", "a/empty.txt": b""}
TEXTS = ["a/one.txt", "first words", "../two.md", "Head", "second words"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", zipped(FILES)),
        ("a.tar", tarred(FILES)),
        ("a.tar.gz", gzip.compress(tarred(FILES))),
        ("a.tgz", gzip.compress(tarred(FILES))),
        ("a.tar.bz2", bz2.compress(tarred(FILES))),
        ("a.tar.xz", lzma.compress(tarred(FILES))),
    ],
)
def test_each_file_is_a_section_with_its_name(parse: Parse, name: str, data: bytes) -> None:
    (page,) = parse(name, data)
    assert [block.text for block in page.blocks] == TEXTS
    assert [block.level for block in page.blocks] == [1, 0, 1, 2, 0]


def test_a_packed_file_is_read_under_its_own_name(texts_of: TextsOf) -> None:
    assert texts_of("notes.txt.gz", gzip.compress(b"words")) == ["notes.txt", "words"]


def test_what_systems_leave_about_is_no_content(texts_of: TextsOf) -> None:
    junk = ("__MACOSX/._a.txt", "Thumbs.db", "x/.DS_Store", "~$a.docx", "desktop.ini", ".~lock.a#")
    data = zipped({**dict.fromkeys(junk, b"junk"), "a.txt": b"words"})
    assert texts_of("a.zip", data) == ["a.txt", "words"]


def test_what_cannot_be_read_is_named(parse: Parse) -> None:
    page, last = parse(
        "a.zip", zipped({"a.exe": b"MZ", "b.pdf": b"no PDF", "c.txt": b"words", "d.zip": b"PK\3\4"})
    )
    assert [block.text for block in page.blocks] == ["a.exe", "b.pdf", "c.txt", "words", "d.zip"]
    assert "a.exe was not read: a.exe: files of type .exe are not supported" in last.note
    assert "b.pdf was not read" in last.note
    assert "d.zip was not read" in last.note


def test_archives_within_archives_end_somewhere(parse: Parse) -> None:
    data = zipped({"deep.txt": b"words"})
    for number in range(4):
        data = zipped({f"{number}.zip": data, f"{number}.txt": b"level"})
    *pages, last = parse("a.zip", data)
    texts = [block.text for page in pages for block in page.blocks]
    assert texts.count("level") == 3
    assert "words" not in texts
    assert "is an archive more than 3 deep" in last.note


def test_too_much_is_refused_while_it_is_unpacked(
    parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(bytes(3 << 20))
    monkeypatch.setattr(folders, "MAX_MEMBER_BYTES", 2 << 20)
    with pytest.raises(ParseError, match=r"a\.txt\.gz unpacks to too much"):
        parse("a.txt.gz", bomb)
    *_, last = parse("a.tar", tarred({"b.txt": bytes(3 << 20), "c.txt": b"words"}))
    assert "b.txt is over the limit of 2 MB" in last.note
    monkeypatch.setattr(folders, "MAX_TOTAL_BYTES", 1 << 20)
    with pytest.raises(ParseError, match="unpacks to too much"):
        parse("a.zip", zipped({f"{n}.txt": bytes(1 << 19) for n in range(4)}))


def test_files_past_the_limit_are_left_out(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_MEMBERS", 2)
    page, last = parse("a.zip", zipped({f"{n}.txt": b"x" for n in range(5)}))
    assert [block.text for block in page.blocks] == ["0.txt", "x", "1.txt", "x"]
    assert last.note == "files past 2 were left out"


@pytest.mark.parametrize("name", ["a.tar", "a.gz", "a.xz", "a.bz2", "a.zip"])
def test_what_is_damaged_or_no_archive_is_refused(parse: Parse, name: str) -> None:
    with pytest.raises(ParseError, match=name):
        parse(name, b"no archive at all, but words")

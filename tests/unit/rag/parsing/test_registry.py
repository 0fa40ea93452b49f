"""Which files are read, by which parser, and what kind of document they are."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from rag.errors import ParseError, UnsupportedFormatError
from rag.parsing.office.converted import parse_converted
from rag.parsing.registry import document_type, find_parser, page_count, supported_suffixes
from rag.types import Page

UNREAD = "numbers hlp rar ico psd mid"
CONTRACT = (
    "pdf eml docx pptx yml xml htm json jsonl ldjson csv txt ini xls xlsx md py js java c cpp h "
    "php go ts sh cs kt html sql"
)


@pytest.mark.parametrize("suffix", CONTRACT.split())
def test_the_formats_of_the_contract_have_a_parser(suffix: str) -> None:
    assert suffix in supported_suffixes()
    assert find_parser(f"name.{suffix}") is find_parser(f"NAME.{suffix.upper()}")


def test_every_entry_of_the_table_can_be_loaded() -> None:
    for suffix in sorted(supported_suffixes()):
        assert callable(find_parser(f"name.{suffix}")), suffix


@pytest.mark.parametrize("suffix", UNREAD.split())
def test_other_formats_are_refused_by_name(suffix: str) -> None:
    with pytest.raises(
        UnsupportedFormatError, match=rf"my\.file\.{suffix}: files of type \.{suffix}"
    ):
        find_parser(f"my.file.{suffix}")


def test_a_name_without_suffix_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="Makefile: files without a suffix"):
        find_parser("Makefile")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.PDF", "pdf"),
        ("a.docx", "doc"),
        ("a.pages", "doc"),
        ("a.md", "doc"),
        ("a.jpeg", "visual"),
        ("a.mp4", "visual"),
        ("a.wav", "aural"),
        ("a.exe", "other"),
        ("noname", "other"),
    ],
)
def test_the_kind_of_a_document_follows_from_its_name(name: str, kind: str) -> None:
    assert document_type(name) == kind


def test_formats_without_pages_count_none(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_text("words")
    assert page_count(path, "a.txt") == 0
    assert page_count(path, "a.unknown") == 0


def test_a_parser_loads_only_the_libraries_that_it_needs() -> None:
    heavy = (
        "pypdfium2",
        "lxml",
        "selectolax",
        "python_calamine",
        "charset_normalizer",
        "docx",
        "pptx",
    )
    code = (
        "import sys; from rag.parsing.registry import find_parser, supported_suffixes;"
        f"supported_suffixes(); print([m for m in {heavy} if m in sys.modules]);"
        f"find_parser('a.pdf'); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['pypdfium2']"]


def is_converted(suffix: str) -> bool:
    """Return whether another program turns such files into what we read."""
    return find_parser(f"a.{suffix}") is parse_converted


@pytest.mark.long
@pytest.mark.parametrize(
    "suffix", sorted(one for one in supported_suffixes() if one == "doc" or not is_converted(one))
)
def test_garbage_never_raises_anything_but_a_parse_error(
    parse: Callable[..., list[Page]], suffix: str
) -> None:
    for data in (b"", b" \n", bytes(range(256)) * 8, b"<" * 5000, b"[" * 5000, b"PK\x03\x04" * 40):
        with suppress(ParseError):
            parse(f"a.{suffix}", data)

"""Files inside files: read with the settings of the outer one, and not without end."""

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pypdfium2
import pytest
import xlsxwriter

from rag.parsing.base import ParseOptions
from rag.parsing.registry import find_parser
from rag.types import Page
from tests.pdfs import drawn_pdf


@pytest.fixture(scope="module")
def workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("Open").write(0, 0, "seen by all")
        hidden = book.add_worksheet("Salaries")
        hidden.write(0, 0, "seen by few")
        hidden.hide()
    return buffer.getvalue()


def in_zip(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def in_mail(name: str, data: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Figures"
    message.set_content("see below")
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def in_pdf(name: str, data: bytes) -> bytes:
    document = pypdfium2.PdfDocument(drawn_pdf("BT /F1 12 Tf 50 700 Td (Cover) Tj ET"))
    document.new_attachment(name).set_data(data)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def read(path: Path, name: str, data: bytes, *, hidden: bool = False) -> list[Page]:
    path.write_bytes(data)
    return list(find_parser(name)(path, name, ParseOptions(hidden=hidden)))


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("name", "wrap"), [("a.zip", in_zip), ("a.eml", in_mail), ("a.pdf", in_pdf)]
)
def test_what_is_hidden_in_an_inner_file_is_read_only_where_that_is_wanted(
    tmp_path: Path,
    workbook: bytes,
    name: str,
    wrap: Callable[[str, bytes], bytes],
    *,
    hidden: bool,
) -> None:
    pages = read(tmp_path / "file", name, wrap("figures.xlsx", workbook), hidden=hidden)
    text = "\n".join(block.text for page in pages for block in page.blocks)
    told = "\n".join(page.note for page in pages)

    assert "seen by all" in text
    assert ("seen by few" in text) is hidden
    assert ("hidden sheets were left out: Salaries" in told) is not hidden


def test_what_lies_in_too_many_files_is_named(tmp_path: Path) -> None:
    data, name = b"the words", "words.txt"
    for wrap, outer in ((in_mail, "m.eml"), (in_zip, "z.zip"), (in_pdf, "p.pdf")) * 2:
        data, name = wrap(name, data), outer
    pages = read(tmp_path / "file", name, data)

    assert not any("the words" in block.text for page in pages for block in page.blocks)
    assert "words.txt lies in more than 5 files." in "".join(page.note for page in pages)

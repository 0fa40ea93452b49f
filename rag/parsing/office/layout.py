"""What Office files look like: a PDF that LibreOffice makes, whose page n is slide n.

Tracked changes are shown as accepted, as chunks have them. Hidden sheets and slides are not shown:
the option that gives each sheet a page would show them.
"""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfileobj, move
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree

from rag.errors import ParseError
from rag.parsing.base import Helpers
from rag.parsing.helpers.libreoffice import converted
from rag.parsing.office.archive import open_archive
from rag.parsing.office.converted import taken_for
from rag.parsing.office.ooxml import Package
from rag.parsing.office.slides import shown_slides
from rag.parsing.pdf.document import open_pdf

MOST_BYTES = 128 << 20
"""Of a PDF: a part of what is kept of all pages."""

MOST_SHEET_BYTES = 4 << 20
"""Of a workbook, all of whose rows are drawn at once."""

_SETTINGS = "word/settings.xml"
_TEXTS = frozenset({"docx", "docm", "dotx", "dotm"})
_SLIDES = frozenset({"pptx", "pptm", "potx", "potm", "ppsx", "ppsm"})


def lay_out_text(path: Path, name: str, target: Path, helpers: Helpers) -> None:
    """Write what a text looks like into a PDF; raises ParseError and its children."""
    with _known(path, name, (_TEXTS, "docx"), helpers) as text:
        _write_text(text, name, target, helpers)


def lay_out_slides(path: Path, name: str, target: Path, helpers: Helpers) -> None:
    """Write what slides look like into a PDF, a page for each; hidden ones are blank."""
    with _known(path, name, (_SLIDES, "pptx"), helpers) as deck:
        _write_slides(deck, name, target, helpers)


@contextmanager
def _known(
    path: Path, name: str, kinds: tuple[Collection[str], str], helpers: Helpers
) -> Iterator[Path]:
    """Yield a file of one of some kinds: itself, or what it is converted to, of the kind named."""
    known, wanted = kinds
    given = taken_for(name)
    if given in known:
        yield path
        return
    with converted(path, name, (given, wanted), helpers) as made:
        yield made


def lay_out_sheets(path: Path, name: str, target: Path, helpers: Helpers) -> None:
    """Write what a workbook looks like on paper into a PDF."""
    if path.stat().st_size > MOST_SHEET_BYTES:
        raise ParseError(
            f"{name} is too large to be shown as pages: {MOST_SHEET_BYTES >> 20} MB is the limit."
        )
    _write(path, name, taken_for(name), target, helpers)


def _write_text(text: Path, name: str, target: Path, helpers: Helpers) -> None:
    with _accepted(text, name) as plain:
        if plain is not None:
            _write(plain, name, "docx", target, helpers)
            return
    with converted(text, name, ("docx", "docx"), helpers) as again, _accepted(again, name) as plain:
        _write(plain or again, name, "docx", target, helpers)


def _write_slides(deck: Path, name: str, target: Path, helpers: Helpers) -> None:
    shown = shown_slides(deck, name)
    _write(deck, name, "pptx", target, helpers)
    with open_pdf(target, name) as document:
        if len(document) != sum(shown):
            raise ParseError(
                f"LibreOffice shows {len(document)} of the {sum(shown)} slides of {name}: which,"
                " it does not say."
            )
        if all(shown):
            return
        width, height = document.get_page_size(0) if len(document) else (0, 0)
        for place, is_shown in enumerate(shown):
            if not is_shown:
                with closing(document.new_page(width, height, place)):
                    pass
        document.save(filled := target.with_suffix(".filled"))
    filled.replace(target)


def _write(path: Path, name: str, kind: str, target: Path, helpers: Helpers) -> None:
    with converted(path, name, (kind, "pdf"), helpers) as result:
        if result.stat().st_size > MOST_BYTES:
            raise ParseError(f"The pages of {name} take more than {MOST_BYTES >> 20} MB.")
        move(result, target)


@contextmanager
def _accepted(path: Path, name: str) -> Iterator[Path | None]:
    """Copy a text so that its tracked changes are shown as accepted; None if it has no settings."""
    with open_archive(path, name) as archive, TemporaryDirectory(prefix="layout-") as folder:
        package = Package(archive, name)
        settings = package.read(_SETTINGS)
        if settings is None:
            yield None
            return
        space = etree.QName(settings).namespace
        mark = etree.Element(etree.QName(space, "revisionView"))
        mark.set(etree.QName(space, "markup"), "0")
        settings.insert(0, mark)
        copy = Path(folder) / "file.docx"
        _replace(archive, package.real_name(_SETTINGS), etree.tostring(settings), copy)
        yield copy


def _replace(archive: ZipFile, part: str, content: bytes, copy: Path) -> None:
    """Copy an archive with another content of one of its parts."""
    with ZipFile(copy, "w", ZIP_DEFLATED, compresslevel=1) as result:
        for info in archive.infolist():
            if info.filename == part:
                result.writestr(part, content)
                continue
            with archive.open(info) as source, result.open(info.filename, "w") as sink:
                copyfileobj(source, sink)

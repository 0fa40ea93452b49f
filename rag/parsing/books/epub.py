"""Electronic books (epub): the chapters in their order, without the table of contents."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import decode
from rag.parsing.office.archive import open_archive
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.parsing.web.webpage import MAX_BYTES, declared_charset, html_blocks
from rag.types import Block, BlockKind, Page

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_OBFUSCATION = re.compile(rb"Algorithm\s*=\s*[\"']([^\"']+)")
_OF_FONTS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
_CONTENTS = re.compile(r"(?:^|[-_/])(?:nav|toc|contents|inhalt)[-_\d]*\.x?html?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Book:
    """What the package file says: titles, authors, and the paths of the chapters."""

    titles: tuple[str, ...]
    authors: tuple[str, ...]
    chapters: tuple[str, ...]


def _tree(data: bytes, name: str) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    root = etree.fromstring(data, parser) if data.strip() else None
    if root is None:
        raise ParseError(f"{name} is no book that can be read: it does not say what is in it.")
    return root


def _named(root: Any, *names: str) -> list[Any]:
    return [node for node in root.iter("{*}*") if str(node.tag).rpartition("}")[2] in names]


def _texts(root: Any, name: str) -> tuple[str, ...]:
    said = (" ".join("".join(node.itertext()).split()) for node in _named(root, name))
    return tuple(dict.fromkeys(filter(None, said)))


def _read(archive: zipfile.ZipFile, path: str) -> bytes:
    """Return a part; empty where there is none of that name."""
    try:
        with archive.open(path) as stream:
            return stream.read(MAX_BYTES)
    except KeyError:
        return b""


def _chapters(root: Any, folder: str) -> tuple[str, ...]:
    items = {node.get("id"): node for node in _named(root, "item")}
    contents = {
        (node.get("href") or "").partition("#")[0]
        for node in _named(root, "reference")
        if (node.get("type") or "").lower() == "toc"
    }
    found = []
    for reference in _named(root, "itemref"):
        item = items.get(reference.get("idref"))
        href = (item.get("href") or "") if item is not None else ""
        is_page = item is not None and (item.get("media-type") or "") in _PAGES
        is_contents = item is not None and (
            "nav" in (item.get("properties") or "").split()
            or href in contents
            or _CONTENTS.search(href) is not None
        )
        if is_page and not is_contents:
            found.append(posixpath.normpath(posixpath.join(folder, unquote(href))))
    return tuple(dict.fromkeys(found))


def _book(archive: zipfile.ZipFile, name: str) -> _Book:
    container = _read(archive, _CONTAINER)
    paths = [node.get("full-path") or "" for node in _named(_tree(container, name), "rootfile")]
    root = _tree(_read(archive, paths[0]) if paths else b"", name)
    chapters = _chapters(root, posixpath.dirname(paths[0]))
    return _Book(_texts(root, "title"), _texts(root, "creator"), chapters)


def _refuse_locked(archive: zipfile.ZipFile, name: str) -> None:
    """Raise EncryptedFileError if more than the fonts of a book is locked."""
    algorithms = _OBFUSCATION.findall(_read(archive, _ENCRYPTION))
    if any(algorithm not in _OF_FONTS for algorithm in algorithms):
        raise EncryptedFileError(f"{name} is locked by its seller: it needs a password or key.")


def _blocks(path: Path, name: str) -> Iterator[Block]:
    with open_archive(path, name) as archive:
        _refuse_locked(archive, name)
        book = _book(archive, name)
        for title in book.titles[:1]:
            yield Block(text=title, kind=BlockKind.HEADING, level=1)
        if book.authors:
            yield Block(text=f"By {', '.join(book.authors)}")
        for chapter in book.chapters:
            data = _read(archive, chapter)
            if data.strip():
                yield from html_blocks(decode(data, name, declared_charset(data)), titled=False)


def parse_epub(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the chapters of a book; pages are slices of it."""
    with tables_of(name):
        yield from paginate(_blocks(path, name), options)

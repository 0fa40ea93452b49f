"""OpenDocument files (ISO 26300), packed or flat: their content and their styles.

Names are compared without namespaces, which only tell apart what never stands at the same place.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from rag.errors import EmptyFileError, ParseError
from rag.parsing.office.archive import encrypted
from rag.parsing.office.ooxml import (
    MAX_PART_BYTES,
    Package,
    attribute,
    child,
    local_name,
    open_package,
)
from rag.parsing.signatures import ZIP

_DEEPEST_STYLE = 20


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says, or the styles that it comes from: their names, and what is hidden."""

    names: tuple[str, ...] = ()
    hidden: bool = False
    hides_slide: bool = False


NO_STYLE = Style()


@dataclass(frozen=True, slots=True)
class Source:
    """An open document: what it holds, its styles, and the roots that define them."""

    body: Any
    roots: tuple[Any, ...]
    styles: Mapping[str, Style]

    def style(self, element: Any, name: str = "style-name") -> Style:
        """Return the style that an attribute of an element names."""
        return self.styles.get(attribute(element, name), NO_STYLE)

    def all(self, name: str) -> Iterator[Any]:
        """Yield the elements of a name among the styles."""
        for root in self.roots:
            yield from root.iter(f"{{*}}{name}")


@contextmanager
def open_document(path: Path, name: str, kind: str) -> Iterator[Source]:
    """Open a document whose body is of a kind: "text" or "presentation"; raises ParseError."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if not head.strip():
        raise EmptyFileError(f"{name} is empty.")
    if head == ZIP:
        with open_package(path, name) as package:
            yield _packed(package, name, kind)
    else:
        yield _flat(path, name, kind)


def _packed(package: Package, name: str, kind: str) -> Source:
    manifest = package.read("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise encrypted(name)
    content, styles = package.read("content.xml"), package.read("styles.xml")
    if content is None:
        raise ParseError(f"{name} is a zip archive, but no OpenDocument file: it has no content.")
    return _source(tuple(root for root in (styles, content) if root is not None), name, kind)


def _flat(path: Path, name: str, kind: str) -> Source:
    if path.stat().st_size > MAX_PART_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_PART_BYTES // 1024**2} MB: split it.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"{name} is no OpenDocument file: {error.msg}.") from error
    if root is None:
        raise ParseError(f"{name} is no OpenDocument file: it is no XML.")
    return _source((root,), name, kind)


def _source(roots: tuple[Any, ...], name: str, kind: str) -> Source:
    body = child(roots[-1], "body", kind)
    if body is None:
        raise ParseError(f"{name} is damaged, or no OpenDocument file of this kind.")
    elements = {
        attribute(style, "name"): style for root in roots for style in root.iter("{*}style")
    }
    return Source(body, roots, {key: _resolved(key, elements) for key in elements})


def _resolved(name: str, elements: Mapping[str, Any]) -> Style:
    names: list[str] = []
    hidden = hides_slide = False
    while (style := elements.get(name)) is not None and len(names) < _DEEPEST_STYLE:
        shown = attribute(style, "display-name") or name.replace("_20_", " ")
        names.append(shown)
        for properties in style:
            what = local_name(properties)
            if what == "text-properties":
                hidden = hidden or attribute(properties, "display") == "none"
            elif what == "drawing-page-properties":
                hides_slide = hides_slide or attribute(properties, "visibility") == "hidden"
        name = attribute(style, "parent-style-name")
    return Style(tuple(names), hidden, hides_slide)

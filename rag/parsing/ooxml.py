"""The parts of an Office Open XML package, found by their relations and read without trust.

Names are compared without namespaces, so that the Strict variant, which has other ones, reads
the same.
"""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree

from rag.errors import ParseError
from rag.parsing.archive import open_archive

MAX_PART_BYTES = 64 * 1024**2
"""Larger parts are refused where they have to be read as a whole."""


def local_name(element: Any) -> str:
    """Return an element's name without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute by its name without namespace."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, default))


def child(element: Any, *names: str) -> Any:
    """Return the first child named `names[0]`, then its first child named `names[1]`, and so on.

    None if there is none.
    """
    for name in names:
        element = next((found for found in element if local_name(found) == name), None)
        if element is None:
            return None
    return element


class Package:
    """An open Office file: its parts by name and by their relation to each other."""

    def __init__(self, archive: ZipFile, name: str) -> None:
        """Read `archive`, which the user calls `name`."""
        self._archive = archive
        self._name = name
        self._parts = {part.lower(): part for part in archive.namelist()}

    def has(self, part: str) -> bool:
        """Tell whether a part is in the archive."""
        return part.lower() in self._parts

    def read(self, part: str) -> Any:
        """Return the root element of a part, or None if it is missing, empty or no XML at all."""
        if not self.has(part):
            return None
        info = self._archive.getinfo(self._parts[part.lower()])
        if info.file_size > MAX_PART_BYTES:
            limit = MAX_PART_BYTES // 1024**2
            raise ParseError(f"{self._name} has a part {part} over the limit of {limit} MB.")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
        )
        try:
            return etree.fromstring(self._archive.read(info), parser)
        except etree.XMLSyntaxError:
            return None

    def children(self, part: str, container: str) -> Iterator[Any]:
        """Yield the children of a part's element named `container`, each freed after its use."""
        with self._archive.open(self._parts[part.lower()]) as stream:
            events = etree.iterparse(
                stream,
                events=("end",),
                tag="{*}*",
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
            )
            try:
                for _, element in events:
                    parent = element.getparent()
                    if parent is not None and local_name(parent) == container:
                        yield element
                        element.clear(keep_tail=False)
                        while element.getprevious() is not None:
                            parent.remove(element.getprevious())
            except etree.XMLSyntaxError as error:
                message = f"{self._name} is damaged: its part {part} is not XML ({error.msg})."
                raise ParseError(message) from error

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's internal relations by id: (kind, name of the other part).

        The kind is the last piece of the relation's type, such as "footnotes".
        """
        folder, base = posixpath.split(part)
        root = self.read(posixpath.join(folder, "_rels", f"{base}.rels"))
        found = {}
        for relation in root if root is not None else ():
            if attribute(relation, "TargetMode") != "External":
                target = posixpath.normpath(
                    posixpath.join("/", folder, attribute(relation, "Target"))
                )
                kind = attribute(relation, "Type").rpartition("/")[2]
                found[attribute(relation, "Id")] = (kind, target.lstrip("/"))
        return found

    def related(self, part: str, *kinds: str) -> list[str]:
        """Return the names of the existing parts that `part` relates to in one of these ways."""
        relations = self.relations(part).values()
        return [target for kind, target in relations if kind in kinds and self.has(target)]

    def main_part(self, default: str) -> str:
        """Return the name of the part that holds the document; ParseError if there is none."""
        part = next(iter(self.related("", "officeDocument")), default)
        if not self.has(part):
            suffix = Path(self._name).suffix.removeprefix(".")
            raise ParseError(
                f"{self._name} is a zip archive, but not a {suffix} file: it lacks {part}."
            )
        return part


@contextmanager
def open_package(path: Path, name: str) -> Iterator[Package]:
    """Open an Office Open XML file within the limits of `rag.parsing.archive`."""
    with open_archive(path, name) as archive:
        yield Package(archive, name)


def chart_text(root: Any) -> str:
    """Return what a chart says: its titles, then each series with its categories and values."""
    lines = [
        "".join(text.text or "" for text in title.iter("{*}t")) for title in root.iter("{*}title")
    ]
    for series in root.iter("{*}ser"):
        values = {
            role: [value.text or "" for value in element.iter("{*}v")]
            for role in ("tx", "cat", "val")
            if (element := child(series, role)) is not None
        }
        points = zip(values.get("cat", []), values.get("val", []), strict=False)
        named = "; ".join(f"{category}: {value}" for category, value in points)
        lines.append(" ".join(filter(None, [" ".join(values.get("tx", [])), named])))
    return "\n".join(line for line in lines if line.strip())

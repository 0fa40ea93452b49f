"""The parts of an Office Open XML package, found by their relations and read without trust.

Names are compared without namespaces, so that the Strict variant, which has other ones, reads
the same.
"""

import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from lxml import etree

from rag.errors import ParseError
from rag.parsing.office.archive import open_archive

MAX_PART_BYTES = 64 * 1024**2
"""Larger parts are refused where they have to be read as a whole."""

MAX_RUNS = 20_000
"""How many runs of one paragraph are held at a time: a document may be a single paragraph."""


def local_name(element: Any) -> str:
    """Return an element's name without its namespace; empty for comments and instructions."""
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=2048)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute by its name without namespace."""
    for key, value in element.items():
        if _local(key) == name:
            return str(value)
    return default


def child(element: Any, *names: str) -> Any:
    """Return the first child named `names[0]`, then its first child named `names[1]`, and so on.

    None if there is none.
    """
    for name in names:
        for found in element:
            tag = found.tag
            if isinstance(tag, str) and _local(tag) == name:
                element = found
                break
        else:
            return None
    return element


def _children(events: Iterable[tuple[str, Any]], container: str) -> Iterator[Any]:
    runs = 0
    for _, element in events:
        parent = element.getparent()
        if parent is None:
            continue
        name = _local(parent.tag)  # what holds an element is one
        if name == container:
            runs = 0
            yield element
            _free(element, parent)
        elif name == "p":
            runs += 1
            outer = parent.getparent()
            if runs >= MAX_RUNS and outer is not None and local_name(outer) == container:
                runs = 0
                yield _beginning(parent, element)


def _free(element: Any, parent: Any) -> None:
    element.clear(keep_tail=False)
    while element.getprevious() is not None:
        parent.remove(element.getprevious())


def _beginning(paragraph: Any, element: Any) -> Any:
    """Move what stands before `element` to a paragraph of its own, with the properties.

    The element itself and what follows is left alone: the parser may be at work there.
    """
    beginning = paragraph.makeelement(paragraph.tag)
    for sibling in reversed(list(element.itersiblings(preceding=True))):
        is_property = local_name(sibling) == "pPr"
        beginning.append(deepcopy(sibling) if is_property else sibling)
    return beginning


class Package:
    """An open Office file: its parts by name and by their relation to each other."""

    def __init__(self, archive: ZipFile, name: str) -> None:
        """Read `archive`, which the user calls `name`."""
        self._archive = archive
        self._name = name
        self._parts = {part.lower(): part for part in archive.namelist()}
        self._relations: dict[str, dict[str, tuple[str, str]]] = {}

    def names(self) -> Iterable[str]:
        """Return the names of all parts, as the archive spells them."""
        return self._parts.values()

    def has(self, part: str) -> bool:
        """Return whether a part is in the archive."""
        return part.lower() in self._parts

    def real_name(self, part: str) -> str:
        """Return a part's name as the archive spells it; empty if the part is not in it."""
        return self._parts.get(part.lower(), "")

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

    def children(self, part: str, container: str, *names: str) -> Iterator[Any]:
        """Yield the children with these names of an element `container`, each freed after its use.

        A paragraph of very many runs comes several times, each time with the next of them.
        """
        with self.open(part) as stream:
            events = etree.iterparse(
                stream,
                events=("end",),
                tag=[f"{{*}}{name}" for name in (*names, "r")],
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
            )
            try:
                yield from _children(events, container)
            except etree.XMLSyntaxError as error:
                message = f"{self._name} is damaged: its part {part} is not XML ({error.msg})."
                raise ParseError(message) from error

    def elements(self, part: str, *names: str) -> Iterator[Any]:
        """Yield the elements of these names in a part, none within another, each freed after use.

        Faster than `children` where there are millions.
        """
        with self.open(part) as stream:
            events = etree.iterparse(
                stream,
                events=("end",),
                tag=[f"{{*}}{name}" for name in names],
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
            )
            try:
                for _, element in events:
                    yield element
                    if (parent := element.getparent()) is not None:
                        _free(element, parent)
            except etree.XMLSyntaxError as error:
                message = f"{self._name} is damaged: its part {part} is not XML ({error.msg})."
                raise ParseError(message) from error

    def open(self, part: str) -> IO[bytes]:
        """Open a part that is there, to be read as it streams."""
        return self._archive.open(self._parts[part.lower()])

    def external(self, part: str) -> dict[str, str]:
        """Return the addresses outside of the file to which a part relates, by id."""
        return {
            attribute(relation, "Id"): attribute(relation, "Target")
            for relation in self._relation_elements(part)
            if attribute(relation, "TargetMode") == "External"
        }

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's internal relations by id: (kind, name of the other part).

        The kind is the last piece of the relation's type, such as "footnotes".
        """
        if part not in self._relations:
            # One part's only: what asks again and again does so for the part that it reads.
            self._relations = {part: self._read_relations(part)}
        return self._relations[part]

    def _relation_elements(self, part: str) -> Iterable[Any]:
        folder, base = posixpath.split(part)
        root = self.read(posixpath.join(folder, "_rels", f"{base}.rels"))
        return root if root is not None else ()

    def _read_relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder = posixpath.dirname(part)
        found = {}
        for relation in self._relation_elements(part):
            if attribute(relation, "TargetMode") != "External":
                target = posixpath.normpath(
                    posixpath.join("/", folder, attribute(relation, "Target"))
                )
                kind = attribute(relation, "Type").rpartition("/")[2]
                found[attribute(relation, "Id")] = (kind, target.lstrip("/"))
        return found

    def related(self, part: str, *kinds: str) -> list[str]:
        """Return the existing parts to which `part` relates in one of these ways, each once."""
        relations = self.relations(part).values()
        found = (self.real_name(target) for kind, target in relations if kind in kinds)
        return [target for target in dict.fromkeys(found) if target]

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
    """Open an Office Open XML file within the limits of `rag.parsing.office.archive`."""
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

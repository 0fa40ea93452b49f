"""Which files are brought in, and which of them a dataset has already."""

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from api.cli.answers import Document
from rag.parsing.junk import is_junk
from rag.parsing.registry import suffix_of, supported_suffixes

PATH, FOLDER = "path", "folder"
"""The metadata that tell which file a document was made from: below which folder, and where."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and where it is: its path below the folder that was named, with slashes.

    `folder` is the absolute path of that folder, or the name that the user gives to it instead.
    Both together are what a file is known by on later runs, whichever folder is named then.
    """

    file: Path
    folder: str
    path: str

    @property
    def location(self) -> str:
        """Return what the file is known by."""
        return join(self.folder, self.path)

    @property
    def metadata(self) -> dict[str, str]:
        """Return what its document says of it."""
        return {PATH: self.path, FOLDER: self.folder}


def find_files(paths: Iterable[Path], source: str = "") -> list[Found]:
    """Return the files that are named, and those in the folders that are, each once.

    `source` is a name that stands for the folder. Hidden files, and what is in hidden folders,
    must be named themselves. Folders that cannot be looked into are among them, so that nobody
    takes them for empty.
    """
    found: dict[Path, Found] = {}
    for path in paths:
        top = path.parent if path.is_file() else path
        folder = source or readable(top.resolve())
        for file in [path] if path.is_file() else visible_files(path):
            below = readable(file.relative_to(top))
            found.setdefault(file.resolve(), Found(file, folder, below))
    return list(found.values())


def readable(path: Path) -> str:
    """Return a path with slashes; bytes that are not UTF-8 are written as escapes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def join(folder: str, path: str) -> str:
    """Return the place of a file."""
    return f"{folder.rstrip('/')}/{path}"


def visible_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and the folders in it, in order.

    Hidden ones are left out, and what systems and office programs leave about.
    """
    closed: set[Path] = set()
    for path in sorted([folder, *folder.rglob("*")]):
        if is_hidden(path.relative_to(folder)) or path.parent in closed:
            continue
        if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
            closed.add(path)
            yield path
        elif path.is_file() and not is_junk(str(path.relative_to(folder))):
            yield path


def is_hidden(path: Path) -> bool:
    """Return whether a file or a folder above it begins with a dot."""
    return any(part.startswith(".") for part in path.parts)


def is_supported(path: Path) -> bool:
    """Return whether files of this kind can be parsed."""
    return suffix_of(path.name) in supported_suffixes()


@dataclass(slots=True)
class Plan:
    """What is to be done: the documents that are there, and the files that are not.

    `older` has for some files the documents that were made from them before; `adopted` the files
    whose documents are there, but say nothing of where the file is now.
    """

    kept: dict[Found, Document] = field(default_factory=dict)
    new: list[Found] = field(default_factory=list)
    older: dict[Found, list[Document]] = field(default_factory=dict)
    adopted: list[Found] = field(default_factory=list)


def plan(files: Sequence[Found], documents: Iterable[Document]) -> Plan:
    """Match files with documents; each document stands for one file.

    A document belongs to the file at the place that it tells. One that tells none, or one where
    there is no file any more, is that of a file with its name or path and its very content.
    """
    made, known = Plan(), Documents(documents)
    for file in files:
        own = known.take_placed(file)
        same = same_content(file, own)
        if same is not None:
            made.kept[file] = same
        if older := [item for item in own if item is not same]:
            made.older[file] = older
    for file in files:
        if file in made.kept:
            continue
        alike = None if file in made.older else known.take_alike(file)
        if alike is None:
            made.new.append(file)
        else:
            made.kept[file] = alike
            made.adopted.append(file)
    return made


class Documents:
    """The documents of a dataset that no file stands for yet."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Sort them by place and by size, so that few files have to be read."""
        self.placed: dict[str, list[Document]] = defaultdict(list)
        self.by_size: dict[int, list[Document]] = defaultdict(list)
        for document in documents:
            self.placed[place_of(document)].append(document)
            self.by_size[document["size"]].append(document)

    def take_placed(self, file: Found) -> list[Document]:
        """Return, and forget, the documents of the file at a place, shortest names first."""
        own = self.placed.pop(file.location, [])
        for document in own:
            self.by_size[document["size"]].remove(document)
        return sorted(own, key=lambda item: len(item["name"]))

    def take_alike(self, file: Found) -> Document | None:
        """Return, and forget, a document of the same content that may have been made from a file.

        None if there is none. A file that cannot be read is in none.
        """
        alike = self.by_size.get(size_of(file.file), [])
        found = same_content(file, [item for item in alike if may_be_of(item, file)])
        if found is not None:
            alike.remove(found)
        return found


def place_of(document: Document) -> str:
    """Return the place that a document says its file is at; empty if it says none."""
    fields = document.get("meta_fields") or {}
    path, folder = fields.get(PATH), fields.get(FOLDER)
    return join(folder, path) if isinstance(path, str) and isinstance(folder, str) else ""


def may_be_of(document: Document, file: Found) -> bool:
    """Return whether a document of the same content is that of a file, by all that it says.

    One that says nothing of its place must have the file's name, be it with a number. A file that
    was moved with its folder has left its place, and its path below the folder is the same.
    """
    place = place_of(document)
    if not place:
        return has_name(document["name"], file.file.name)
    fields = document["meta_fields"]
    moved = Path(place).is_absolute() and not os.path.lexists(place)
    return moved and fields[PATH] == file.path and Path(file.folder).is_absolute()


def same_content(file: Found, documents: Sequence[Document]) -> Document | None:
    """Return the first of some documents that has a file's content; None if none has."""
    try:
        size = file.file.stat().st_size
        alike = [item for item in documents if item["size"] == size]
        digest = content_hash(file.file) if alike else ""
    except OSError:
        return None
    return next((item for item in alike if item["content_hash"] == digest), None)


def size_of(file: Path) -> int:
    """Return the size of a file; 0 for one that is gone, as its upload will tell."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def has_name(document_name: str, file_name: str) -> bool:
    """Return whether a document has the name of a file, be it with a number: `name(1).txt`."""
    known, wanted = PurePosixPath(key(document_name)), PurePosixPath(key(file_name))
    numbered = rf"{re.escape(wanted.stem)}(\(\d+\))?"
    return known.suffix == wanted.suffix and re.fullmatch(numbered, known.stem) is not None


def key(name: str) -> str:
    """Return what names are compared by."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def content_hash(file: Path) -> str:
    """Return the SHA-256 of a file, as the server gives that of a document."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

"""Which files are brought in, and which of them a dataset has already."""

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rag.parsing.registry import suffix_of, supported_suffixes

Document = dict[str, Any]


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and those in the folders that are, each once.

    Hidden files, and what is in hidden folders, must be named themselves. Folders that cannot be
    looked into are among them, so that nobody takes them for empty.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in [path] if path.is_file() else visible_files(path):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def visible_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and the folders in it, in order, hidden ones left out."""
    closed: set[Path] = set()
    for path in sorted([folder, *folder.rglob("*")]):
        if is_hidden(path.relative_to(folder)) or path.parent in closed:
            continue
        if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
            closed.add(path)
            yield path
        elif path.is_file():
            yield path


def is_hidden(path: Path) -> bool:
    """Tell whether a file or a folder above it begins with a dot."""
    return any(part.startswith(".") for part in path.parts)


def is_supported(path: Path) -> bool:
    """Tell whether files of this kind can be parsed."""
    return suffix_of(path.name) in supported_suffixes()


@dataclass(slots=True)
class Plan:
    """What is to be done: the documents that are there, and the files that are not.

    `older` has for some new files the documents with their name and another content.
    """

    kept: list[Document] = field(default_factory=list)
    new: list[Path] = field(default_factory=list)
    older: dict[Path, list[Document]] = field(default_factory=dict)


def plan(files: Sequence[Path], documents: Iterable[Document]) -> Plan:
    """Match files with documents by content and name; each document stands for one file."""
    left = Documents(documents)
    made = Plan()
    for file in files:
        if (document := left.take_same(file)) is not None:
            made.kept.append(document)
        else:
            made.new.append(file)
    for file in made.new:
        if older := left.take_named(file.name):
            made.older[file] = older
    return made


class Documents:
    """The documents of a dataset that no file stands for yet."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Sort them by size, so that few files have to be read."""
        self.by_size: dict[int, list[Document]] = defaultdict(list)
        for document in documents:
            self.by_size[document["size"]].append(document)

    def take_same(self, file: Path) -> Document | None:
        """Return, and forget, the document with a file's content and name; None if there is none.

        A file that cannot be read is in none.
        """
        try:
            alike = self.by_size.get(file.stat().st_size, [])
            named = [item for item in alike if has_name(item["name"], file.name)]
            digest = content_hash(file) if named else ""
        except OSError:
            return None
        for document in named:
            if document["content_hash"] == digest:
                alike.remove(document)
                return document
        return None

    def take_named(self, name: str) -> list[Document]:
        """Return, and forget, the documents with a file's name, that without a number first."""
        found: list[Document] = []
        for alike in self.by_size.values():
            named = [item for item in alike if has_name(item["name"], name)]
            alike[:] = [item for item in alike if item not in named]
            found += named
        return sorted(found, key=lambda item: len(item["name"]))


def has_name(document_name: str, file_name: str) -> bool:
    """Tell whether a document has the name of a file, be it with a number: `name(1).txt`."""
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

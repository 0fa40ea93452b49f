"""What a backup is: a tar of the database, the files and the secret key, whole or refused.

The first member describes it, the last one says that nothing is missing. The database is copied
first and the files afterwards: a file too many does no harm.
"""

import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from click import ClickException

FORMAT = 1

MANIFEST, DATABASE, FILES, SECRET, END = "raglan.json", "raglan.db", "files", "secret.key", "end"

WORK = ".tmp"
"""The folder among the files that holds what is not whole yet; see `rag.storage.directory`."""

PAGES = 4096
"""Pages of the database that are copied between two looks at the progress."""

WRONG = "{} is no backup of Raglan, or not whole: {}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `created` is in ISO 8601 with a zone, `files` their number."""

    format: int
    version: str
    created: str
    files: int


Told = Callable[[str, int, int], None]
"""Is told what is copied, how much of it is, and of how much."""


def write_archive(
    target: Path, data: Path, files: Path | None, version: str, created: str, told: Told
) -> Manifest:
    """Write a backup of the data folder `data`, whole or not at all; raises OSError.

    `files` is the folder of the files, None where they are kept elsewhere.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".raglan-") as work:
            copy = Path(work) / DATABASE
            copy_database(data / DATABASE, copy, told)
            found = list(stored(files)) if files else []
            manifest = Manifest(FORMAT, version, created, len(found))
            with (
                open(partial, "xb", opener=private) as opened,
                tarfile.open(fileobj=opened, mode="w") as archive,
            ):
                add_text(archive, MANIFEST, json.dumps(asdict(manifest)))
                archive.add(copy, DATABASE)
                with suppress(FileNotFoundError):
                    archive.add(data / SECRET, SECRET)
                for number, path in enumerate(found, 1):
                    # A file that somebody deletes meanwhile is no file of the backup.
                    with suppress(FileNotFoundError):
                        archive.add(path, f"{FILES}/{path.relative_to(files or data)}")
                    told("files", number, len(found))
                add_text(archive, END, "")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read: a backup holds all documents and keys."""
    return os.open(path, flags, 0o600)


def copy_database(source: Path, target: Path, told: Told) -> None:
    """Copy an SQLite database as it is at one moment, while others write to it."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as opened,
        closing(sqlite3.connect(target)) as copy,
    ):
        opened.execute("BEGIN")  # all pages are of this moment
        opened.execute("SELECT 1 FROM sqlite_master").fetchone()
        opened.backup(
            copy, pages=PAGES, progress=lambda _, left, total: told("database", total - left, total)
        )


def stored(files: Path) -> Iterator[Path]:
    """Yield the files of the object store, without those that are still being written."""
    for path in sorted(files.rglob("*")):
        if path.is_file() and path.relative_to(files).parts[0] != WORK:
            yield path


def add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    """Add a member with a text."""
    raw = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(raw), 0o600
    archive.addfile(member, BytesIO(raw))


def read_archive(source: Path, target: Path, told: Told) -> Manifest:
    """Unpack a backup into a folder; raises ClickException for what is none, or not whole."""
    try:
        with tarfile.open(source, "r:") as archive:
            manifest = manifest_of(archive, source)
            last = ""
            number = 0
            for member in archive:
                last = member.name
                if member.name in {DATABASE, SECRET} or member.name.startswith(f"{FILES}/"):
                    archive.extract(member, target, filter="data")
                if member.name.startswith(f"{FILES}/"):
                    number += 1
                    told("files", number, manifest.files)
    except (tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise ClickException(WRONG.format(source, error)) from error
    if last != END:
        raise ClickException(WRONG.format(source, "its end is missing."))
    check_database(source, target / DATABASE)
    return manifest


def manifest_of(archive: tarfile.TarFile, source: Path) -> Manifest:
    """Return what a backup says of itself; raises ClickException for another format."""
    first = archive.next()
    opened = archive.extractfile(first) if first and first.name == MANIFEST else None
    if opened is None:
        raise ClickException(WRONG.format(source, "it does not begin as one."))
    manifest = Manifest(**json.load(opened))
    if manifest.format != FORMAT:
        raise ClickException(f"{source} was made by a later version of Raglan: {manifest.version}.")
    return manifest


def check_database(source: Path, path: Path) -> None:
    """Raise ClickException unless the database of a backup is whole."""
    if not path.is_file():
        raise ClickException(WRONG.format(source, "it has no database."))
    with closing(sqlite3.connect(path)) as database:
        try:
            [found] = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise ClickException(WRONG.format(source, f"its database is damaged ({found})."))

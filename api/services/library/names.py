"""Names that must be unique, mostly whatever their case, and the numbers that make them so."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from pathlib import PurePosixPath

from api.errors import ArgumentError

KEY_LIMIT = 255
"""Characters of the columns that hold keys of names."""

NAME_BYTES = 255
"""Bytes of a file name at most, as file systems have it."""

LONGEST_PATH = 4096

_ID = re.compile(r"[0-9a-f]{32}")
_CHUNK_ID = re.compile(r"[0-9a-f]{16}")

Numbered = Callable[[str, int], str]
"""Returns a name with a number put to it."""


def is_id(value: str) -> bool:
    """Return whether a text has the form of an id; only such a text is looked up."""
    return _ID.fullmatch(value) is not None


def is_chunk_id(value: str) -> bool:
    """Return whether a text has the form of a chunk's id."""
    return _CHUNK_ID.fullmatch(value) is not None


def name_key(name: str) -> str:
    """Return what a name is compared by: composed characters, no case.

    Folding can make a name longer than the column; then a digest stands for its end.
    """
    key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    if len(key) <= KEY_LIMIT:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return key[: KEY_LIMIT - len(digest)] + digest


def candidates(
    name: str,
    numbered: Numbered,
    taken: Collection[str],
    *,
    key: Callable[[str], str] = name_key,
) -> Iterator[str]:
    """Yield the name and its numbered forms, those left out whose keys are taken."""
    number = 0
    while True:
        candidate = numbered(name, number) if number else name
        if key(candidate) not in taken:
            yield candidate
        number += 1


def numbered_title(limit: int) -> Numbered:
    """Return how a title of at most `limit` characters is numbered: `title(1)`."""

    def numbered(name: str, number: int) -> str:
        ending = f"({number})"
        return name[: limit - len(ending)] + ending

    return numbered


def numbered_file(limit: int) -> Numbered:
    """Return how a file name of at most `limit` bytes is numbered: `name(1).ext`."""

    def numbered(name: str, number: int) -> str:
        suffix = PurePosixPath(name).suffix
        ending = f"({number}){suffix}"
        stem = name.removesuffix(suffix).encode()[: limit - len(ending.encode())]
        return stem.decode(errors="ignore") + ending

    return numbered


def clean_file_name(raw: str) -> str:
    """Return the name of a file without folders; raises ArgumentError for one that cannot be kept.

    Everything up to the last slash or backslash goes, and spaces at both ends.
    """
    if len(raw) > LONGEST_PATH:
        raise ArgumentError(f"File name must be {NAME_BYTES} bytes or less.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in raw):
        raise ArgumentError("File name must not contain control characters.")
    name = re.split(r"[/\\]", raw)[-1].strip()
    if name in {"", ".", ".."}:
        raise ArgumentError("File name must not be empty.")
    if len(name.encode()) > NAME_BYTES:
        raise ArgumentError(f"File name must be {NAME_BYTES} bytes or less.")
    return name

"""Files inside Office files: read by the parser of their kind, or named as not read."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.inside import MOST_DEPTH, inner_pages
from rag.parsing.office.notes import Notes
from rag.parsing.office.ooxml import Package
from rag.parsing.registry import suffix_of, supported_suffixes
from rag.parsing.signatures import NAMED_BYTES, likely_suffix
from rag.types import Block

MOST_EMBEDDED = 100
NOT_READ = "embedded objects were not read"


def embedded_files(
    package: Package, part: str, notes: Notes, options: ParseOptions
) -> Iterator[Block]:
    """Yield what the files say that are embedded in a part, and note those that cannot be read."""
    for embedded in package.related(part, "package", "oleObject")[:MOST_EMBEDDED]:
        yield from embedded_blocks(package, embedded, notes, options)


def embedded_blocks(
    package: Package, embedded: str, notes: Notes, options: ParseOptions
) -> Iterator[Block]:
    """Yield what an embedded file says; notes say why one could not be read."""
    name = PurePosixPath(embedded).name
    with TemporaryDirectory(prefix="embedded-") as folder:
        path = Path(folder) / "content"
        with package.open(embedded) as source, path.open("wb") as target:
            copyfileobj(source, target)
        with path.open("rb") as stream:
            head = stream.read(NAMED_BYTES)
        named = suffix_of(name)
        suffix = named if named in supported_suffixes() else likely_suffix(head)
        if not suffix or options.depth >= MOST_DEPTH:
            notes.add(NOT_READ, name)
            return
        called = name if suffix == named else f"{name}.{suffix}"
        try:
            for page in inner_pages(path, called, options):
                if page.note:
                    notes.add(f"{called}: {page.note}")
                yield from page.blocks
        except ParseError as error:
            notes.add(f"{NOT_READ}: {error}")

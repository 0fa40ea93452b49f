"""Files inside files: attachments, embedded files, what is in archives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.errors import ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.registry import find_parser
from rag.types import Block, Page

MOST_DEPTH = 5
"""In how many files, of whatever formats, a file may lie that is read."""


def inner_pages(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the pages of a file inside of one that is read with `options`.

    The boxes of its blocks are left out: they would be taken for places in the file around it.
    Raises ParseError and its children, also where it lies in too many files.
    """
    if options.depth >= MOST_DEPTH:
        raise ParseError(f"{name} lies in more than {MOST_DEPTH} files.")
    for page in find_parser(name)(path, name, options.inside()):
        yield replace(page, blocks=tuple(replace(one, positions=()) for one in page.blocks))


def inner_blocks(
    data: bytes, name: str, options: ParseOptions, remarks: list[str]
) -> Iterator[Block]:
    """Yield what the bytes of a file say that is inside of another; raises as `inner_pages`.

    What its pages remark comes into `remarks`, with its name.
    """
    with TemporaryDirectory(prefix="attachment-") as folder:
        path = Path(folder) / "content"
        path.write_bytes(data)
        for page in inner_pages(path, name, options):
            yield from page.blocks
            if page.note:
                remarks.append(f"{name}: {page.note}")

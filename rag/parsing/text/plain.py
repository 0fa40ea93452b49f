"""Plain text and source code."""

from collections.abc import Iterator
from pathlib import Path, PurePath

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import open_text, slices
from rag.parsing.paging import paginate
from rag.parsing.text.wrapping import unwrapped, usual_width
from rag.types import Block, BlockKind, Page

_PROSE = frozenset({".txt", ".text", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ""})


def _parts(text: str, *, keep_indented: bool = False) -> Iterator[str]:
    """Cut a text at its blank lines; with `keep_indented` only at those before unindented ones."""
    kept: list[str] = []
    after_blank = False
    for line in text.split("\n"):
        if line.strip():
            if after_blank and not (keep_indented and line[0].isspace()):
                yield "\n".join(kept).strip("\n").rstrip()
                kept = []
            kept.append(line)
            after_blank = False
        else:
            after_blank = bool(kept)
            kept.extend([line] if kept else [])
    if kept:
        yield "\n".join(kept).strip("\n").rstrip()


def text_blocks(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a text, which blank lines or form feeds part, as they are."""
    for part in _parts(text.replace("\f", "\n\n").replace("\ufeff", "")):
        yield Block(text=part)


def prose_blocks(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a text, those that were broken to fit a width without the breaks."""
    parts = list(_parts(text.replace("\f", "\n\n").replace("\ufeff", "")))
    width = usual_width(parts)
    for part in parts:
        yield Block(text=unwrapped(part, width))


def _paragraphs(path: Path, name: str) -> Iterator[Block]:
    is_prose = PurePath(name).suffix.lower() in _PROSE
    with open_text(path, name) as stream:
        for piece in slices(stream):
            yield from prose_blocks(piece) if is_prose else text_blocks(piece)


def _definitions(path: Path, name: str) -> Iterator[Block]:
    with open_text(path, name) as stream:
        for piece in slices(stream):
            for part in _parts(piece.replace("\ufeff", ""), keep_indented=True):
                yield Block(text=part, kind=BlockKind.CODE)


def parse_text(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a text file's paragraphs; pages are slices of it."""
    return paginate(_paragraphs(path, name), options)


def parse_code(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield source code, cut where a blank line stands before an unindented one."""
    return paginate(_definitions(path, name), options)

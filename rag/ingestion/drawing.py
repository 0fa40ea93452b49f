"""The pages of one file as pictures, made in processes of their own; see `rag.ingestion.asking`."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rag.ingestion.asking import ask_reader
from rag.ingestion.limits import ParserLimits
from rag.ingestion.wire import ParseRequest, Wanted
from rag.parsing.base import PageSize, PictureOptions


def lay_out(path: Path, name: str, target: Path, limits: ParserLimits, folder: Path) -> None:
    """Write what an Office file looks like into a PDF, the `target`; raises ParseError."""
    request = ParseRequest(str(path), name, Wanted.LAYOUT, target=str(target))
    ask_reader(request, limits, folder)


def measure_pages(path: Path, name: str, limits: ParserLimits, folder: Path) -> list[PageSize]:
    """Return how large the pages of a file are; raises ParseError."""
    return _sizes(ParseRequest(str(path), name, Wanted.SIZES), limits, folder)


def measure_words(
    path: Path, name: str, limits: ParserLimits, folder: Path
) -> tuple[list[PageSize], bytes]:
    """Return how large the pages of a PDF are, and their words for `finding`; raises ParseError."""
    target = folder / "words.npy"
    request = ParseRequest(str(path), name, Wanted.SIZES, target=str(target))
    return _sizes(request, limits, folder), target.read_bytes()


def _sizes(request: ParseRequest, limits: ParserLimits, folder: Path) -> list[PageSize]:
    told = ask_reader(request, limits, folder)
    return [(float(width), float(height)) for width, height in told["sizes"]]


def draw_pages(
    options: PictureOptions, path: Path, name: str, limits: ParserLimits, folder: Path
) -> Mapping[int, bytes]:
    """Return the pictures of pages in PNG by their numbers; raises ParseError."""
    request = replace(
        ParseRequest(str(path), name, Wanted.PICTURES),
        first_page=options.first_page,
        last_page=options.last_page,
        width=options.width,
        scale=options.scale,
    )
    told = ask_reader(request, limits, folder)
    return {int(number): b64decode(picture) for number, picture in told["pictures"]}

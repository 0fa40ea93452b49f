"""Pages of documents on the wire."""

from typing import Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import Request
from api.services.ingestion.records import Pages, PictureSize

WIDTH = 1000
"""Pixels that the picture of a page is wide unless something else is wanted."""


class PageNumber(Request):
    """Which page; the first one is 1."""

    page: int = Field(ge=1, le=10_000_000)


class PagesQuery(Request):
    """Which chunk is to be found on the pages; none for the pages alone."""

    chunk_id: str = ""


class PictureQuery(Request):
    """How large the picture of a page is to be: in pixels, or in pixels for each point."""

    width: int | None = Field(None, ge=50, le=2400)
    scale: float | None = Field(None, ge=0.1, le=4)

    @model_validator(mode="after")
    def one_of_them(self) -> Self:
        """Refuse two sizes at once."""
        if self.width is not None and self.scale is not None:
            raise ArgumentError("`width` and `scale` cannot be given together.")
        return self

    def size(self) -> PictureSize:
        """Return how large the picture is to be."""
        return PictureSize(self.width or WIDTH, round(self.scale or 0, 2))


class SizesAnswer(TypedDict):
    """Pages that follow each other, and how large each of them is."""

    first: int
    last: int
    width: float
    height: float


class PagesAnswer(TypedDict):
    """How many pages there are, whether chunks tell their places, and sizes in points or pixels."""

    total: int
    unit: str
    placed: bool
    version: str
    sizes: list[SizesAnswer]


class FoundAnswer(PagesAnswer):
    """The pages, and boxes around a chunk: page, left, right, top, bottom; none if not found."""

    positions: list[list[float]]


def present_found(pages: Pages, positions: list[list[float]]) -> FoundAnswer:
    """Return the pages of a document with the places of a chunk as they go out."""
    return {**present_pages(pages), "positions": positions}


def present_pages(pages: Pages) -> PagesAnswer:
    """Return the pages of a document as they go out."""
    return {
        "total": pages.total,
        "unit": "px" if pages.is_picture else "pt",
        "placed": pages.is_placed,
        "version": pages.version,
        "sizes": [
            {"first": run.first, "last": run.last, "width": run.width, "height": run.height}
            for run in pages.runs
        ],
    }

"""A document as it is looked at, on the wire."""

from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import MAX_PAGE, Request
from api.schemas.sdk.chunk_shape import HandMadeAnswer, present_hand_made
from api.schemas.sdk.document import DocumentAnswer, present_document
from api.schemas.sdk.page import PagesAnswer, present_pages
from api.schemas.unread import unread
from api.services.ingestion.viewing import Look, View
from api.services.library.records import ChunkRecord

MOST_SHOWN = 100


class ViewQuery(Request):
    """What of a document is to be seen: a page of the file, or a part of all chunks.

    `chunk_id` is a chunk that is to be among what is seen.
    """

    on_page: int | None = Field(None, ge=0, le=MAX_PAGE)
    part: int | None = Field(None, ge=1, le=MAX_PAGE)
    page_size: int = Field(25, ge=1, le=MOST_SHOWN)
    chunk_id: str = ""
    keywords: str = ""
    source: Literal["", "parsed", "edited", "added"] = ""

    def look(self) -> Look:
        """Return what is to be seen."""
        return Look(
            self.page_size,
            self.part,
            self.on_page,
            self.chunk_id,
            self.keywords.strip(),
            self.source,
        )


class ViewedChunkAnswer(TypedDict):
    """A chunk of the document; `source` says whether it was parsed, edited or added."""

    id: str
    content: str
    important_keywords: list[str]
    questions: list[str]
    available: bool
    source: str
    positions: list[list[float]]
    headings: list[str]


class ViewAnswer(TypedDict):
    """A part of a document.

    `total` counts the chunks of the list of which `chunks` is the part `part`. `on_page` is the
    page of the file on which these stand, 0 for the whole document. `level` is what one may do with
    a dataset of somebody else, null for one's own. `pages` is null where the file
    has none that can be shown, and `pages_problem` says why.
    """

    dataset_name: str
    level: str | None
    document: DocumentAnswer
    edits: HandMadeAnswer
    pages: PagesAnswer | None
    pages_problem: str
    on_page: int
    part: int
    total: int
    chunks: list[ViewedChunkAnswer]


def present_view(view: View) -> ViewAnswer:
    """Return what is seen of a document as it goes out."""
    return {
        "dataset_name": view.dataset_name,
        "level": view.level,
        "document": present_document(view.found.document),
        "edits": present_hand_made(view.hand_made),
        "pages": present_pages(view.pages) if view.pages else None,
        "pages_problem": view.problem,
        "on_page": view.on_page,
        "part": view.part,
        "total": view.found.total,
        "chunks": [present_viewed(chunk) for chunk in view.found.chunks],
    }


def present_viewed(chunk: ChunkRecord) -> ViewedChunkAnswer:
    """Return a chunk of a document that is shown beside it."""
    return {
        "id": chunk.id,
        "content": chunk.content,
        "important_keywords": unread(chunk.important_keywords),
        "questions": unread(chunk.questions),
        "available": bool(chunk.available),
        "source": chunk.source,
        "positions": unread(chunk.positions),
        "headings": unread(chunk.headings),
    }

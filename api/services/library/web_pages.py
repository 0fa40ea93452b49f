"""Pages of the web as documents of datasets."""

from io import BytesIO
from typing import Protocol

from api.errors import UnsupportedTypeError
from api.fetching.pages import Limits, Page
from api.services.accounts.records import Principal
from api.services.library.document_upload import UploadService
from api.services.library.records import DocumentRecord
from api.services.library.values import Upload
from rag.parsing.registry import document_type, suffix_of

ADDRESS = "url"
"""The metadata that tell from where a document was fetched."""

SUFFIXES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/csv": "csv",
    "application/json": "json",
    "application/epub+zip": "epub",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}
"""How files of a media type are called. What else there is has the suffix of its address."""

SAME = {"html": frozenset({"htm", "xhtml"}), "md": frozenset({"markdown"})}
"""Other suffixes of the same."""


class Pages(Protocol):
    """Where pages of the web come from."""

    def fetch(self, url: str, limits: Limits | None = None) -> Page:
        """Return what is at an address; raises ArgumentError, FetchError, CrowdedError."""
        ...


class WebPages:
    """Fetches pages of the web, and adds them to datasets as files."""

    def __init__(self, pages: Pages, uploads: UploadService) -> None:
        """Initialize with the parts."""
        self.pages = pages
        self.uploads = uploads

    def add(self, asker: Principal, dataset_id: str, name: str, url: str) -> DocumentRecord:
        """Add what is at an address to a dataset under a name, and return the document.

        It is a copy, which does not change with the page. Raises NotFoundError for a dataset to
        which the asker may not add, UnsupportedTypeError for what cannot be read, and what fetching
        raises.
        """
        self.uploads.dataset(asker, dataset_id)
        page = self.pages.fetch(url)
        file = Upload(file_name(name, page), BytesIO(content_of(page)), {ADDRESS: page.url})
        return self.uploads.upload(asker, dataset_id, [file])[0]


def file_name(name: str, page: Page) -> str:
    """Return a name with the suffix of what a page is; raises UnsupportedTypeError."""
    suffix = SUFFIXES.get(page.media_type) or suffix_of(page.url.partition("?")[0])
    if document_type(f"page.{suffix}") == "other":
        raise UnsupportedTypeError(page.media_type or "The page")
    has_it = suffix_of(name) in {suffix, *SAME.get(suffix, ())}
    return name if has_it else f"{name}.{suffix}"


def content_of(page: Page) -> bytes:
    """Return the bytes of a page; text whose encoding its server names as UTF-8 with its mark.

    A file has no headers, and the mark counts before what is written in the file (HTML, 13.2.3).
    """
    if not page.media_type.startswith("text/") or page.charset in {"", "utf-8", "utf8"}:
        return page.content
    try:
        return page.content.decode(page.charset).encode("utf-8-sig")
    except (LookupError, UnicodeError):
        return page.content

"""Reading the pages that a search engine has found; nothing of them is kept."""

import logging
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import NamedTuple

from api.config.web_search import WebSearchSettings
from api.errors import RaglanError
from api.execution import Execution
from api.fetching.engines.base import Found
from api.fetching.pages import Limits, Page
from api.observability.definitions import WEB_PAGES
from api.observability.recorder import Recorder
from api.services.ingestion.reading import ReadingService
from api.services.library.web_pages import Pages, content_of, file_name
from api.services.web_search.together import together
from rag.types import ChunkDraft

log = logging.getLogger(__name__)

MOST_CHUNKS = 60
"""Of a page: some 30,000 tokens, in reading order."""

NAME = "page"


class ReadPage(NamedTuple):
    """A page that was found, and what it says; there are no chunks where it cannot be read."""

    found: Found
    chunks: tuple[ChunkDraft, ...] = ()


class PageService:
    """Fetches pages, under limits of their own, and has them read in parser processes."""

    def __init__(
        self,
        settings: Callable[[], WebSearchSettings],
        pages: Pages,
        reading: ReadingService,
        execution: Execution,
        recorder: Recorder,
    ) -> None:
        """Initialize with the parts."""
        self.settings = settings
        self.pages = pages
        self.reading = reading
        self.execution = execution
        self.recorder = recorder

    def read(self, found: Sequence[Found]) -> list[ReadPage]:
        """Return what pages say, in their order, as far as they can be read."""
        if self.settings().pages != "on":
            return [ReadPage(one) for one in found]
        at_once = self.settings().pages_at_once
        return list(together(self.execution, at_once, self.read_one, found))

    def read_one(self, found: Found) -> ReadPage:
        """Return what a page says."""
        chunks: tuple[ChunkDraft, ...] = ()
        page = self.fetched(found)
        if page is not None:
            try:
                chunks = self.cut(page)
            except RaglanError as error:
                log.info("A page that was found on the web is not read: %s", error)
        self.recorder.count(WEB_PAGES, "read" if chunks else "unread")
        return ReadPage(found, chunks)

    def fetched(self, found: Found) -> Page | None:
        """Return a page; None where it cannot be had."""
        rules = self.settings()
        try:
            return self.pages.fetch(found.url, Limits(rules.page_timeout, rules.page_bytes))
        except RaglanError as error:
            log.info("A page that was found on the web is not fetched: %s", error)
            return None

    def cut(self, page: Page) -> tuple[ChunkDraft, ...]:
        """Return the first chunks of a page; raises RaglanError where it cannot be read."""
        name, content = file_name(NAME, page), content_of(page)
        with self.reading.received(BytesIO(content), len(content)) as path:
            seconds = self.settings().page_timeout
            return self.reading.cut(path, name, MOST_CHUNKS, seconds).drafts

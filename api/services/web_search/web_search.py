"""Searching the web for somebody: what engines find, and what the pages say to a question."""

from collections.abc import Callable, Sequence

from api.config.settings import Settings
from api.errors import NotAllowedError
from api.fetching.engines.base import Found
from api.fetching.pages import Page
from api.permissions import WEB_SEARCH
from api.services.accounts.records import Principal
from api.services.groups.permissions import PermissionService
from api.services.stores.knowledge_records import Gathered, GatheredFile
from api.services.web_search.asking import AskingService
from api.services.web_search.pages import PageService
from api.services.web_search.passages import PassageService, Wish, whole
from api.services.web_search.together import together

OFF = "The web is not searched here: an administrator can switch that on."

LONGEST_QUERY = 400
"""Characters: some engines take no more."""


class WebSearchService:
    """Searches for those who may; nothing of it is kept."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        permissions: PermissionService,
        asking: AskingService,
        pages: PageService,
        passages: PassageService,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.settings = settings
        self.permissions = permissions
        self.asking = asking
        self.pages = pages
        self.passages = passages

    def check(self, asker: Principal) -> None:
        """Raise NotAllowedError where the web is not searched, or not for the asker."""
        if not self.settings().web_search.is_on:
            raise NotAllowedError(OFF)
        if WEB_SEARCH in self.permissions.denied():
            self.permissions.check(asker, [WEB_SEARCH])

    def find(self, asker: Principal, queries: Sequence[str]) -> list[Found]:
        """Return the pages that some questions find, best first.

        Raises NotAllowedError, NotConfiguredError, and UnavailableError where no question has an
        answer.
        """
        self.check(asker)
        asked = list(dict.fromkeys(filter(None, map(query_of, queries))))
        return self.asking.find(asked) if asked else []

    def gather(self, asker: Principal, question: str, found: Sequence[Found]) -> Gathered:
        """Return what pages say to a question, or all that they say where the settings want that.

        What cannot be read is what the engine says, and what has no room as a whole is searched.
        """
        settings = self.settings()
        wish = Wish(settings.frontend.passages, settings.frontend.threshold)
        told: tuple[GatheredFile, ...] = ()
        pages = self.pages.read(found)
        if settings.web_search.whole == "on":
            told, pages = whole(pages)
        chosen = self.passages.choose(asker, question, pages, wish) if pages else ()
        return Gathered((*told, *chosen))

    def fetch(self, found: Sequence[Found]) -> list[Page]:
        """Return pages as they were fetched, those that can be had."""
        rules = self.settings().web_search
        if rules.pages != "on":
            return []
        execution = self.asking.execution
        pages = together(execution, rules.pages_at_once, self.pages.fetched, found)
        return list(filter(None, pages))


def query_of(question: str) -> str:
    """Return a question as engines take it: one line, not too long."""
    return " ".join(question.split())[:LONGEST_QUERY]

"""Which of the things that people make in the workspace a list has, and in which order."""

from dataclasses import dataclass

from api.services.stores.knowledge_values import Whose

PAGE = 30
"""Things of a page."""


@dataclass(frozen=True, slots=True)
class WorkspaceFilter:
    """Which models or prompts: with words in what they say, with a tag, whose, in which order."""

    keywords: str = ""
    tag: str = ""
    whose: Whose = Whose.EVERYBODY
    order: str = "update_time"
    descending: bool = True
    page: int = 1

    @property
    def offset(self) -> int:
        """Return how many rows come before the page."""
        return (self.page - 1) * PAGE

"""What files and knowledge bases are searched for: a question, or queries that a model writes."""

import logging
from collections.abc import Callable, Sequence

from api.config.frontend import FrontendSettings
from api.config.settings import RetrievalSettings
from api.errors import RaglanError
from api.services.accounts.records import Principal
from api.services.webui.records import Turn
from api.services.webui.turns import asked_last, text_of
from api.services.webui.writing import Kind, WritingService
from rag.errors import RagError

log = logging.getLogger(__name__)

SPEAKERS = frozenset({"user", "assistant"})


class Queries:
    """What is searched for; it is found out once, when something is searched."""

    def __init__(self, question: str, write: Callable[[], tuple[str, ...]]) -> None:
        """Initialize with a question, and what returns queries for it, if there are any."""
        self.question = question
        self.write = write
        self.told: tuple[str, ...] = ()
        self.asked: tuple[str, ...] | None = None

    def __call__(self) -> Sequence[str]:
        """Return what is searched for."""
        if self.asked is None:
            self.told = self.write()
            self.asked = self.told or (self.question,)
        return self.asked


class QueryingService:
    """Lets a model write queries where the settings want that."""

    def __init__(
        self,
        writing: WritingService,
        settings: Callable[[], FrontendSettings],
        retrieval: Callable[[], RetrievalSettings],
    ) -> None:
        """Initialize with the parts; the functions return the settings that are in force now."""
        self.writing = writing
        self.settings = settings
        self.retrieval = retrieval

    def about(self, asker: Principal, model: str, messages: Sequence[Turn]) -> Queries:
        """Return what is searched for to answer the last question of a conversation."""
        question = asked_last(messages)
        return Queries(question, lambda: self.written(asker, model, question, messages))

    def written(
        self, asker: Principal, model: str, question: str, messages: Sequence[Turn]
    ) -> tuple[str, ...]:
        """Return the queries of a model; none where the settings want none.

        The question stands as it is where a model writes none, fails, or takes too long.
        """
        if self.settings().queries == "off" or not question.strip():
            return ()
        said = [
            {"role": str(one["role"]), "content": text_of(one.get("content"))}
            for one in messages
            if one.get("role") in SPEAKERS
        ]
        within = self.retrieval().step_timeout
        try:
            found = self.writing.write(asker, Kind.QUERIES, model, said, within)
        except (RaglanError, RagError) as error:
            log.info("A question is searched for as it stands: %s", error)
            return (question,)
        return found.texts or (question,)

"""What people want remembered of them, and told to models in their chats."""

from collections.abc import Callable

from api.config.frontend import FrontendSettings
from api.db.base import new_id, now_ms
from api.db.connection import Database, connected, connection
from api.errors import NotFoundError, RuleError
from api.services.accounts.records import Principal
from api.services.models.embedding import EmbeddingService
from api.services.webui import memory_queries as queries
from api.services.webui.memory_records import Memory, MemoryHit
from api.things import Kind

MOST = 1000
"""Memories of a person."""

MODEL = "wordllama@Builtin"
"""The bundled model: it embeds so many short texts, whose words it knows, in milliseconds."""

TOLD = 3
"""Memories that a model is told with a question."""

RULE = "What the user wants remembered; use it where it helps:\n{}"


class MemoryService:
    """Keeps the memories of persons; to everybody else they do not exist."""

    def __init__(
        self,
        database: Database,
        embeddings: EmbeddingService,
        settings: Callable[[], FrontendSettings],
    ) -> None:
        """Initialize with where they are kept, and what compares them."""
        self.settings = settings
        self.database = database
        self.embeddings = embeddings

    @connected
    def every(self, asker: Principal, keywords: str = "") -> list[Memory]:
        """Return the memories of the asker that have a text in them, the oldest first."""
        return queries.of_person(self.database, asker.user_id, keywords)

    @connected
    def add(self, asker: Principal, content: str, kind: str, path: str) -> Memory:
        """Keep a memory and return it; raises RuleError where there are too many."""
        now = now_ms()
        made = Memory(new_id(), asker.user_id, kind, path, content, now, now)
        with self.database.atomic():
            if queries.count(self.database, asker.user_id) >= MOST:
                raise RuleError(f"There are {MOST:,} memories, and no room for more.")
            queries.add(self.database, made)
        return made

    @connected
    def change(self, asker: Principal, memory_id: str, content: str) -> Memory:
        """Change what a memory says and return it; raises NotFoundError."""
        found = queries.find(self.database, asker.user_id, memory_id)
        if found is None:
            raise NotFoundError(Kind.MEMORY, memory_id)
        changed = found._replace(content=content or found.content, update_time=now_ms())
        queries.change(self.database, changed)
        return changed

    @connected
    def delete(self, asker: Principal, memory_id: str) -> None:
        """Forget a memory; raises NotFoundError."""
        if not queries.delete(self.database, asker.user_id, memory_id):
            raise NotFoundError(Kind.MEMORY, memory_id)

    @connected
    def delete_all(self, asker: Principal) -> None:
        """Forget all memories of the asker."""
        queries.delete_all(self.database, asker.user_id)

    def nearest(self, asker: Principal, text: str, limit: int) -> list[MemoryHit]:
        """Return the memories that mean most what a text does, best first.

        No connection is held while they are compared. Raises UnavailableError.
        """
        with connection(self.database):
            found = queries.of_person(self.database, asker.user_id)
        if not found or not text.strip():
            return []
        texts = [text, *(memory.content for memory in found)]
        vectors = self.embeddings.embed(asker, MODEL, texts).vectors
        cosines = (vectors[1:] @ vectors[0]).tolist()
        hits = [MemoryHit(one, max(like, 0.0)) for one, like in zip(found, cosines, strict=True)]
        return sorted(hits, key=lambda hit: -hit.similarity)[:limit]

    def recalled(self, asker: Principal, text: str) -> str:
        """Return what a model is told with a question; empty where nothing is remembered."""
        if self.settings().memories != "on":
            return ""
        hits = self.nearest(asker, text, TOLD)
        lines = (f"- {hit.memory.content}" for hit in hits)
        return RULE.format("\n".join(lines)) if hits else ""

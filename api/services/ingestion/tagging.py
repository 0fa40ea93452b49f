"""Finding the tags of a text: those of the most similar texts of tag sets."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from api.db.connection import Database, connected
from api.services.ingestion.queries import enriching as queries
from api.services.library.chunk_index import Embedders
from rag.engines.base import ChunkStore
from rag.engines.defaults import VECTOR_WEIGHT
from rag.llm.base import Embedder
from rag.retrieval.retriever import RetrievalOptions, Retriever
from rag.types import run_inline

SIMILAR = 10
"""How many texts of a tag set are looked at, of those that reach the usual threshold."""

LONGEST = 4000
"""How many characters of a text are compared."""


class TagSet(NamedTuple):
    """A dataset of texts with tags, and the model of its vectors."""

    id: str
    embedder: Embedder


class Tagger:
    """Looks texts up in tag sets."""

    def __init__(self, database: Database, chunk_store: ChunkStore, models: Embedders) -> None:
        """Initialize with the parts."""
        self.database = database
        self.models = models
        self.retriever = Retriever(chunk_store, run_inline)

    @connected
    def sets(self, tenant_id: str, ids: Sequence[str]) -> list[TagSet]:
        """Return those of some datasets that are tag sets of a tenant."""
        found = queries.tag_sets(self.database, tenant_id, ids) if ids else []
        return [TagSet(each, self.models.embedder(tenant_id, model)) for each, model in found]

    def tags(self, sets: Sequence[TagSet], text: str, most: int) -> list[str]:
        """Return the tags of similar texts, by the sum of their similarities; raises ModelError."""
        weights: dict[str, float] = defaultdict(float)
        for each in sets:
            weight = each.embedder.card.weight(VECTOR_WEIGHT)
            options = RetrievalOptions(vector_weight=weight, limit=SIMILAR)
            found = self.retriever.retrieve(text[:LONGEST], (each.id,), each.embedder, options)
            for hit in found.hits:
                for tag in hit.chunk.important_keywords:
                    weights[tag] += hit.similarity
        ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
        return [tag for tag, _ in ranked[:most]]

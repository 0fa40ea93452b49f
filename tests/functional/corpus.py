"""A dataset with a searchable document, laid down without parsing anything."""

from dataclasses import dataclass

from api.container import Services
from api.db.base import new_id
from api.db.connection import connection
from api.db.models.dataset import Dataset
from api.db.models.document import Document
from rag.types import Chunk, DocumentFacts, MetaValue, Position

TEXTS = (
    "The lighthouse keeper lights the lamp at dusk and puts it out at dawn.",
    "The tide table hangs by the door; spring tides come at new and full moon.",
    "Error E-1042 means that the lamp oil is low: fill the tank before night.",
)
LAMP = "When does the keeper light the lamp?"
"""A question that the first of them answers."""


@dataclass(frozen=True)
class Corpus:
    """A tenant's dataset `handbook` and its document `keeper.md`."""

    tenant_id: str
    dataset_id: str
    document_id: str

    def another(
        self,
        services: Services,
        name: str,
        chunk_count: int = 1,
        embedding_model: str = "wordllama@Builtin",
    ) -> str:
        """Add a dataset of the same tenant and return its id."""
        with connection(services.database):
            return add_dataset(self.tenant_id, name, chunk_count, embedding_model)

    def drop(self, services: Services) -> None:
        """Delete the dataset, as far as the database knows."""
        with connection(services.database):
            Document.delete_by_id(self.document_id)
            Dataset.delete_by_id(self.dataset_id)


def lay_down(services: Services, tenant_id: str) -> Corpus:
    """Create a dataset of a tenant with a document."""
    with connection(services.database):
        dataset_id = add_dataset(tenant_id, "handbook", len(TEXTS))
        metadata: dict[str, MetaValue] = {"shelf": "north", "year": 1999}
        document_id = add_document(services, tenant_id, dataset_id, "keeper.md", TEXTS, metadata)
    return Corpus(tenant_id, dataset_id, document_id)


def add_dataset(
    tenant_id: str, name: str, chunk_count: int, embedding_model: str = "wordllama@Builtin"
) -> str:
    """Add a dataset's row and return its id."""
    dataset_id = new_id()
    Dataset.insert(
        id=dataset_id,
        tenant_id=tenant_id,
        created_by=tenant_id,
        name=name,
        name_key=name,
        embedding_model=embedding_model,
        chunk_count=chunk_count,
    ).execute()
    return dataset_id


def add_document(
    services: Services,
    tenant_id: str,
    dataset_id: str,
    name: str,
    texts: tuple[str, ...],
    metadata: dict[str, MetaValue] | None = None,
) -> str:
    """Add a document with chunks, visible to searches, and return its id."""
    document_id = new_id()
    Document.insert(
        id=document_id,
        dataset_id=dataset_id,
        tenant_id=tenant_id,
        created_by=tenant_id,
        name=name,
        name_key=name,
        generation=1,
        chunk_count=len(texts),
        meta_fields=metadata or {},
    ).execute()
    chunks = [
        Chunk(
            id=f"{ordinal:x}{document_id}"[:16],
            document_id=document_id,
            dataset_id=dataset_id,
            content=text,
            ordinal=ordinal,
            positions=(Position(ordinal + 1, 10, 20, 30, 40),),
        )
        for ordinal, text in enumerate(texts)
    ]
    embedder = services.models.models.embedder(tenant_id, "wordllama@Builtin")
    vectors = embedder.embed_documents(list(texts))
    facts = DocumentFacts(document_id, dataset_id, name, metadata or {})
    services.chunk_store.put(facts, chunks, vectors)
    return document_id

"""Lists of a dataset's documents, with all their filters."""

import orjson

from api.db.connection import Database
from api.errors import Kind, NotFoundError
from api.services.library.queries import document_list as queries
from api.services.library.records import DocumentPage
from api.services.library.values import DocumentFilter, Page
from rag.engines.conditions import matches


def list_documents(
    database: Database, dataset_id: str, wanted: DocumentFilter, part: Page
) -> DocumentPage:
    """Return a page of documents and how many there are in all.

    Raises NotFoundError for an id or name that no document of the dataset has.
    """
    check_exists(database, dataset_id, wanted)
    if wanted.condition is None:
        return DocumentPage(*queries.page(database, dataset_id, wanted, part))
    ids = [
        document_id
        for document_id, fields in queries.metadata(database, dataset_id, wanted, part)
        if matches(wanted.condition, orjson.loads(fields))
    ]
    shown = ids[part.offset : part.offset + part.limit]
    return DocumentPage(len(ids), queries.some(database, dataset_id, shown))


def check_exists(database: Database, dataset_id: str, wanted: DocumentFilter) -> None:
    """Raise NotFoundError unless the dataset has what is asked for by id and name."""
    if wanted.id and not queries.has_id(database, dataset_id, wanted.id):
        raise NotFoundError(Kind.DOCUMENT, wanted.id)
    if wanted.name and not queries.has_name(database, dataset_id, wanted.name):
        raise NotFoundError(Kind.DOCUMENT, wanted.name)

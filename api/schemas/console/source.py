"""Where a document comes from, in a word that RAGFlow's pages know."""

from api.services.library.records import DocumentRecord


def source_of(document: DocumentRecord) -> str:
    """Return where a document comes from: a page goes blank on a word for which it has no icon."""
    return "local" if document.source_type == "local" else ""

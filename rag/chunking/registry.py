"""The chunk methods of the contract by name, and the chunker that carries each out.

`audio` cuts what was said as `naive` cuts what was written. A graph of what a document names is not
built, so there is no `knowledge_graph`.
"""

from rag.chunking.base import Chunker
from rag.errors import ConfigurationError
from rag.loading import loaded

_CHUNKERS = {
    "naive": "rag.chunking.naive:chunk_text",
    "audio": "rag.chunking.naive:chunk_text",
    "book": "rag.chunking.sections:chunk_book",
    "email": "rag.chunking.mails:chunk_mails",
    "laws": "rag.chunking.sections:chunk_laws",
    "manual": "rag.chunking.sections:chunk_manual",
    "one": "rag.chunking.one:chunk_whole",
    "paper": "rag.chunking.sections:chunk_paper",
    "picture": "rag.chunking.one:chunk_pages",
    "presentation": "rag.chunking.naive:chunk_slides",
    "qa": "rag.chunking.qa:chunk_pairs",
    "table": "rag.chunking.table:chunk_rows",
    "tag": "rag.chunking.tag:chunk_tagged",
}


def implemented_methods() -> frozenset[str]:
    """Return the names that `find_chunker` knows."""
    return frozenset(_CHUNKERS)


def find_chunker(chunk_method: str) -> Chunker:
    """Return the chunker of a chunk method; raises ConfigurationError for one not implemented."""
    if chunk_method not in _CHUNKERS:
        known = ", ".join(sorted(_CHUNKERS))
        raise ConfigurationError(
            f"The chunk method {chunk_method} is not implemented; choose one of {known}."
        )
    chunker: Chunker = loaded(_CHUNKERS[chunk_method])
    return chunker

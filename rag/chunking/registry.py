"""The chunk methods of the contract by name, and the chunker that carries each out.

`book`, `laws`, `manual`, `paper` and `email` cut as `naive` does, which keeps headings with their
text; `presentation` does so slide by slide. `picture`, `audio`, `tag`, `resume` and
`knowledge_graph` are not implemented.
"""

from rag.chunking.base import Chunker
from rag.errors import ConfigurationError
from rag.loading import loaded

_CHUNKERS = {
    "naive": "rag.chunking.naive:chunk_text",
    "book": "rag.chunking.naive:chunk_text",
    "email": "rag.chunking.naive:chunk_text",
    "laws": "rag.chunking.naive:chunk_text",
    "manual": "rag.chunking.naive:chunk_text",
    "paper": "rag.chunking.naive:chunk_text",
    "presentation": "rag.chunking.naive:chunk_slides",
    "one": "rag.chunking.one:chunk_whole",
    "qa": "rag.chunking.qa:chunk_pairs",
    "table": "rag.chunking.table:chunk_rows",
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

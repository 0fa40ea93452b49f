"""Passages that are found by their parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from api.db.connection import Database
from api.services.search.queries import parents_of, parts_of
from api.services.search.records import Place
from rag.engines.base import Hit


def with_parents(
    database: Database, hits: Sequence[Hit], places: Mapping[str, Place]
) -> Iterator[Hit]:
    """Yield hits, where those that are parts of one passage are one hit: the best, with its text.

    A passage whose parts are on several pages is on each of them.
    """
    parents = {
        (document_id, chunk_id): parent
        for document_id, ids in parted(hits, places).items()
        for chunk_id, parent in parents_of(database, document_id, ids).items()
    }
    seen: set[tuple[str, int]] = set()
    for hit in hits:
        chunk = hit.chunk
        parent = parents.get((chunk.document_id, chunk.id))
        if parent is None:
            yield hit
        elif (chunk.document_id, parent) not in seen:
            seen.add((chunk.document_id, parent))
            whole = joined(parts_of(database, chunk.document_id, parent))
            yield replace(hit, chunk=replace(chunk, content=whole), part=chunk.content)


def parted(hits: Sequence[Hit], places: Mapping[str, Place]) -> dict[str, list[str]]:
    """Return the ids of hits that may be parts, by document."""
    found: dict[str, list[str]] = {}
    for hit in hits:
        document_id = hit.chunk.document_id
        if places.get(document_id, Place()).has_parents:
            found.setdefault(document_id, []).append(hit.chunk.id)
    return found


def joined(parts: Sequence[str]) -> str:
    """Return the text of a passage; parts that people have edited may end without a blank."""
    whole = ""
    for part in parts:
        is_apart = not whole or whole[-1].isspace() or part[:1].isspace()
        glue = "" if is_apart or not (whole[-1].isascii() and part[:1].isascii()) else "\n"
        whole += glue + part
    return whole

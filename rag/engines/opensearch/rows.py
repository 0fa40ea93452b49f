"""How chunks lie in OpenSearch: what is searched, and beside it what only readers need."""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xxhash

from rag.engines.indexing import Tokenize, count_terms, in_language, unit_rows
from rag.engines.opensearch.client import Json
from rag.engines.opensearch.conditions import metadata_keywords
from rag.engines.repeats import content_digest
from rag.engines.segmented.rows import read_chunk, write_content
from rag.passages import passage_text
from rag.types import Chunk, DocumentFacts, Vector

_LONGEST_WORD = 60
"""Letters of a token that stands as it is; one tokenizer of OpenSearch cuts after 255."""

_ID_LETTERS = 32
"""Of the id of a document, with which a label begins."""


def word(token: str) -> str:
    """Return what stands for a token in a text that is cut at blanks."""
    if len(token) <= _LONGEST_WORD and token.isprintable() and " " not in token and token[0] != "#":
        return token
    return "#" + xxhash.xxh3_128_hexdigest(token.encode("utf-8", "surrogatepass"))


def _name(facts: DocumentFacts) -> str:
    return facts.name.encode("utf-8", "replace").decode()


def label(facts: DocumentFacts) -> str:
    """Return id and name of a document in one."""
    return facts.id + _name(facts)


def read_label(text: str) -> tuple[str, str]:
    """Return id and name of a document."""
    return text[:_ID_LETTERS], text[_ID_LETTERS:]


def _words(counts: Mapping[str, int]) -> str:
    return " ".join(word(token) for token, count in counts.items() for _ in range(count))


def held_words(row: Json) -> Counter[str]:
    """Return how often a chunk holds each word."""
    return Counter(row["tokens"].split())


def _vector(vector: Vector) -> Json:
    # What has no length, or none that a float holds, is like nothing and only kept.
    if unit_rows(vector[np.newaxis])[0].any():
        return {"vector": [float(str(one)) for one in vector]}
    return {"raw": base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()}


def read_vector(row: Json) -> Vector:
    """Return the vector of a chunk as it was written."""
    if "vector" in row:
        return np.array(row["vector"], np.float32)
    return np.frombuffer(base64.b64decode(row["raw"]), "<f4").astype(np.float32)


def _described(facts: DocumentFacts, chunk: Chunk, tokenize: Tokenize) -> Json:
    """Return what of a chunk depends on what is known of its document."""
    counts = count_terms(facts.found_by, chunk, in_language(tokenize, facts.language))
    return {
        "label": label(facts),
        "shown": facts.enabled and chunk.available,
        "length": counts.total(),
        "tokens": _words(counts),
        "metadata": metadata_keywords(facts.metadata),
    }


def make_row(
    facts: DocumentFacts, chunk: Chunk, vector: Vector, batch: str, rows: str, tokenize: Tokenize
) -> Json:
    """Return what is kept of a chunk."""
    digest = content_digest(passage_text(chunk.headings, chunk.content))
    return {
        "dataset": facts.dataset_id,
        "rows": rows,
        "document": facts.id,
        "batch": batch,
        "chunk": chunk.id,
        "available": chunk.available,
        "passage": f"{digest:x}" if digest else row_id(batch, chunk.id),
        "content": base64.b64encode(write_content(chunk)).decode(),
        **_vector(vector),
        **_described(facts, chunk, tokenize),
    }


def row_id(batch: str, chunk_id: str) -> str:
    """Return the id of a chunk within a dataset, which each batch has once."""
    return f"{batch}.{chunk_id}"


def chunk_of(row: Json) -> Chunk:
    """Return a chunk as it was written."""
    content = base64.b64decode(row["content"])
    return read_chunk(row["chunk"], row["document"], row["dataset"], row["available"], content)


def in_batch(row: Json, batch: str) -> Json:
    """Return a chunk in another batch."""
    own = row["passage"] == row_id(row["batch"], row["chunk"])
    passage = row_id(batch, row["chunk"]) if own else row["passage"]
    return {**row, "batch": batch, "passage": passage}


def described_again(row: Json, facts: DocumentFacts, tokenize: Tokenize, *, anew: bool) -> Json:
    """Return a chunk of a document of which something else is known.

    Its tokens are made `anew`, or if the name is another.
    """
    if anew or row["label"] != label(facts):
        return {**row, **_described(facts, chunk_of(row), tokenize)}
    shown = facts.enabled and row["available"]
    return {**row, "shown": shown, "metadata": metadata_keywords(facts.metadata)}


def turned(row: Json, facts: DocumentFacts, *, available: bool) -> Json:
    """Return a chunk, available or not."""
    return {**row, "available": available, "shown": facts.enabled and available}


def facts_of(record: Json) -> DocumentFacts:
    """Return what is known of a document."""
    return DocumentFacts(**record["facts"])


def record_of(facts: DocumentFacts, generation: int) -> Json:
    """Return what is kept of a document, with its visible generation."""
    return {
        "generation": generation,
        "facts": {
            "id": facts.id,
            "dataset_id": facts.dataset_id,
            "name": facts.name,
            "metadata": dict(facts.metadata),
            "enabled": facts.enabled,
            "language": facts.language,
        },
    }


def unlike(batches: Iterable[str]) -> list[Json]:
    """Return what excludes some batches."""
    listed = list(batches)
    return [{"terms": {"batch": listed}}] if listed else []


def of_document(
    document_id: str, kept: Iterable[str], chunk_ids: Sequence[str] | None = None
) -> Json:
    """Return a query for chunks of a document, all or some, that are not in batches to be kept."""
    wanted: list[Json] = [{"term": {"document": document_id}}]
    if chunk_ids is not None:
        wanted.append({"terms": {"chunk": list(chunk_ids)}})
    return {"bool": {"filter": wanted, "must_not": unlike(kept)}}

"""What a chunk store that can be read says of what it was given."""

from dataclasses import replace

import numpy as np
import pytest

from rag.engines.base import ChunkStore
from rag.engines.conditions import same_metadata
from rag.engines.content import content_of
from rag.types import MetaValue, Position
from tests.chunk_corpus import ABSENT, DATASET, EMBEDDER, make_chunks, make_document, stage

pytestmark = pytest.mark.on_postgresql

METADATA: dict[str, MetaValue] = {
    "place": ["Tower", "Shed"],
    "year": 1907,
    "weight": 2.5,
    "lit": True,
    "none": [],
}


def test_a_document_is_read_as_it_was_written(
    chunk_store: ChunkStore, chunk_store_url: str
) -> None:
    document = make_document("lamp.md", metadata=METADATA)
    chunks = make_chunks(
        document,
        ["The keeper\x00 lights\ud800 the lamp.", "Ein Haus.", ""],
        important_keywords=("lens",),
        questions=("Who lights it?",),
        positions=(Position(1, 2.5, 3.5, 4.5, 5.5),),
        image_id="a.png",
        created_at=1796070522446,
        headings=("Lamp", "Dusk"),
    )
    vectors = EMBEDDER.embed_documents([chunk.content for chunk in chunks])
    chunk_store.put_document(document)
    chunk_store.put(document, chunks, vectors)
    chunk_store.set_available(DATASET, document.id, [chunks[1].id], available=False)
    stage(chunk_store, document, "A later one.", generation=9)
    content = content_of(chunk_store)
    if content is None:
        assert chunk_store_url == "memory://"
        return
    with content.reading(DATASET, [document.id, ABSENT]) as copies:
        [(generation, pieces)] = [(copy.visible, list(copy.pieces)) for copy in copies]

    generations = [piece.generation for piece in pieces]
    assert generations == sorted(generations, key=[generation, 9].index)
    held = {
        chunk.id: (chunk, vector)
        for piece in pieces
        if piece.generation == generation
        for chunk, vector in zip(piece.chunks, piece.vectors, strict=True)
    }
    assert len(held) == len(chunks)
    for chunk, vector in zip(chunks, vectors, strict=True):
        assert held[chunk.id][0] == replace(chunk, available=chunk != chunks[1])
        assert np.array_equal(held[chunk.id][1], vector)
    facts = pieces[0].document
    assert replace(facts, metadata={}) == replace(document, metadata={})
    assert same_metadata(facts.metadata, METADATA)
    assert not same_metadata(facts.metadata, {**METADATA, "lit": False})

"""What every chunk store searches: the datasets and documents asked for, and repeats among them."""

import numpy as np
import pytest

from rag.engines.base import ChunkStore
from rag.errors import DimensionMismatchError
from tests.chunk_corpus import (
    DATASET,
    EMBEDDER,
    OTHER,
    ask,
    contents,
    make_chunks,
    make_document,
    write,
)


def test_only_the_datasets_asked_for_are_searched(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide a")
    write(chunk_store, make_document(dataset=OTHER), "tide b")

    assert contents(ask(chunk_store, "tide", DATASET)) == ["tide a"]
    assert contents(ask(chunk_store, "tide", OTHER)) == ["tide b"]
    both = ask(chunk_store, "tide", OTHER, DATASET, OTHER, "c" * 32)
    assert sorted(contents(both)) == ["tide a", "tide b"]
    assert both.total == 2


def test_the_rarity_of_a_word_is_that_in_all_the_datasets_asked_for(
    chunk_store: ChunkStore,
) -> None:
    write(chunk_store, make_document(), "tide", "tide", "tide", "storm")
    write(chunk_store, make_document(dataset=OTHER), "storm", "storm", "storm", "storm", "tide")
    one = ask(chunk_store, "tide storm", DATASET, vectors=False, threshold=0.0)
    both = ask(chunk_store, "tide storm", DATASET, OTHER, vectors=False, threshold=0.0)
    assert contents(one)[0] == "storm"
    assert contents(both)[0] == "tide"


def test_datasets_of_different_dimensions_are_searched_by_words(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide a")
    other = make_document(dataset=OTHER)
    chunk_store.put(other, make_chunks(other, ["tide b"]), np.ones((1, 3), np.float32))

    found = ask(chunk_store, "tide", DATASET, OTHER, vectors=False)

    assert sorted(contents(found)) == ["tide a", "tide b"]


@pytest.mark.parametrize("datasets", [(DATASET, OTHER), (OTHER, DATASET), (OTHER,)])
def test_vectors_must_be_as_long_as_those_of_each_dataset(
    chunk_store: ChunkStore, datasets: tuple[str, ...]
) -> None:
    write(chunk_store, make_document(), "tide a")
    other = make_document(dataset=OTHER)
    chunk_store.put(other, make_chunks(other, ["tide b"]), np.ones((1, 3), np.float32))

    with pytest.raises(DimensionMismatchError) as error:
        ask(chunk_store, "tide", *datasets, document_ids=())

    assert (error.value.expected, error.value.actual) == (3, EMBEDDER.dimensions)


def test_only_the_documents_asked_for_are_searched(chunk_store: ChunkStore) -> None:
    one, two, other = make_document(), make_document(), make_document(dataset=OTHER)
    write(chunk_store, one, "tide a")
    write(chunk_store, two, "tide b")
    write(chunk_store, other, "tide c")

    def found(*documents: str) -> list[str]:
        return sorted(contents(ask(chunk_store, "tide", document_ids=documents)))

    assert found(one.id) == ["tide a"]
    assert found(two.id, one.id, two.id, "absent") == ["tide a", "tide b"]
    assert found(other.id) == []
    assert found() == []


def test_filters_leave_the_scores_as_they_are(chunk_store: ChunkStore) -> None:
    one, two = make_document(), make_document()
    write(chunk_store, one, "tide storm", "storm")
    write(chunk_store, two, "tide")
    everywhere = {hit.chunk.id: hit for hit in ask(chunk_store, "tide storm").hits}

    filtered = ask(chunk_store, "tide storm", document_ids=(one.id,))

    assert filtered.total == 2
    for hit in filtered.hits:
        assert hit.similarity == pytest.approx(everywhere[hit.chunk.id].similarity, abs=1e-6)

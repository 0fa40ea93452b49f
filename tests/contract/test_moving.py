"""Moving an index between SQLite and PostgreSQL while others use it."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from api.cli.main import main
from rag.engines.base import ChunkStore, Comparison, Condition, MetadataCondition
from rag.engines.following import FollowingChunkStore
from rag.engines.registry import open_chunk_store
from rag.engines.segmented.moving import Move
from rag.engines.segmented.store import SegmentedChunkStore
from rag.errors import ChunkStoreError
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import (
    DATASET,
    ask,
    contents,
    make_document,
    stage,
    write,
    write_vectors,
)

pytestmark = pytest.mark.databases("postgresql")

OTHER = "b" * 32
MANY = 1500
"""Twice as many take more than one step of a move."""


class Killed(Exception):  # noqa: N818 - it is no error of ours
    """The move ends here."""


Places = tuple[FollowingChunkStore, SegmentedChunkStore, SegmentedChunkStore, list[str]]


def quietly(_done: int, _total: int) -> None:
    """Report nothing."""


@pytest.fixture(params=["to", "from"])
def places(
    request: pytest.FixtureRequest, chunk_database_url: str, tmp_path: Path
) -> Iterator[Places]:
    """Return a store in use, its tables, and empty ones, and both addresses; one is PostgreSQL."""
    urls = [f"sqlite://{tmp_path}/chunks.db", chunk_database_url]
    if request.param == "from":
        urls.reverse()

    def opened(url: str) -> ChunkStore:
        return open_chunk_store(url, tokenize, tmp_path / "segments")

    with ExitStack() as stack:
        used = stack.enter_context(closing(FollowingChunkStore(urls[0], opened)))
        source, target = (stack.enter_context(closing(opened(url))) for url in urls)
        assert isinstance(source, SegmentedChunkStore)
        assert isinstance(target, SegmentedChunkStore)
        yield used, source, target, urls


def test_an_index_is_moved_while_it_is_used(places: Places) -> None:
    used, source, target, (_, url) = places
    write_vectors(used, make_document("sea", OTHER), np.eye(2, dtype="f4").repeat(MANY, axis=0))
    named = make_document("harbour", metadata={"shelf": ["nor\0th", 7, True], "": "é"})
    used.put_document(named)
    first, second = write(used, named, "tide one", "tide two")
    used.set_available(DATASET, named.id, [second.id], available=False)
    stage(used, named, "tide three", generation=2)
    write(used, make_document("gone", "c" * 32), "storm")
    used.drop_dataset("c" * 32)
    before = ask(used, "tide"), ask(used, "", OTHER, vector=np.array([1, 0]))

    def kill_late(done: int, _total: int) -> None:
        if done > MANY:
            raise Killed

    def change_late(done: int, _total: int) -> None:
        if done > MANY and not ask(used, "wave", vectors=False).total:
            used.remove(DATASET, named.id, [first.id])
            used.set_available(DATASET, named.id, [second.id], available=True)
            used.put_document(replace(named, metadata={"shelf": "north", "": "é"}))
            write(used, make_document("late"), "wave")

    with pytest.raises(Killed):
        Move(source, target).run(url, kill_late)
    assert before == (ask(used, "tide"), ask(used, "", OTHER, vector=np.array([1, 0])))
    assert Move(source, target).run(url, change_late) > 2 * MANY

    is_north = MetadataCondition((Condition("shelf", Comparison.IS, "North"),))
    for store in (used, target):
        assert contents(ask(store, "tide")) == ["tide two"]
        assert contents(ask(store, "tide", condition=is_north)) == ["tide two"]
        assert contents(ask(store, "wave", vectors=False)) == ["wave"]
        assert ask(store, "", OTHER, vector=np.array([1, 0])) == before[1]
    with pytest.raises(ChunkStoreError, match="moved to another"):
        ask(source, "wave")
    with pytest.raises(ChunkStoreError, match="moved to another"):
        Move(source, target).run(url, quietly)


def test_the_command_moves_an_index_whose_users_go_on(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, source, target, (old, url) = places
    document = make_document("harbour")
    write(used, document, "tide one")
    stage(used, document, "tide two", generation=2)
    write(used, make_document("gone", "c" * 32), "storm")
    used.drop_dataset("c" * 32)
    monkeypatch.setenv("RAGLAN_DATA_DIR", str(tmp_path))
    command = ["migrate-store", old, url]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "3 chunks moved; the running server uses the new place." in done.output
    assert CliRunner().invoke(main, command).exit_code == 1

    # The first calls after the move are changes.
    used.publish(DATASET, document.id, 2)
    write(used, make_document("new", OTHER), "fog")
    assert contents(ask(target, "tide harbour")) == ["tide two"]
    assert contents(ask(used, "fog", OTHER)) == contents(ask(target, "fog", OTHER)) == ["fog"]
    while used.give_back():
        pass
    assert used.count(DATASET) == target.count(OTHER) == 1
    with pytest.raises(ChunkStoreError, match="moved to another"):
        source.publish(DATASET, document.id, 7)


def test_an_index_is_not_moved_over_another(places: Places) -> None:
    _, source, target, (_, url) = places
    write(source, make_document(), "tide")
    write(target, make_document(), "wave")
    for other in (target, source):
        with pytest.raises(ChunkStoreError, match="holds an index of its own"):
            Move(source, other).run(url, quietly)
    assert contents(ask(source, "tide")) == ["tide"]
    assert contents(ask(target, "wave")) == ["wave"]

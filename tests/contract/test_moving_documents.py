"""Moving an index between SQLite and OpenSearch while others use it."""

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from api.cli.main import main
from rag.engines.base import ChunkStore, Comparison, Condition, MetadataCondition
from rag.engines.content import Movable
from rag.engines.following import FollowingChunkStore
from rag.engines.moving import move
from rag.engines.registry import open_chunk_store
from rag.errors import ChunkStoreError, ChunkStoreMovedError
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import (
    DATASET,
    EMBEDDER,
    OTHER,
    ask,
    contents,
    ids,
    make_chunks,
    make_document,
    stage,
    vector,
    write,
    write_vectors,
)
from tests.opensearch import OpenSearch

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.xdist_group("opensearch")]

_numbers = itertools.count(1)


class Killed(Exception):  # noqa: N818 - it is no error of ours
    """The move ends here."""


Places = tuple[FollowingChunkStore, ChunkStore, ChunkStore, list[str]]


@pytest.fixture
def cluster_url(opensearch: OpenSearch) -> str:
    """Return the address of a store that nobody has used."""
    return opensearch.chunk_store.replace("/raglan?", f"/moving{next(_numbers)}?")


@pytest.fixture(params=["to", "from"])
def places(request: pytest.FixtureRequest, cluster_url: str, tmp_path: Path) -> Iterator[Places]:
    """Return a store in use, the same, an empty one, and both addresses; one is OpenSearch."""
    urls = [f"sqlite://{tmp_path}/chunks.db", cluster_url]
    if request.param == "from":
        urls.reverse()

    def opened(url: str) -> ChunkStore:
        return open_chunk_store(url, tokenize, tmp_path / "segments")

    with ExitStack() as stack:
        used = stack.enter_context(closing(FollowingChunkStore(urls[0], opened)))
        source, target = (stack.enter_context(closing(opened(url))) for url in urls)
        yield used, source, target, urls


HARBOUR = make_document("harbour", metadata={"shelf": ["nor\0th", 7, True], "": "é"})
BY_HAND = make_document("hand")


def fill(store: ChunkStore) -> tuple[str, str]:
    """Write documents of all kinds; return the ids of a visible chunk, and of one that is not."""
    write_vectors(store, make_document("sea", OTHER), np.eye(2, dtype="f4").repeat(60, axis=0))
    store.put_document(HARBOUR)
    first, second = write(store, HARBOUR, "tide one", "tide two")
    store.set_available(DATASET, HARBOUR.id, [second.id], available=False)
    stage(store, HARBOUR, "tide three", generation=2)
    write(store, make_document("off", enabled=False), "tide four")
    texts = ["tide five"]
    store.put(BY_HAND, make_chunks(BY_HAND, texts), EMBEDDER.embed_documents(texts))
    store.put_document(make_document("empty"))
    write(store, make_document("gone", "c" * 32), "storm")
    store.drop_dataset("c" * 32)
    return first.id, second.id


def test_documents_are_moved_while_they_are_used(places: Places) -> None:
    used, source, target, (_, url) = places
    first, second = fill(used)
    near = ask(used, "", OTHER, vector=vector(1, 0), limit=5)
    before = contents(ask(used, "tide"))

    def kill_late(done: int, _total: int) -> None:
        if done:
            raise Killed

    def change_late(done: int, _total: int) -> None:
        if done and not ask(used, "wave", vectors=False).total:
            used.remove(DATASET, HARBOUR.id, [first])
            used.set_available(DATASET, HARBOUR.id, [second], available=True)
            used.put_document(replace(HARBOUR, metadata={"shelf": [7, True, "north"], "": "é"}))
            write(used, make_document("late"), "wave")

    with pytest.raises(Killed):
        move(source, target, url, kill_late)
    assert before == contents(ask(used, "tide")) == ["tide one", "tide five"]
    assert move(source, target, url, change_late) == 125

    shelves = [Condition("shelf", Comparison.IS, value) for value in ("North", 7, "true")]
    for store in (used, target):
        assert sorted(contents(ask(store, "tide"))) == ["tide five", "tide two"]
        condition = MetadataCondition(tuple(shelves))
        assert contents(ask(store, "tide", condition=condition)) == ["tide two"]
        assert contents(ask(store, "wave", vectors=False)) == ["wave"]
        found = ask(store, "", OTHER, vector=vector(1, 0), limit=5)
        assert (found.total, ids(found)) == (near.total, ids(near))
        [stored] = store.vectors(DATASET, BY_HAND.id).values()
        assert stored.tolist() == EMBEDDER.embed_documents(["tide five"])[0].tolist()
    used.publish(DATASET, HARBOUR.id, 2)
    assert sorted(contents(ask(target, "tide"))) == ["tide five", "tide three"]
    for call in (lambda: ask(source, "wave"), source.ping):
        with pytest.raises(ChunkStoreMovedError):
            call()
    with pytest.raises(ChunkStoreError, match="moved to another"):
        move(source, target, url, change_late)


def test_the_command_loses_no_change_that_was_made_meanwhile(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, source, target, (old, url) = places
    write(used, make_document("harbour"), "tide")
    made: list[Future[object]] = []
    with ThreadPoolExecutor() as threads:

        def change(done: int, total: int) -> None:
            if done == total:
                name = f"storm{len(made)}"
                made.append(threads.submit(write, used, make_document(), name))

        # Also in the last pass, in which changes wait.
        move(source, target, url, change)
        assert len(made) > 1
        for one in made:
            one.result()
    storms = {f"storm{number}" for number in range(len(made))}
    assert storms < set(contents(ask(target, " ".join(("tide", *storms)), threshold=0.01)))

    monkeypatch.setenv("RAGLAN_DATA_DIR", str(tmp_path))
    again = CliRunner().invoke(main, ["migrate-store", old, url])
    assert (again.exit_code, "moved to another" in again.output) == (1, True)
    onward = CliRunner().invoke(main, ["migrate-store", url, f"sqlite://{tmp_path}/onward.db"])
    assert onward.exit_code == 0, onward.output
    assert f"{len(made) + 1} chunks moved; the running server uses the new" in onward.output
    assert contents(ask(used, "tide", vectors=False)) == ["tide"]


def test_documents_are_not_moved_over_others(places: Places) -> None:
    _, source, target, (_, url) = places
    write(source, make_document(), "tide")
    write(target, make_document(), "wave")
    for other in (target, source):
        with pytest.raises(ChunkStoreError, match="holds an index of its own"):
            move(source, other, url, lambda *_: None)
    with (
        closing(open_chunk_store("memory://", tokenize)) as memory,
        pytest.raises(ChunkStoreError, match="in memory"),
    ):
        move(source, memory, url, lambda *_: None)
    assert contents(ask(source, "tide")) == ["tide"]
    assert contents(ask(target, "wave")) == ["wave"]


def test_a_mover_taken_for_dead_moves_nothing_any_more(cluster_url: str) -> None:
    with closing(open_chunk_store(cluster_url, tokenize)) as store:
        assert isinstance(store, Movable)
        write(store, make_document(), "tide")
        dead = store.content().frozen()
        frozen = dead.__enter__()
        write(store, make_document(), "wave")  # once the mover has been silent for long
        with pytest.raises(ChunkStoreError):
            frozen.pass_on("memory://")
        dead.__exit__(None, None, None)
        assert store.count(DATASET) == 2

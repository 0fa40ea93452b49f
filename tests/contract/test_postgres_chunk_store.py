"""What the chunk store in PostgreSQL has beside the others: a server, and several hosts."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest

from rag.engines.base import ChunkStore
from rag.engines.postgres.schema import SCHEMA
from rag.engines.registry import open_chunk_store
from rag.errors import ChunkStoreError
from rag.tokenizing.tokens import tokenize
from rag.types import DocumentFacts
from tests.chunk_corpus import (
    DATASET,
    EMBEDDER,
    ask,
    contents,
    make_chunks,
    make_document,
    stage,
    write,
    write_vectors,
)
from tests.proxy import proxy_to
from tests.running import free_port

pytestmark = pytest.mark.databases("postgresql")

ROOT = Path(__file__).parents[2]
OTHER = "b" * 32
DOCUMENT = DocumentFacts("d" * 32, DATASET, "d")
OF_A_FILE = 1024
"""So many rows are scanned from a file."""

# Publishes a generation for each line of its input, then without end until it is killed.
PUBLISHER = """
import sys
from itertools import count
from pathlib import Path
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import stage, write
from tests.contract.test_postgres_chunk_store import DOCUMENT

store = open_chunk_store(sys.argv[1], tokenize, Path(sys.argv[2]))
for generation in count(1):
    if generation < 5:
        sys.stdin.readline()
    write(store, DOCUMENT, *[f"tide g{generation}"] * 20, generation=generation)
    print(generation, flush=True)
    stage(store, DOCUMENT, *["tide staged"] * 20, generation=generation + 10**6)
"""

Host = Callable[[str], ChunkStore]


@pytest.fixture
def host(chunk_database_url: str, tmp_path: Path) -> Iterator[Host]:
    """Return what opens the store on a host, which has a folder of its own."""
    stores = []

    def opened(name: str) -> ChunkStore:
        stores.append(open_chunk_store(chunk_database_url, tokenize, tmp_path / name))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


def files(folder: Path) -> dict[str, int]:
    """Return the sizes of the segment files of a host."""
    return {path.name: path.stat().st_size for path in folder.glob("*/*.seg")}


def test_it_ranks_as_sqlite_does(host: Host, tmp_path: Path) -> None:
    stores = [host("a"), open_chunk_store(f"sqlite://{tmp_path}/chunks.db", tokenize)]
    first, second = make_document("harbour"), make_document("sea", metadata={"shelf": "north"})
    words = ["tide tables", "tide", "wave", "Ebbe und Flut", "tide " * 9, "潮汐 tide"]
    texts = [f"{words[i % 6]} {words[i % 5]} {i % 7}" for i in range(60)]
    for document, few in ((first, texts[:40]), (second, texts[40:])):
        chunks, vectors = make_chunks(document, few), EMBEDDER.embed_documents(few)
        for store in stores:
            store.put_document(document)
            store.stage(document, 1, chunks, vectors)
            store.publish(DATASET, document.id, 1)

    for question in ("tide tables", "wave 3", "Flut", "harbour", "潮汐"):
        for options in ({}, {"distinct": True}, {"offset": 7, "limit": 5, "threshold": 0.0}):
            ours, theirs = (ask(store, question, **options) for store in stores)
            assert ours == theirs
            assert ours.total
    stores[1].close()


def test_a_publisher_is_followed_at_once_and_without_a_mix_and_its_death_loses_nothing(
    chunk_database_url: str, host: Host, tmp_path: Path
) -> None:
    store, seen = host("a"), []
    command = [sys.executable, "-c", PUBLISHER, chunk_database_url, str(tmp_path / "b")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for generation in range(1, 5):
            print(file=process.stdin, flush=True)
            assert process.stdout.readline() == f"{generation}\n"
            seen += set(contents(ask(store, "tide", limit=100)))
        lines = []
        for _ in range(4):
            found = ask(store, "tide", limit=100)
            assert found.total == len(found.hits) == found.documents[0].count == 20
            assert len(set(contents(found))) == 1
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.stdout.readlines()

    assert seen == [f"tide g{generation}" for generation in range(1, 5)]
    last = int([line for line in lines if line.endswith("\n")][-1])
    (text,) = set(contents(ask(store, "tide", limit=100)))
    assert int(text.removeprefix("tide g")) in {last, last + 1}
    assert store.count(DATASET) == 20
    write(store, DOCUMENT, "storm", generation=10**7)
    assert contents(ask(store, "storm tide")) == ["storm"]
    with psycopg.connect(chunk_database_url) as connection:
        for table in ("chunk", "body"):
            statement = psycopg.sql.SQL("SELECT count(*) FROM {}").format(
                psycopg.sql.Identifier(SCHEMA, table)
            )
            assert connection.execute(statement).fetchone() == (1,)


def test_connections_that_the_server_ends_are_made_anew(
    chunk_database_url: str, host: Host
) -> None:
    store = host("a")
    write(store, DOCUMENT, "tide")
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(chunk_database_url, autocommit=True) as connection:
        assert connection.execute(ending).fetchall()

    assert contents(ask(store, "tide")) == ["tide"]
    write(store, DOCUMENT, "wave", generation=2)
    assert contents(ask(store, "wave")) == ["wave"]


def test_a_server_that_is_away_is_told_of_and_found_again(
    chunk_database_url: str, tmp_path: Path
) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(chunk_database_url)
    with proxy_to(int(str(parts["port"]))) as proxy:
        url = f"postgresql://postgres:whale-oil@{proxy.address}/{parts['dbname']}"
        store = open_chunk_store(url, tokenize, tmp_path / "a")
        write(store, DOCUMENT, "tide")
        target, proxy.target = proxy.target, free_port()
        for line in proxy.lines:
            line.close()

        with pytest.raises(ChunkStoreError, match="PostgreSQL cannot be used") as raised:
            ask(store, "tide")
        assert "whale-oil" not in str(raised.value)
        with pytest.raises(ChunkStoreError):
            store.ping()

        proxy.target = target
        store.ping()
        assert contents(ask(store, "tide")) == ["tide"]
        store.close()


def test_who_may_not_write_is_told_what_to_do(chunk_database_url: str, host: Host) -> None:
    owner = host("a")
    write(owner, DOCUMENT, "tide")
    parts = psycopg.conninfo.conninfo_to_dict(chunk_database_url)
    with psycopg.connect(chunk_database_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
    place = f"{parts['host']}:{parts['port']}"
    reader = open_chunk_store(f"postgresql://reader@{place}/{parts['dbname']}", tokenize)

    with pytest.raises(ChunkStoreError, match=f"schema {SCHEMA}"):
        reader.ping()
    reader.close()
    with psycopg.connect(chunk_database_url, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("GRANT USAGE ON SCHEMA {} TO reader").format(_name()))
        connection.execute(
            psycopg.sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO reader").format(_name())
        )
        try:
            with pytest.raises(ChunkStoreError, match="may not write"):
                reader.ping()
        finally:
            reader.close()
            connection.execute("DROP OWNED BY reader")
            connection.execute("DROP ROLE reader")


def _name() -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier(SCHEMA)


def test_tables_of_a_newer_program_are_left_alone(chunk_database_url: str, host: Host) -> None:
    host("a").ping()
    change = psycopg.sql.SQL("UPDATE {} SET value = %s WHERE key = 'version'").format(
        psycopg.sql.Identifier(SCHEMA, "store")
    )
    with psycopg.connect(chunk_database_url, autocommit=True) as connection:
        connection.execute(change, ["99"])
        try:
            with pytest.raises(ChunkStoreError, match="version 99, this program reads 1"):
                host("b").ping()
        finally:
            connection.execute(change, ["1"])


def test_rows_of_a_dropped_dataset_go_some_at_a_time(chunk_database_url: str, host: Host) -> None:
    store = host("a")
    large = make_document("harbour", metadata={"shelf": "north"})
    store.put_document(large)
    write_vectors(store, large, np.eye(2, dtype=np.float32).repeat(600, axis=0))
    write(store, make_document(dataset=OTHER), "wave")

    store.drop_dataset(DATASET)

    assert ask(store, "wave", OTHER).total == 1
    steps = 0
    while store.give_back():
        steps += 1
    assert steps > 2
    with psycopg.connect(chunk_database_url) as connection:
        for table in ("chunk", "body", "document"):
            statement = psycopg.sql.SQL("SELECT count(*) FROM {}").format(
                psycopg.sql.Identifier(SCHEMA, table)
            )
            assert connection.execute(statement).fetchone() == (1,), table


def test_hosts_keep_files_of_their_own_in_step(host: Host, tmp_path: Path) -> None:
    one, two = host("one"), host("two")
    document = make_document()
    vectors = np.eye(2, dtype=np.float32).repeat(OF_A_FILE // 2, axis=0)
    chunks = write_vectors(one, document, vectors)
    assert ask(two, "", vector=vectors[0], limit=0).total == OF_A_FILE // 2
    assert files(tmp_path / "one") == files(tmp_path / "two")

    one.remove(DATASET, document.id, [chunk.id for chunk in chunks[: OF_A_FILE - 100]])
    assert files(tmp_path / "one") != files(tmp_path / "two")
    assert ask(host("two"), "", vector=vectors[-1], limit=0).total == 100
    assert files(tmp_path / "one") == files(tmp_path / "two")

    stage(one, make_document(dataset=OTHER), "wave")
    one.drop_dataset(DATASET)
    assert files(tmp_path / "one") == {}
    assert files(tmp_path / "two") != {}
    ask(host("two"), "wave", OTHER)
    assert files(tmp_path / "two") == {}

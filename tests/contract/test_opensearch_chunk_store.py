"""What the chunk store in OpenSearch has beside the others: a server, and processes that die."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from rag.engines.base import ChunkStore, SearchQuery
from rag.engines.registry import open_chunk_store
from rag.errors import ChunkStoreError, ChunkStoreFullError, ConfigurationError
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import (
    DATASET,
    EMBEDDER,
    OTHER,
    ask,
    contents,
    make_document,
    terms,
    write,
)
from tests.opensearch import OpenSearch
from tests.running import free_port

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.xdist_group("opensearch")]

ROOT = Path(__file__).parents[2]

# Publishes new generations of one document without end, and tells of each.
PUBLISHER = """
import sys
from itertools import count
from tests.chunk_corpus import DATASET, write
from rag.engines.registry import open_chunk_store
from rag.tokenizing.tokens import tokenize
from rag.types import DocumentFacts

store = open_chunk_store(sys.argv[1], tokenize)
document = DocumentFacts("d" * 32, DATASET, "published")
for generation in count(1):
    write(store, document, *[f"tide g{generation}"] * 40, generation=generation)
    print(generation, flush=True)
"""


@pytest.fixture
def store(empty_opensearch: str) -> Iterator[ChunkStore]:
    with closing(open_chunk_store(empty_opensearch, tokenize)) as opened:
        yield opened


def settings(server: OpenSearch, index: str, **changes: object) -> None:
    answer = requests.put(f"{server.url}/{index}/_settings", json=changes, timeout=30)
    assert answer.ok, answer.text


def test_a_writer_taken_for_dead_changes_nothing_any_more(
    opensearch: OpenSearch, empty_opensearch: str, store: ChunkStore
) -> None:
    command = [sys.executable, "-c", PUBLISHER, empty_opensearch]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as writer:
        try:
            assert writer.stdout is not None
            first = int(writer.stdout.readline())
            stop_while_it_holds(writer, opensearch)

            found = ask(store, "tide", limit=100)

            assert found.total == store.count(DATASET) == 40
            [text] = set(contents(found))
            assert int(text.removeprefix("tide g")) >= first
            write(store, make_document(), "storm")  # once the other has been silent for long
            writer.send_signal(signal.SIGCONT)
            _, complaint = writer.communicate(timeout=60)
            assert "Another process has taken the dataset over" in complaint
        finally:
            writer.kill()
    assert store.count(DATASET) == 41
    assert contents(ask(store, "storm", vectors=False)) == ["storm"]
    again = ask(store, "tide", limit=100)
    assert (again.total, len(set(contents(again)))) == (40, 1)


def stop_while_it_holds(writer: "subprocess.Popen[str]", server: OpenSearch) -> None:
    """Stop a process that changes the dataset in the middle of a change."""
    while True:
        while not holder(server):
            pass
        writer.send_signal(signal.SIGSTOP)
        if holder(server):
            return
        writer.send_signal(signal.SIGCONT)


def holder(server: OpenSearch) -> str:
    """Return who changes the dataset just now."""
    answer = requests.get(f"{server.url}/raglan-control/_doc/{DATASET}", timeout=30)
    return str(answer.json()["_source"]["state"]["holder"])


def test_beyond_a_number_the_best_are_ranked_alike_and_more_may_be_there(
    opensearch: OpenSearch, store: ChunkStore
) -> None:
    texts = [f"tide number{n} wave{n % 3}" for n in range(60)]
    write(store, make_document("almanac"), *texts)
    question = "tide number7 wave1"
    whole = ask(store, question, limit=10)
    assert whole.total_is_exact

    with closing(open_chunk_store(f"{opensearch.chunk_store}&exact_up_to=50", tokenize)) as few:
        assert few.exact_up_to == 50
        likely = ask(few, question, limit=10)
        assert likely.hits == whole.hits
        assert likely.total <= whole.total
        assert not likely.total_is_exact
        [document] = ask(few, question, distinct=True).documents
        assert document.document_name == "almanac"
        near = SearchQuery((DATASET,), vector=EMBEDDER.embed_query(texts[5]), vector_weight=1.0)
        assert few.search(near).hits[0] == store.search(near).hits[0]
        words = replace(near, vector=None, terms=terms("number9"), vector_weight=0.0)
        assert contents(few.search(words)) == [texts[9]]
        assert few.search(replace(words, document_ids=("f" * 32,))).total == 0


def test_a_dropped_dataset_is_removed_by_the_clean_up(opensearch: OpenSearch) -> None:
    address = opensearch.chunk_store.replace("/raglan?", "/another?")
    with closing(open_chunk_store(address, tokenize)) as store:
        write(store, make_document(dataset=OTHER), "wave")
        write(store, make_document(), *["tide"] * 30)
        store.drop_dataset(DATASET)
        assert held(opensearch) == 31
        assert store.give_back() > 0
        assert held(opensearch) == 1
        assert store.give_back() == 0
        assert contents(ask(store, "wave", OTHER)) == ["wave"]


def held(server: OpenSearch) -> int:
    """Return how many chunks there are, seen or not."""
    answer = requests.get(f"{server.url}/another-chunks-*/_count", timeout=30)
    return int(answer.json()["count"])


def test_a_full_disk_refuses_changes_and_searches_go_on(
    opensearch: OpenSearch, store: ChunkStore
) -> None:
    write(store, make_document(), "tide")
    full = {"index.blocks.read_only_allow_delete": True}
    settings(opensearch, "raglan-chunks-*", **full)
    try:
        with pytest.raises(ChunkStoreFullError, match="full"):
            write(store, make_document(), "storm")
        with pytest.raises(ChunkStoreFullError, match="raglan-chunks-64 can only be read"):
            store.ping()
        assert contents(ask(store, "tide")) == ["tide"]
    finally:
        settings(opensearch, "raglan-chunks-*", **dict.fromkeys(full))
    write(store, make_document(), "storm")
    assert store.count(DATASET) == 2
    store.ping()


def test_what_an_index_lacks_is_told(opensearch: OpenSearch) -> None:
    address = opensearch.chunk_store.replace("/raglan?", "/lacking?")
    lost = f"{opensearch.url}/lacking-chunks-2"
    with closing(open_chunk_store(address, tokenize)) as store:
        store.ping()
        settings(opensearch, "lacking-control", **{"index.blocks.write": True})
        with pytest.raises(
            ChunkStoreError, match=r"changes of lacking-control \(index\.blocks\.write"
        ):
            store.ping()
        settings(opensearch, "lacking-control", **{"index.blocks.write": False})
        nowhere = {"index.routing.allocation.require._name": "nobody"}
        made = f"{lost}?wait_for_active_shards=0"
        requests.put(made, json={"settings": nowhere}, timeout=30)
        try:
            with pytest.raises(
                ChunkStoreError, match="red: shards of lacking-chunks-2 are missing"
            ):
                store.ping()
        finally:
            requests.delete(lost, timeout=30)


def test_an_index_that_does_not_count_words_is_told(opensearch: OpenSearch) -> None:
    address = opensearch.chunk_store.replace("/raglan?", "/former?")
    former = f"{opensearch.url}/former-chunks-2"
    mappings = {"properties": {"tokens": {"type": "text", "analyzer": "whitespace"}}}
    assert requests.put(former, json={"mappings": mappings}, timeout=30).ok
    try:
        with (
            closing(open_chunk_store(address, tokenize)) as store,
            pytest.raises(ChunkStoreError, match="former-chunks-2 was made by an older program"),
        ):
            store.ping()
    finally:
        requests.delete(former, timeout=30)


def test_long_words_and_as_many_as_there_may_be_find_what_holds_them(
    opensearch: OpenSearch, store: ChunkStore
) -> None:
    long = "a" * 100
    texts = [f"tide {long}", "tide calm", *(f"filler{n} tide" for n in range(60))]
    write(store, make_document(), *texts)
    assert contents(ask(store, f"{long} tide", limit=1)) == texts[:1]
    many = " ".join(f"filler{n}" for n in range(60))
    found = ask(store, f"{many} {many.replace('filler', 'word')} tide calm", limit=100, threshold=0)
    assert set(contents(found)) == set(texts)
    with closing(open_chunk_store(f"{opensearch.chunk_store}&exact_up_to=50", tokenize)) as few:
        assert contents(ask(few, f"{long} tide", limit=1)) == texts[:1]


class Greeting(BaseHTTPRequestHandler):
    """Says which server it is."""

    def do_GET(self) -> None:
        """Answer."""
        body = json.dumps({"version": self.server.version}).encode()  # type: ignore[attr-defined]  # set below
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.mark.parametrize(
    ("scheme", "version", "told"),
    [
        (
            "opensearch+http",
            {"number": "2.9.0", "distribution": "opensearch"},
            r"needs OpenSearch 2\.10 or newer; the server is opensearch 2\.9\.0",
        ),
        (
            "opensearch+http",
            {"number": "8.15.0"},
            r"needs OpenSearch 2\.10 or newer; the server is another 8\.15\.0",
        ),
        (
            "elasticsearch+http",
            {"number": "8.10.4"},
            r"needs Elasticsearch 8\.11 or newer; the server is Elasticsearch 8\.10\.4",
        ),
        (
            "elasticsearch+http",
            {"number": "9.0.0", "distribution": "opensearch"},
            r"needs Elasticsearch 8\.11 or newer; the server is opensearch 9\.0\.0",
        ),
    ],
)
def test_a_server_that_is_too_old_or_another_is_told(
    scheme: str, version: dict[str, str], told: str
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        server.version = version  # type: ignore[attr-defined]  # for the handler
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"{scheme}://127.0.0.1:{server.server_port}/raglan"
        try:
            with (
                closing(open_chunk_store(address, tokenize)) as store,
                pytest.raises(ChunkStoreError, match=told),
            ):
                store.ping()
        finally:
            server.shutdown()
            thread.join()


def test_what_does_not_answer_or_is_none_is_told(opensearch: OpenSearch) -> None:
    port = free_port()
    scheme = opensearch.chunk_store.partition(":")[0]
    away = f"{scheme}://user:secret@127.0.0.1:{port}"
    with closing(open_chunk_store(away, tokenize)) as nobody:
        for call in (nobody.ping, lambda: ask(nobody, "tide"), nobody.give_back):
            with pytest.raises(ChunkStoreError, match="does not answer") as error:
                call()
            assert "secret" not in str(error.value)
    # The next of several nodes is asked.
    nodes = f"{scheme}://127.0.0.1:{port},127.0.0.1:{opensearch.port}/raglan?shards=1"
    with closing(open_chunk_store(nodes, tokenize)) as reached:
        reached.ping()
    untrusted = f"opensearch://127.0.0.1:{opensearch.port}"
    with closing(open_chunk_store(untrusted, tokenize)) as plain, pytest.raises(ChunkStoreError):
        plain.ping()


@pytest.mark.parametrize(
    "address",
    [
        "opensearch://",
        "opensearch://host:port",
        "opensearch://host/UPPER",
        "opensearch://host/raglan?shards=0",
        "opensearch://host/raglan?shards=many",
        "opensearch://host/raglan?colour=red",
        "elasticsearch+http://host:port",
    ],
)
def test_an_address_that_cannot_be_read_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"address of (OpenSearch|Elasticsearch)"):
        open_chunk_store(address, tokenize)

"""A chunk store in OpenSearch, which ranks where the chunks are: for many hosts and many chunks.

Elasticsearch, from which it came, has a dialect of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag.engines import scoring
from rag.engines.base import QueryTerm, SearchQuery, SearchResult, Staging
from rag.engines.indexing import ANALYSIS, Tokenize
from rag.engines.opensearch.address import Address, read_address
from rag.engines.opensearch.client import Client, Json
from rag.engines.opensearch.content import OpenSearchContent
from rag.engines.opensearch.control import Controls
from rag.engines.opensearch.dialect import Dialect
from rag.engines.opensearch.elasticsearch import Elasticsearch
from rag.engines.opensearch.needs import Needs
from rag.engines.opensearch.opensearch import OpenSearch
from rag.engines.opensearch.rows import held_words, read_vector, word
from rag.engines.opensearch.schema import Schema
from rag.engines.opensearch.search import Search, read_statistics
from rag.engines.opensearch.snapshot import Snapshots
from rag.engines.opensearch.whole import Whole
from rag.engines.opensearch.writes import Writer
from rag.types import Chunk, DocumentFacts, Matrix, Vector

_DIALECTS: Mapping[str, Dialect] = {"OpenSearch": OpenSearch(), "Elasticsearch": Elasticsearch()}


class OpenSearchChunkStore:
    """Chunks in indexes of OpenSearch; see `control` for how a change becomes visible at once."""

    def __init__(self, address: Address, tokenize: Tokenize) -> None:
        """Open nothing yet; `tokenize` makes tokens of texts."""
        self.exact_up_to: int | None = address.exact_up_to
        self._exact_up_to = address.exact_up_to
        self._tokenize = tokenize
        dialect = _DIALECTS[address.product]
        self._client = Client(address, dialect.present)
        self._schema = Schema(self._client, dialect, address.prefix, address.shards)
        self._needs = Needs(self._client, self._schema)
        self._whole = Whole(self._client, self._schema)
        self._controls = Controls(self._client, self._schema, self._whole)
        self._snapshots = Snapshots(self._client, self._schema, self._controls)

    @contextmanager
    def _changing(self, dataset_id: str) -> Iterator[Writer]:
        with self._controls.held(dataset_id) as held:
            writer = Writer(self._client, self._schema, held, self._tokenize)
            writer.settle()
            yield writer

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it."""
        with self._changing(facts.dataset_id) as writer:
            writer.put_document(facts)

    def stage(
        self, document: DocumentFacts, generation: int, chunks: Sequence[Chunk], vectors: Matrix
    ) -> None:
        """Add invisible chunks; a document that is known keeps its facts."""
        self.stage_together([Staging(document, generation, chunks, vectors)])

    def stage_together(self, stagings: Sequence[Staging]) -> None:
        """Add invisible chunks of several documents of one dataset."""
        if stagings:
            with self._changing(stagings[0].document.dataset_id) as writer:
                writer.stage(stagings)

    def publish(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Make a generation the visible one and remove the others, at once."""
        self.publish_together(dataset_id, {document_id: generation})

    def publish_together(self, dataset_id: str, generations: Mapping[str, int]) -> None:
        """Publish a generation of each of several documents, in one switch."""
        with self._changing(dataset_id) as writer:
            writer.publish(generations)

    def adopt(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one."""
        with self._changing(dataset_id) as writer:
            writer.adopt(document_id, generation)

    def discard(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Remove a staged generation."""
        with self._changing(dataset_id) as writer:
            writer.discard(document_id, generation)

    def put(self, document: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Add or replace visible chunks; a document that is known keeps its facts."""
        with self._changing(document.dataset_id) as writer:
            writer.put(document, chunks, vectors)

    def remove(self, dataset_id: str, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks of a document."""
        with self._changing(dataset_id) as writer:
            writer.remove(document_id, chunk_ids)

    def set_available(
        self, dataset_id: str, document_id: str, chunk_ids: Sequence[str], *, available: bool
    ) -> None:
        """Make these chunks available to `search`, or unavailable."""
        with self._changing(dataset_id) as writer:
            writer.set_available(document_id, chunk_ids, available=available)

    def drop_document(self, dataset_id: str, document_id: str) -> None:
        """Delete a document and all its chunks."""
        with self._changing(dataset_id) as writer:
            writer.drop_document(document_id)

    def drop_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents."""
        if self._controls.read([dataset_id]):
            with self._changing(dataset_id) as writer:
                writer.drop_dataset()

    def search(self, query: SearchQuery) -> SearchResult:
        """Return a page of the survivors by falling similarity."""
        with self._snapshots.taken(query.dataset_ids) as snapshot:
            if snapshot is None:
                return SearchResult(0, (), ())
            return Search(snapshot, self._schema.dialect, query, self._exact_up_to).run()

    def term_shares(
        self, dataset_ids: Sequence[str], terms: Sequence[QueryTerm]
    ) -> Mapping[str, float]:
        """Return what those terms that occur in datasets weigh in a search, together 1."""
        with self._snapshots.taken(dataset_ids) as snapshot:
            if snapshot is None:
                return {}
            statistics = read_statistics(snapshot, terms)
        names = {word(term.token): term.token for term in terms}
        return {names[one]: gain / statistics.whole for one, gain in statistics.gains.items()}

    def match(
        self, dataset_id: str, document_id: str, tokens: Sequence[str], offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many visible chunks hold one of the tokens, and a page of their ids."""
        words = sorted({word(token) for token in tokens})
        of_document: Json = {"term": {"document": document_id}}
        with self._snapshots.taken([dataset_id]) as snapshot:
            if snapshot is None:
                return 0, []
            every = snapshot.count(of_document)
            holders = snapshot.within(of_document, {"terms": {"tokens": words}})
            found = list(snapshot.scan(holders, ["chunk", "tokens"]))
        # How rare a word is, those tell that do not hold it, too.
        counts = [held_words(row) for row in found]
        without: list[Mapping[str, int]] = [{}] * (every - len(found))
        scores = scoring.rank_counts([*counts, *without], words)
        ranked = sorted((-score, found[index]["chunk"]) for index, score in scores.items())
        return len(ranked), [chunk_id for _, chunk_id in ranked[offset : offset + limit]]

    def vectors(self, dataset_id: str, document_id: str) -> dict[str, Vector]:
        """Return the vectors of a document's visible chunks by chunk id."""
        with self._snapshots.taken([dataset_id]) as snapshot:
            if snapshot is None:
                return {}
            of_document = snapshot.within({"term": {"document": document_id}})
            found = snapshot.scan(of_document, ["chunk", "vector", "raw"])
            return {row["chunk"]: read_vector(row) for row in found}

    def count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        with self._snapshots.taken([dataset_id]) as snapshot:
            return snapshot.count() if snapshot else 0

    def give_back(self) -> int:
        """Finish what a killed process has left, and remove some of dropped datasets."""
        self._schema.refresh_control()
        for dataset_id in self._controls.find_unfinished():
            with self._controls.held_now(dataset_id) as held:
                if held is not None:
                    writer = Writer(self._client, self._schema, held, self._tokenize)
                    writer.settle()
                    return writer.remove_former() or 1
        return 0

    def renew(self) -> int:
        """Index one document again that an older program has indexed in its way."""
        self._schema.refresh_control()
        outdated = [{"term": {"kind": "document"}}, {"range": {"analysis": {"lt": ANALYSIS}}}]
        body = {"size": 1, "query": {"bool": {"filter": outdated}}}
        found = self._client.ask("POST", f"/{self._schema.control}/_search", body)["hits"]["hits"]
        for hit in found:
            dataset_id, _, document_id = hit["_id"].partition(".")
            with self._changing(dataset_id) as writer:
                writer.renew(document_id)
        return len(found)

    def ping(self) -> None:
        """Raise ChunkStoreError if the cluster cannot answer, or lacks something."""
        self._schema.check()
        self._schema.check_health()
        self._schema.check_words()
        self._schema.make_control()
        self._whole.read()
        self._needs.check()

    def content(self) -> OpenSearchContent:
        """Return what is in the indexes, for those who move it."""
        return OpenSearchContent(
            self._client, self._schema, self._controls, self._snapshots, self._whole
        )

    def close(self) -> None:
        """Close what is held open."""
        self._client.close()


def open_opensearch(url: str, tokenize: Tokenize, _cache: Path) -> OpenSearchChunkStore:
    """Return the chunk store in OpenSearch or Elasticsearch at an address."""
    return OpenSearchChunkStore(read_address(url), tokenize)

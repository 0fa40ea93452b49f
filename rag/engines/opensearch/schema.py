"""The indexes on the server: one that says what is visible, and one for each length of vectors."""

from rag.engines.opensearch.client import Client, Json, NotFoundError
from rag.engines.opensearch.dialect import Dialect, Version
from rag.engines.opensearch.script import COUNT
from rag.engines.scoring import K1, B
from rag.errors import ChunkStoreError

WINDOW = 10_000
"""So many hits a server gives at most; pages beyond are empty."""

_KEYWORD = {"type": "keyword"}
_CONTROL: Json = {
    "dynamic": False,
    "properties": {
        "kind": _KEYWORD,
        "dataset": _KEYWORD,
        "life": _KEYWORD,
        "unfinished": {"type": "boolean"},
        "analysis": {"type": "integer"},
        "state": {"type": "object", "enabled": False},
    },
}
_WORDS: Json = {
    "type": "text",
    "analyzer": "whitespace",
    "norms": True,
    "index_options": "freqs",
    "similarity": "words",
    "fields": {
        "count": {
            "type": "text",
            "analyzer": "whitespace",
            "norms": False,
            "index_options": "freqs",
            "similarity": "count",
        }
    },
}
"""Words rank as BM25 has it, and in `tokens.count` their score is how often a chunk holds them."""


def _chunks(vector: Json) -> Json:
    return {
        "dynamic": False,
        "properties": {
            **dict.fromkeys(
                ("dataset", "rows", "document", "batch", "chunk", "passage", "label"), _KEYWORD
            ),
            "metadata": {**_KEYWORD, "doc_values": False},
            "shown": {"type": "boolean"},
            "length": {"type": "integer"},
            "tokens": _WORDS,
            # It is part of the source, from which the server makes a changed document.
            "vector": vector,
        },
    }


class Schema:
    """The names of the indexes, and their making."""

    def __init__(self, client: Client, dialect: Dialect, prefix: str, shards: int) -> None:
        """Initialize with the begin of all names, and the shards that an index of chunks has."""
        self.dialect = dialect
        self._client = client
        self._prefix = prefix
        self._shards = shards
        self._version: Version = ()
        self._made: set[str] = set()

    @property
    def prefix(self) -> str:
        """Return how the names of all indexes begin."""
        return self._prefix

    @property
    def control(self) -> str:
        """Return the name of the index that says what is visible."""
        return f"{self._prefix}-control"

    @property
    def every(self) -> str:
        """Return what names all indexes of chunks."""
        return f"{self._prefix}-chunks-*"

    def chunks(self, dimensions: int) -> str:
        """Return the name of the index for vectors of a length."""
        return f"{self._prefix}-chunks-{dimensions}"

    def make_control(self) -> None:
        """Make the index that says what is visible, unless it is there."""
        self._make(self.control, {"number_of_shards": 1}, _CONTROL)

    def refresh_control(self) -> None:
        """Have searches see what that index holds by now."""
        try:
            self._client.ask("POST", f"/{self.control}/_refresh")
        except NotFoundError:
            self.make_control()

    def make_chunks(self, dimensions: int) -> None:
        """Make the index for vectors of a length, unless it is there."""
        if dimensions > self.dialect.most_dimensions:
            raise ChunkStoreError(
                f"{self._client.product} takes vectors of at most {self.dialect.most_dimensions}"
                f" dimensions, not {dimensions}: choose another model."
            )
        index: Json = {
            "number_of_shards": self._shards,
            # What is written is made visible by the change that wants it seen.
            "refresh_interval": "-1",
            "max_result_window": WINDOW,
            "similarity": {
                "words": {"type": "BM25", "k1": K1, "b": B},
                "count": {"type": "scripted", "script": {"source": COUNT}},
            },
        }
        mappings = _chunks(self.dialect.vector_field(dimensions))
        self._make(self.chunks(dimensions), index, mappings, holds_vectors=True)

    def _make(self, name: str, index: Json, mappings: Json, *, holds_vectors: bool = False) -> None:
        if name in self._made:
            return
        if not self._is_there(name):
            self.check()
            special = self.dialect.settings(self._version) if holds_vectors else {}
            settings = {"index": {**index, **special, "auto_expand_replicas": "0-1"}}
            body = {"settings": settings, "mappings": mappings}
            try:
                self._client.ask("PUT", f"/{name}", body)
            except ChunkStoreError:
                # Another process may have been faster.
                if not self._is_there(name):
                    raise
        self._made.add(name)

    def _is_there(self, name: str) -> bool:
        try:
            self._client.ask("GET", f"/{name}/_settings?filter_path=*.settings.index.uuid")
        except NotFoundError:
            return False
        return True

    def check(self) -> None:
        """Raise ChunkStoreError if the server will not do."""
        self._version = self.dialect.check(self._client)

    def check_words(self) -> None:
        """Raise ChunkStoreError if an index of chunks cannot tell how often they hold words."""
        path = f"/{self.every}/_mapping?filter_path=*.mappings.properties.tokens"
        for name, one in self._client.ask("GET", path).items():
            if "count" not in one["mappings"]["properties"]["tokens"].get("fields", {}):
                raise ChunkStoreError(
                    f"{name} was made by an older program: give chunk_store.url another beginning"
                    f" of names than {self._prefix}, and run `raglan reindex`."
                )

    def check_health(self) -> None:
        """Raise ChunkStoreError if shards of the indexes are missing."""
        # Where no node leads the others, the answer would come after half a minute.
        path = (
            f"/_cluster/health/{self._prefix}-*?level=indices&expand_wildcards=open"
            f"&{self.dialect.leader_timeout}=1s"
        )
        health = self._client.ask("GET", path)
        red = [name for name, one in health["indices"].items() if one["status"] == "red"]
        if red:
            raise ChunkStoreError(
                f"{self._client.product} is red: shards of {', '.join(sorted(red))} are missing."
                " GET /_cluster/allocation/explain tells why."
            )

"""The indexes in OpenSearch: one that says what is visible, and one for each length of vectors."""

from rag.engines.opensearch.client import Client, Json, NotFoundError
from rag.engines.scoring import K1, B
from rag.errors import ChunkStoreError

OLDEST = (2, 10)
"""The first whose scripts can ask how often a chunk holds a word."""

MOST_DIMENSIONS = 16_000
"""That an index of vectors may have."""

WINDOW = 10_000
"""So many hits OpenSearch gives at most; pages beyond are empty."""

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
}


def _chunks(dimensions: int) -> Json:
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
            # It is part of the source, from which OpenSearch makes a changed document.
            "vector": {
                "type": "knn_vector",
                "dimension": dimensions,
                "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
            },
        },
    }


class Schema:
    """The names of the indexes, and their making."""

    def __init__(self, client: Client, prefix: str, shards: int) -> None:
        """Initialize with the begin of all names, and the shards that an index of chunks has."""
        self._client = client
        self._prefix = prefix
        self._shards = shards
        self._is_newer = False
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
        self._make(self.control, {"index": {"number_of_shards": 1}}, _CONTROL)

    def refresh_control(self) -> None:
        """Have searches see what that index holds by now."""
        try:
            self._client.ask("POST", f"/{self.control}/_refresh")
        except NotFoundError:
            self.make_control()

    def make_chunks(self, dimensions: int) -> None:
        """Make the index for vectors of a length, unless it is there."""
        if dimensions > MOST_DIMENSIONS:
            raise ChunkStoreError(
                f"OpenSearch takes vectors of at most {MOST_DIMENSIONS} dimensions,"
                f" not {dimensions}: choose another model."
            )
        index: Json = {
            "knn": True,
            "number_of_shards": self._shards,
            # What is written is made visible by the change that wants it seen.
            "refresh_interval": "-1",
            "max_result_window": WINDOW,
            "similarity": {"words": {"type": "BM25", "k1": K1, "b": B}},
        }
        if self._is_newer:
            # Where vectors are left out of the source, an update by query breaks the index of 3.5.
            index["knn.derived_source.enabled"] = False
        self._make(self.chunks(dimensions), {"index": index}, _chunks(dimensions))

    def _make(self, name: str, settings: Json, mappings: Json) -> None:
        if name in self._made:
            return
        if not self._is_there(name):
            self.check()
            settings["index"]["auto_expand_replicas"] = "0-1"
            try:
                self._client.ask("PUT", f"/{name}", {"settings": settings, "mappings": mappings})
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
        """Raise ChunkStoreError if the server is too old, or has no k-NN."""
        version = self._client.ask("GET", "/").get("version", {})
        number = tuple(int(part) for part in version.get("number", "0.0").split(".")[:2])
        if version.get("distribution") != "opensearch" or number < OLDEST:
            raise ChunkStoreError(
                f"The chunk store needs OpenSearch {'.'.join(map(str, OLDEST))} or newer; the"
                f" server is {version.get('distribution', 'another')} {version.get('number', '')}."
            )
        self._is_newer = number >= (3, 0)
        nodes = self._client.ask(
            "GET", "/_nodes/plugins?filter_path=nodes.*.name,nodes.*.plugins.name"
        )["nodes"]
        lacking = sorted(node["name"] for node in nodes.values() if not _has_vectors(node))
        if lacking:
            raise ChunkStoreError(
                f"OpenSearch has no k-NN plugin on {', '.join(lacking)}: install opensearch-knn."
            )

    def check_health(self) -> None:
        """Raise ChunkStoreError if shards of the indexes are missing."""
        # Where no node leads the others, the answer would come after half a minute.
        path = (
            f"/_cluster/health/{self._prefix}-*?level=indices&expand_wildcards=open"
            "&cluster_manager_timeout=1s"
        )
        health = self._client.ask("GET", path)
        red = [name for name, one in health["indices"].items() if one["status"] == "red"]
        if red:
            raise ChunkStoreError(
                f"OpenSearch is red: shards of {', '.join(sorted(red))} are missing. GET"
                " /_cluster/allocation/explain tells why."
            )


def _has_vectors(node: Json) -> bool:
    return any("knn" in plugin["name"].lower() for plugin in node.get("plugins", ()))

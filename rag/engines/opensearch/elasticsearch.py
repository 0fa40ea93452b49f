"""The dialect of Elasticsearch, which was never run against one: none is to be had for tests.

Its forms are those that its reference documents for 8.11 to 9.2.
"""

from collections.abc import Sequence

from rag.engines.opensearch.client import Client, Json
from rag.engines.opensearch.dialect import Version, read_version
from rag.errors import ChunkStoreError

_GRAPH = {"type": "hnsw", "m": 16, "ef_construction": 100}
"""Its own defaults, which older versions want to be told."""


class Elasticsearch:
    """Elasticsearch, whose vectors need no plugin."""

    most_dimensions = 4096
    vector = "'vector'"
    present = ""
    leader_timeout = "master_timeout"
    _OLDEST = (8, 11)
    """The first that indexes vectors of 4,096 components."""

    _LEAVES_VECTORS_OUT = (9, 2)
    """The first whose sources lack the vectors unless an index says otherwise."""

    def check(self, client: Client) -> Version:
        """Return the version; raises ChunkStoreError if it is too old, or another product."""
        version = client.ask("GET", "/").get("version", {})
        number = read_version(version)
        if "distribution" in version or number < self._OLDEST:
            raise ChunkStoreError(
                "The chunk store needs Elasticsearch 8.11 or newer; the server is"
                f" {version.get('distribution', 'Elasticsearch')} {version.get('number', '')}."
            )
        return number

    def settings(self, version: Version) -> Json:
        """Return settings of an index of vectors."""
        is_newer = version >= self._LEAVES_VECTORS_OUT
        return {"mapping.exclude_source_vectors": False} if is_newer else {}

    def vector_field(self, dimensions: int) -> Json:
        """Return the mapping of vectors."""
        # Of itself the server would keep a byte for each component beside the vector.
        graph = {"index": True, "similarity": "cosine", "index_options": _GRAPH}
        return {"type": "dense_vector", "dims": dimensions, **graph}

    def nearest(self, vector: Sequence[float], count: int, allowed: Json) -> Json:
        """Return a search for so many of the allowed whose vectors are the nearest."""
        wanted = {"field": "vector", "query_vector": list(vector), "k": count}
        # As a query it is younger than as a part of a search.
        return {"knn": {**wanted, "num_candidates": count, "filter": allowed}}

    def open_point(self, client: Client, indexes: str, options: str) -> str:
        """Return the id of indexes as they are at one moment."""
        # It is refused where shards are missing.
        return str(client.ask("POST", f"/{indexes}/_pit?{options}")["id"])

    def close_point(self, client: Client, point: str) -> None:
        """Let the server forget that moment."""
        client.ask("DELETE", "/_pit", {"id": point})

"""The dialect of OpenSearch."""

from collections.abc import Sequence

from rag.engines.opensearch.client import Client, Json
from rag.engines.opensearch.dialect import Version, read_version
from rag.errors import ChunkStoreError


class OpenSearch:
    """OpenSearch with its k-NN plugin."""

    most_dimensions = 16_000
    vector = "doc['vector']"
    present = "?preference=_primary"
    leader_timeout = "cluster_manager_timeout"
    _OLDEST = (2, 10)
    """Nothing older was tried."""

    def check(self, client: Client) -> Version:
        """Return the version; raises ChunkStoreError if it is too old, or has no k-NN."""
        version = client.ask("GET", "/").get("version", {})
        number = read_version(version)
        if version.get("distribution") != "opensearch" or number < self._OLDEST:
            raise ChunkStoreError(
                "The chunk store needs OpenSearch 2.10 or newer; the server is"
                f" {version.get('distribution', 'another')} {version.get('number', '')}."
            )
        nodes = client.ask("GET", "/_nodes/plugins?filter_path=nodes.*.name,nodes.*.plugins.name")
        lacking = sorted(n["name"] for n in nodes["nodes"].values() if not _has_vectors(n))
        if lacking:
            raise ChunkStoreError(
                f"OpenSearch has no k-NN plugin on {', '.join(lacking)}: install opensearch-knn."
            )
        return number

    def settings(self, version: Version) -> Json:
        """Return settings of an index of vectors."""
        # Where vectors are left out of the source, an update by query breaks the index of 3.5.
        whole = {"knn.derived_source.enabled": False} if version >= (3, 0) else {}
        return {"knn": True, **whole}

    def vector_field(self, dimensions: int) -> Json:
        """Return the mapping of vectors."""
        method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
        return {"type": "knn_vector", "dimension": dimensions, "method": method}

    def nearest(self, vector: Sequence[float], count: int, allowed: Json) -> Json:
        """Return a search for so many of the allowed whose vectors are the nearest."""
        wanted = {"vector": list(vector), "k": count, "filter": allowed}
        return {"query": {"knn": {"vector": wanted}}}

    def open_point(self, client: Client, indexes: str, options: str) -> str:
        """Return the id of indexes as they are at one moment."""
        path = f"/{indexes}/_search/point_in_time?allow_partial_pit_creation=false&{options}"
        return str(client.ask("POST", path)["pit_id"])

    def close_point(self, client: Client, point: str) -> None:
        """Let the server forget that moment."""
        client.ask("DELETE", "/_search/point_in_time", {"pit_id": [point]})


def _has_vectors(node: Json) -> bool:
    return any("knn" in plugin["name"].lower() for plugin in node.get("plugins", ()))

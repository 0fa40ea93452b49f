"""What differs between OpenSearch and the server that it came from, Elasticsearch."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rag.engines.opensearch.client import Client, Json

Version = tuple[int, ...]


class Dialect(Protocol):
    """How one kind of server is spoken to."""

    @property
    def most_dimensions(self) -> int:
        """Return how long a vector may be in an index."""

    @property
    def vector(self) -> str:
        """Return how a script names the field of vectors to `cosineSimilarity`."""

    @property
    def present(self) -> str:
        """Return options of a request for documents as they are just now.

        Elasticsearch has no choice: each copy in step has what was acknowledged.
        """

    @property
    def leader_timeout(self) -> str:
        """Return what limits waiting for the node that leads the others."""

    def check(self, client: Client) -> Version:
        """Return the version; raises ChunkStoreError if the server will not do."""

    def settings(self, version: Version) -> Json:
        """Return settings of an index of vectors beside those that both have."""

    def vector_field(self, dimensions: int) -> Json:
        """Return the mapping of vectors."""

    def nearest(self, vector: Sequence[float], count: int, allowed: Json) -> Json:
        """Return a search for so many of the allowed whose vectors are the nearest."""

    def open_point(self, client: Client, indexes: str, options: str) -> str:
        """Return the id of indexes as they are at one moment."""

    def close_point(self, client: Client, point: str) -> None:
        """Let the server forget that moment."""


def read_version(version: Mapping[str, str]) -> Version:
    """Return the first two numbers of what a server says of itself."""
    return tuple(int(part) for part in version.get("number", "0.0").split(".")[:2])

"""What searches and changes will need of a cluster, tried without changing anything."""

from contextlib import suppress

from rag.engines.opensearch.client import Client, ConflictError, Json
from rag.engines.opensearch.schema import Schema
from rag.errors import ChunkStoreError, ChunkStoreFullError

_NEVER = {"_id": "probe", "if_seq_no": 0, "if_primary_term": 1}
"""A document that is not there cannot be replaced: this is refused to those with all rights."""


class Needs:
    """Tries what the user may do once, and whether there is room each time."""

    def __init__(self, client: Client, schema: Schema) -> None:
        """Try nothing yet."""
        self._client = client
        self._schema = schema
        self._has_rights = False

    def check(self) -> None:
        """Raise ChunkStoreError if something is lacking; the index of what is visible is there."""
        self._check_room()
        if not self._has_rights:
            self._check_rights()
            self._has_rights = True

    def _check_room(self) -> None:
        """Raise ChunkStoreError if indexes are read-only, as of a node whose disk is full."""
        path = f"/{self._schema.prefix}-*/_settings/index.blocks.*?flat_settings=true"
        full, blocked = [], []
        for name, one in sorted(self._client.ask("GET", path).items()):
            blocks = {key for key, value in one["settings"].items() if value == "true"}
            if "index.blocks.read_only_allow_delete" in blocks:
                full.append(name)
            elif blocks:
                blocked.append(f"{name} ({', '.join(sorted(blocks))})")
        product = self._client.product
        if full:
            raise ChunkStoreFullError(
                f"A disk of {product} is full, so that {', '.join(full)} can only be read: make"
                " room on its nodes. It takes the mark index.blocks.read_only_allow_delete back by"
                " itself."
            )
        if blocked:
            raise ChunkStoreError(
                f"{product} refuses changes of {', '.join(blocked)}: set that to false."
            )

    def _check_rights(self) -> None:
        """Raise ChunkStoreError for the first right that the user lacks."""
        control = self._schema.control
        ask, path = self._client.ask, f"/{control}"
        ask("POST", f"{path}/_mget", {"ids": ["probe"]})
        with suppress(ConflictError):
            self._client.bulk(control, [({"index": _NEVER}, {})])
        nothing: Json = {"query": {"match_none": {}}}
        ask("POST", f"{path}/_delete_by_query", nothing)
        ask("POST", f"{path}/_refresh")
        ask("POST", f"{path}/_count", nothing)
        dialect = self._schema.dialect
        point = dialect.open_point(self._client, control, "keep_alive=1s")
        ask("POST", "/_search", {**nothing, "pit": {"id": point}})
        dialect.close_point(self._client, point)

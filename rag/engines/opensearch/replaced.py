"""Documents that are replaced if nobody was faster, and whether their holders are alive."""

import secrets
import threading
import time

from rag.engines.opensearch.client import Client, ConflictError, Json

_SILENT_SECONDS = 15.0
"""A holder that tells nothing for so long is dead; those who wait measure it by their own clock."""

RENEW_SECONDS = 3.0
"""So often a holder says that it is alive."""

Stamp = tuple[int, int]
"""What tells a document from any other that was or will be in its place."""


def token() -> str:
    """Return a name that nobody else gives."""
    return secrets.token_hex(8)


def stamp_of(found: Json) -> Stamp:
    """Return the stamp of a document that was read or written."""
    return found["_seq_no"], found["_primary_term"]


def put_in_place(
    client: Client, index: str, document_id: str, body: Json, former: Stamp | None
) -> Stamp:
    """Replace a document, or make it where there was none; return its new stamp.

    Raises ConflictError if it is not the one that is known any more.
    """
    body = {**body, "change": token()}
    path = f"/{index}/_doc/{document_id}"
    if former is None:
        condition = "op_type=create"
    else:
        condition = "if_seq_no={}&if_primary_term={}".format(*former)
    try:
        found = client.ask("PUT", f"{path}?{condition}", body)
    except ConflictError:
        # It may be ours: the answer to what was sent before may have been lost.
        found = client.ask("GET", path + client.present)
        if found["_source"].get("change") != body["change"]:
            raise ConflictError("Another process has taken the dataset over.") from None
    return stamp_of(found)


class Watch:
    """Tells which holders are silent: what they hold has not been replaced for long."""

    def __init__(self) -> None:
        """Begin with having seen none."""
        self._seen: dict[str, tuple[Stamp | None, float]] = {}
        self._lock = threading.Lock()

    def is_silent(self, document_id: str, stamp: Stamp | None) -> bool:
        """Return whether a document has had this stamp for so long that its holder is dead."""
        now = time.monotonic()
        with self._lock:
            seen, since = self._seen.get(document_id, (None, now))
            if seen != stamp:
                self._seen[document_id] = (stamp, now)
                return False
        return now - since > _SILENT_SECONDS

    def forget(self, document_id: str) -> None:
        """Watch a document no longer."""
        with self._lock:
            self._seen.pop(document_id, None)

"""Requests that are sent again with the same `Idempotency-Key`: done once, answered alike."""

import hashlib
from dataclasses import dataclass

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import ConflictError, RepeatedKeyError, StillRunningError
from api.services.operations import queries
from api.services.operations.records import Answer

DAY_MS = 24 * 60 * 60 * 1000
"""How long an answer is kept."""

LOST_MS = 10 * 60 * 1000
"""After this time a request without an answer is taken for one whose process was killed."""

MOST_BYTES = 1 << 20
"""The longest answer that is kept. Of a longer one it is only known that there was one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under a key that is being done; `id` stands for who asks and the key."""

    id: str
    begun: int


class Repeats:
    """The answers of requests that came with a key, for a day."""

    def __init__(self, database: Database) -> None:
        """Initialize with the keys in the database, which all processes share."""
        self.database = database

    @connected
    def begin(self, asker: str, key: str, fingerprint: str) -> Claim | Answer:
        """Return a claim to do the request, or the answer of the time that it was done.

        `asker` names who asks: a key is theirs alone.

        Raises RepeatedKeyError if the key was used for another request, and StillRunningError
        while the first request goes on.
        """
        told = f"{asker} {key}".encode(errors="replace")
        claim = Claim(hashlib.sha256(told).hexdigest(), now_ms())
        oldest, lost = claim.begun - DAY_MS, claim.begun - LOST_MS
        queries.delete_answer_if_over(self.database, claim.id, oldest, lost)
        if queries.insert_unanswered(self.database, claim.id, claim.begun, fingerprint):
            return claim
        found = queries.kept_answer(self.database, claim.id)
        if found is None or (found.fingerprint == fingerprint and not found.answer.status):
            raise StillRunningError
        if found.fingerprint != fingerprint:
            raise RepeatedKeyError
        if not found.answer.content_type:
            raise ConflictError("The request was done, but its answer was too long to be kept.")
        return found.answer

    @connected
    def keep(self, claim: Claim, answer: Answer) -> None:
        """Store the answer of a request that was done."""
        queries.keep_answer(self.database, claim.id, claim.begun, answer)

    @connected
    def release(self, claim: Claim) -> None:
        """Release the request to be sent again, as it changed nothing."""
        queries.delete_answer(self.database, claim.id, claim.begun)

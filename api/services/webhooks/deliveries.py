"""What addresses are still to be told: kept, sent by the holder of the lease, again if that fails.

An address may be told twice, where the sender is killed in between: `webhook-id` stays the same.
"""

import base64
import hashlib
import hmac
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import NamedTuple

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import FetchError, RaglanError
from api.fetching.calls import Caller, Request
from api.leases.fencing import Guard, unguarded
from api.secrets import Cipher, opened
from api.services.webhooks import queries
from api.services.webhooks.records import DeliveryRow

log = logging.getLogger(__name__)

MOST_WAITING = 1000
"""What an address is still to be told at most: what more there is, it is not told."""

DUE, EACH, AT_ONCE = 200, 4, 8
"""How much is looked at together, how much of that goes to one address, and how much at once."""

PAUSES = (10, 60, 300, 1800, 7200, 21600)
"""Seconds until an address is told again; after the last it is not, some nine hours later."""

OLDEST_MS = 24 * 3600 * 1000
"""What has waited so long is told no more: the address was away all the time."""

SECONDS, MOST_BYTES = 10, 1 << 16
"""How long an address may take to answer, and how much of the answer is read."""

REFUSED = 300
"""The first status by which an address says that it was not told, or is elsewhere."""

SECRET = "whsec_"  # noqa: S105 - what secrets begin with


class Outcome(StrEnum):
    """How telling ended: told, to be told again, or told no more."""

    SENT = "sent"
    RETRIED = "retried"
    GIVEN_UP = "given_up"


class Address(NamedTuple):
    """Where something is told; without a secret it is not signed."""

    url: str
    secret: str


class Attempt(NamedTuple):
    """Something that was told, or not: the reason is empty where it was."""

    row: DeliveryRow
    problem: str


class DeliveryService:
    """Keeps what addresses are to be told, and tells them."""

    def __init__(self, database: Database, cipher: Cipher, caller: Caller) -> None:
        """Initialize with the parts."""
        self.database = database
        self.cipher = cipher
        self.caller = caller

    def queue(self, webhook_id: str, user_id: str, body: bytes, url: str = "") -> bool:
        """Keep what an address is to be told; within a transaction. False where too much waits.

        `url` is that of an address that no row has.
        """
        count = queries.waiting if webhook_id else queries.waiting_of
        if count(self.database, webhook_id or user_id) >= MOST_WAITING:
            log.warning("An address is not told: %s events wait for it.", MOST_WAITING)
            return False
        sealed = self.cipher.encrypt(url)
        queries.queue(self.database, webhook_id, user_id, sealed, body.decode())
        return True

    def send_due(self, guard: Guard = unguarded) -> Counter[Outcome]:
        """Tell what is due; return how often that ended how. No connection is held meanwhile."""
        found = self.due()
        if not found:
            return Counter()
        with ThreadPoolExecutor(min(AT_ONCE, len(found))) as pool:
            attempts = list(pool.map(self.attempt, *zip(*found, strict=True)))
        self.settle(attempts, guard)
        return Counter(outcome_of(attempt) for attempt in attempts)

    @connected
    def due(self) -> list[tuple[DeliveryRow, Address | None]]:
        """Return some of what is to be told now, with its addresses; None where there is none."""
        counts: Counter[str] = Counter()
        known: dict[str, Address | None] = {}
        found = []
        for row in queries.due(self.database, DUE):
            counts[row.webhook_id or row.id] += 1
            if counts[row.webhook_id or row.id] <= EACH:
                if row.webhook_id not in known:
                    known[row.webhook_id] = self.address(row.webhook_id)
                own = self.opened(row.url_encrypted)
                address = known[row.webhook_id] if row.webhook_id else Address(own, "")
                found.append((row, address if address and address.url else None))
        return found

    def address(self, webhook_id: str) -> Address | None:
        """Return where a webhook is told; None for one that is off, or gone."""
        row = queries.find(self.database, webhook_id) if webhook_id else None
        if row is None or not row.is_enabled:
            return None
        return Address(self.opened(row.url_encrypted), self.opened(row.secret_encrypted))

    def opened(self, sealed: str) -> str:
        """Return what is encrypted; empty where nothing is, or the server's key has changed."""
        return (opened(self.cipher, sealed) or "") if sealed else ""

    def attempt(self, row: DeliveryRow, address: Address | None) -> Attempt:
        """Tell an address something."""
        if address is None:
            return Attempt(row, "")
        try:
            self.tell(address, row.id, row.body.encode())
        except RaglanError as error:
            return Attempt(row, str(error))
        return Attempt(row, "")

    def tell(self, address: Address, delivery_id: str, body: bytes) -> None:
        """Tell an address something now; raises what `Caller.call` does."""
        headers = signed(address.secret, delivery_id, int(time.time()), body)
        request = Request("POST", address.url, headers, body, SECONDS, MOST_BYTES)
        with self.caller.call(request) as reply:
            if reply.status >= REFUSED:
                raise FetchError(f"The address has answered with {reply.status}.")

    @connected
    def settle(self, attempts: Sequence[Attempt], guard: Guard) -> None:
        """Write what came of some attempts."""
        again = [one for one in attempts if outcome_of(one) is Outcome.RETRIED]
        over = [one for one in attempts if one not in again]
        with self.database.atomic():
            guard()
            queries.remove(self.database, [one.row.id for one in over])
            for one in again:
                not_before = now_ms() + PAUSES[one.row.attempts] * 1000
                queries.delay(self.database, one.row.id, not_before)
                queries.hold_back(self.database, one.row.webhook_id, not_before)
        for one in attempts:
            if one.problem:
                later = "later" if outcome_of(one) is Outcome.RETRIED else "no more"
                log.warning("A webhook is told %s: %s", later, one.problem)


def outcome_of(attempt: Attempt) -> Outcome:
    """Return how telling ended."""
    if not attempt.problem:
        return Outcome.SENT
    return Outcome.GIVEN_UP if is_over(attempt.row) else Outcome.RETRIED


def is_over(row: DeliveryRow) -> bool:
    """Return whether something is told no more when it was told in vain."""
    return row.attempts >= len(PAUSES) or now_ms() - row.create_time > OLDEST_MS


def signed(secret: str, delivery_id: str, seconds: int, body: bytes) -> Mapping[str, str]:
    """Return the headers of what is told, with a signature as Standard Webhooks has it."""
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(seconds),
    }
    if secret:
        key = base64.b64decode(secret.removeprefix(SECRET))
        content = f"{delivery_id}.{seconds}.".encode() + body
        digest = hmac.digest(key, content, hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers

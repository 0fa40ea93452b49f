"""What a tenant and a dataset may hold: bytes of files, documents, and chunks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from api.config.settings import QuotaSettings
from api.db.connection import Database, connection
from api.errors import QuotaError
from api.services.library.queries import holdings

KINDS = ("bytes", "documents", "chunks")
"""What is limited; each kind has a setting for tenants and one for datasets."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What something adds to a tenant, in a dataset unless the id is empty; `size` in bytes."""

    tenant_id: str
    dataset_id: str
    size: int = 0
    documents: int = 0
    chunks: int = 0

    def amounts(self) -> dict[str, int]:
        """Return how much is added of each kind that grows."""
        every = zip(KINDS, (self.size, self.documents, self.chunks), strict=True)
        return {kind: amount for kind, amount in every if amount > 0}


class Quota:
    """Refuses what would take more than its share; a limit of 0 is none, and costs nothing.

    Who adds something asks `check` before the work, and within the transaction that counts it
    calls `hold` first and `verify` last: of two that add at once, the second sees the first.
    A limit that was lowered below what is held refuses only what adds more of that kind.
    """

    def __init__(self, database: Database, settings: Callable[[], QuotaSettings]) -> None:
        """Initialize with the parts; `settings` returns the limits in force."""
        self.database = database
        self.settings = settings

    def check(self, growth: Growth) -> None:
        """Raise QuotaError if there is no room for what is about to be added."""
        if self.in_force():
            with connection(self.database):
                self.compare(growth, growth.amounts())

    def hold(self, tenant_id: str) -> None:
        """Within a transaction: let no other one add anything to the tenant until its end."""
        if "tenant" in self.in_force():
            holdings.hold_tenant(tenant_id)

    def verify(self, growth: Growth) -> None:
        """Within a transaction that has counted it: raise QuotaError if it was too much."""
        if self.in_force():
            self.compare(growth, dict.fromkeys(growth.amounts(), 0))

    def compare(self, growth: Growth, more: Mapping[str, int]) -> None:
        """Raise QuotaError if what is held, and so much more of each kind, is over a limit."""
        holders = {"tenant": partial(holdings.held_by_tenant, growth.tenant_id)}
        if growth.dataset_id:
            holders = {"dataset": partial(holdings.held_by_dataset, growth.dataset_id)} | holders
        for owner, holder in holders.items():
            limits = self.in_force().get(owner, {})
            held = dict(zip(KINDS, holder(), strict=True)) if limits.keys() & more else {}
            for kind, limit in limits.items():
                if kind in more and held[kind] + more[kind] > limit:
                    raise over(owner, kind, limit)

    def in_force(self) -> Mapping[str, Mapping[str, int]]:
        """Return the limits of tenants and datasets by kind, of those that have any."""
        return limits_of(self.settings())


@lru_cache(maxsize=4)
def limits_of(settings: QuotaSettings) -> Mapping[str, Mapping[str, int]]:
    """Return the limits that settings say, by owner and kind; what has no limit is left out."""
    every = {
        owner: {kind: int(getattr(settings, f"{owner}_{kind}")) for kind in KINDS}
        for owner in ("tenant", "dataset")
    }
    limits = {
        owner: {kind: some[kind] for kind in KINDS if some[kind]} for owner, some in every.items()
    }
    return {owner: some for owner, some in limits.items() if some}


def over(owner: str, kind: str, limit: int) -> QuotaError:
    """Return the error that says which limit is reached, and what to do."""
    whose = "This dataset" if owner == "dataset" else "The account that would hold this"
    return QuotaError(
        f"{whose} may hold {limit:,} {kind} and this would be more: delete what is not needed,"
        f" or have the server's operator raise quota.{owner}_{kind}."
    )

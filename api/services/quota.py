"""What a tenant and a dataset may hold: bytes of files, documents, and chunks."""

from collections.abc import Callable
from dataclasses import dataclass

from peewee import Database, fn

from api.config.settings import QuotaSettings
from api.db.connection import connected
from api.db.models.account import Tenant
from api.db.models.dataset import Dataset
from api.db.rows import locked_rows, tuple_rows
from api.errors import QuotaError


@dataclass(frozen=True, slots=True)
class Growth:
    """What something adds to a dataset of a tenant."""

    tenant_id: str
    dataset_id: str
    size: int = 0
    documents: int = 0
    chunks: int = 0


class Quota:
    """Refuses what would take more than its share; a limit of 0 is none, and costs nothing.

    Who adds something asks `check` before the work, and within the transaction that counts it
    calls `hold` first and `verify` last: of two that add at once, the second sees the first.
    What grows in another way stays within its limit even if the limit was lowered meanwhile.
    """

    def __init__(self, database: Database, settings: Callable[[], QuotaSettings]) -> None:
        """Remember the parts; `settings` returns the limits in force."""
        self.database = database
        self.settings = settings

    @connected
    def check(self, growth: Growth) -> None:
        """Raise QuotaError if there is no room for what is about to be added."""
        self.compare(growth, growth.size, growth.documents, growth.chunks)

    def hold(self, tenant_id: str) -> None:
        """Within a transaction: let no other one add anything to the tenant until its end."""
        limits = self.settings()
        if limits.tenant_bytes or limits.tenant_documents or limits.tenant_chunks:
            locked_rows(Tenant.select(Tenant.id).where(Tenant.id == tenant_id), Tenant.id)

    def verify(self, growth: Growth) -> None:
        """Within a transaction that has counted it: raise QuotaError if it was too much."""
        self.compare(growth, 0, 0, 0)

    def compare(self, growth: Growth, size: int, documents: int, chunks: int) -> None:
        """Raise QuotaError if what is held, and so much more, is over a limit of what grows."""
        limits = self.settings()
        grows = (growth.size > 0, growth.documents > 0, growth.chunks > 0)
        more = (size, documents, chunks)
        for owner, column, value, most in (
            (
                "dataset",
                Dataset.id,
                growth.dataset_id,
                (limits.dataset_bytes, limits.dataset_documents, limits.dataset_chunks),
            ),
            (
                "tenant",
                Dataset.tenant_id,
                growth.tenant_id,
                (limits.tenant_bytes, limits.tenant_documents, limits.tenant_chunks),
            ),
        ):
            if not any(limit for limit, concerned in zip(most, grows, strict=True) if concerned):
                continue
            held = self.held(column == value)
            for kind, has, adds, limit, concerned in zip(
                ("bytes", "documents", "chunks"), held, more, most, grows, strict=True
            ):
                if concerned and limit and has + adds > limit:
                    raise over(owner, kind, limit)

    def held(self, condition: object) -> tuple[int, int, int]:
        """Return the bytes, documents and chunks of the datasets that fulfil a condition."""
        columns = (Dataset.size, Dataset.document_count, Dataset.chunk_count)
        ((size, documents, chunks),) = tuple_rows(
            Dataset.select(*map(fn.SUM, columns)).where(condition)
        )
        return int(size or 0), int(documents or 0), int(chunks or 0)


def over(owner: str, kind: str, limit: int) -> QuotaError:
    """Return the error that says which limit is reached, and what to do."""
    whose = "This dataset" if owner == "dataset" else "Your account"
    return QuotaError(
        f"{whose} may hold {limit:,} {kind} and this would be more: delete what is not needed,"
        f" or have the server's operator raise quota.{owner}_{kind}."
    )

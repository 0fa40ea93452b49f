"""Tenants: their names, and the models that they use by default."""

from collections.abc import Mapping
from typing import Protocol

from api.db.connection import Database, connected
from api.errors import ArgumentError, FieldError, NotFoundError
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import Principal, TenantRecord
from api.services.accounts.values import TenantChanges
from api.things import Kind
from rag.llm.base import ModelType

KINDS: Mapping[str, ModelType | None] = {
    "llm_id": "chat",
    "embd_id": "embedding",
    "img2txt_id": None,
    "asr_id": None,
    "tts_id": None,
    "rerank_id": "rerank",
}
"""Which kind of model each field names; None where there are no models of the kind."""


class Models(Protocol):
    """What knows which models there are."""

    def fallback(self, kind: ModelType) -> str:
        """Return the name of the model that tenants use who have chosen none."""
        ...

    def check(self, tenant_id: str, kind: ModelType, model: str) -> None:
        """Refuse a model that a tenant cannot use; raises ArgumentError."""
        ...


class TenantService:
    """Shows and changes what the asker's own tenant goes by."""

    def __init__(self, database: Database, models: Models) -> None:
        """Initialize with the parts."""
        self.database = database
        self.models = models

    def info(self, asker: Principal) -> TenantRecord:
        """Return the tenant with the models that it uses by default: its own choice or ours."""
        found = self.find(asker)
        return found._replace(
            llm_id=found.llm_id or self.models.fallback("chat"),
            embd_id=found.embd_id or self.models.fallback("embedding"),
            rerank_id=found.rerank_id or self.models.fallback("rerank"),
        )

    @connected
    def find(self, asker: Principal) -> TenantRecord:
        """Return the tenant with the models that it has chosen."""
        found = queries.find_tenant(asker.tenant_id)
        if found is None:
            raise NotFoundError(Kind.TENANT)
        return found

    def change(self, asker: Principal, changes: TenantChanges) -> None:
        """Change the models that the tenant uses by default, to those that it can use.

        What comes back as it was is not looked at: forms send all their fields.
        """
        if changes.tenant_id not in {None, asker.tenant_id}:
            raise NotFoundError(Kind.TENANT)
        known = self.info(asker)
        columns = {
            name: value for name, value in changes.columns.items() if value != getattr(known, name)
        }
        for name, model in columns.items():
            if model and name in KINDS:
                self.check(asker.tenant_id, name, model)
        self.write(asker.tenant_id, columns)

    def check(self, tenant_id: str, name: str, model: str) -> None:
        """Refuse a model by the name of its field."""
        kind = KINDS[name]
        if kind is None:
            raise FieldError(name, "there are no models of this kind here: leave it empty", model)
        try:
            self.models.check(tenant_id, kind, model)
        except ArgumentError as error:
            raise FieldError(name, error.message, model) from error

    @connected
    def write(self, tenant_id: str, columns: Mapping[str, str]) -> None:
        """Write columns of a tenant."""
        queries.change_tenant(tenant_id, columns)

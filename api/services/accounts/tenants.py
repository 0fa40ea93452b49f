"""Tenants: their names, and the models that they use by default."""

from collections.abc import Mapping
from typing import Any, Protocol

from peewee import Database

from api.db.base import now_ms
from api.db.connection import connected
from api.db.models.account import Tenant
from api.db.rows import first_row
from api.errors import ArgumentError, NotFoundError
from api.schemas.console.account import TenantInfoRequest
from rag.llm.base import ModelType

KINDS: Mapping[str, ModelType | None] = {
    "llm_id": "chat",
    "embd_id": "embedding",
    "img2txt_id": None,
    "asr_id": None,
    "tts_id": None,
    "rerank_id": None,
}
"""Which kind of model each field names; None where there are no models of the kind."""


class Models(Protocol):
    """What knows which models there are."""

    def check(self, tenant_id: str, kind: ModelType, model: str) -> None:
        """Refuse a model that a tenant cannot use; raises ArgumentError."""
        ...


class TenantService:
    """Shows and changes what a tenant goes by."""

    def __init__(self, database: Database, models: Models) -> None:
        """Remember the parts."""
        self.database = database
        self.models = models

    @connected
    def info(self, tenant_id: str) -> dict[str, Any]:
        """Return a tenant with the models that it uses by default."""
        row = first_row(Tenant.select().where(Tenant.id == tenant_id))
        if row is None:
            raise NotFoundError("Tenant not found!")
        models = {name: value for name, value in row.items() if name.endswith("_id")}
        return {"tenant_id": row["id"], "name": row["name"], "role": "owner", **models}

    def change(self, tenant_id: str, request: TenantInfoRequest) -> None:
        """Change the models that a tenant uses by default, to those that it can use.

        What comes back as it was is not looked at: forms send all their fields.
        """
        if request.tenant_id not in {None, tenant_id}:
            raise NotFoundError("Tenant not found!")
        known = self.info(tenant_id)
        given = request.model_dump(exclude_none=True, exclude={"tenant_id"})
        changes = {name: value for name, value in given.items() if value != known[name]}
        for name, model in changes.items():
            if model and name in KINDS:
                self.check(tenant_id, name, model)
        self.write(tenant_id, changes)

    def check(self, tenant_id: str, name: str, model: str) -> None:
        """Refuse a model by the name of its field."""
        kind = KINDS[name]
        if kind is None:
            raise ArgumentError(
                f"Field: <{name}> - Message: <there are no models of this kind here: leave it"
                f" empty> - Value: <{model}>"
            )
        try:
            self.models.check(tenant_id, kind, model)
        except ArgumentError as error:
            raise ArgumentError(
                f"Field: <{name}> - Message: <{error.message}> - Value: <{model}>"
            ) from error

    @connected
    def write(self, tenant_id: str, changes: Mapping[str, Any]) -> None:
        """Write columns of a tenant."""
        Tenant.update(**changes, update_time=now_ms()).where(Tenant.id == tenant_id).execute()

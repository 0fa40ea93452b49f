"""Datasets: made, listed, changed and deleted."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from peewee import Database, IntegrityError, fn

from api.db.base import new_id, now_ms
from api.db.connection import connected, connection
from api.db.listing import Listing
from api.db.models.dataset import Dataset
from api.db.models.document import Document, Task
from api.db.models.states import RunState, TaskState
from api.db.rows import delete_rows, first_row, locked_rows, tuple_rows
from api.errors import ConflictError, PermissionDeniedError, RuleError
from api.schemas.sdk.dataset import (
    NAME_LIMIT,
    DatasetChange,
    DatasetDeletion,
    DatasetQuery,
    DatasetRequest,
)
from api.services.accounts.records import Principal
from api.services.library.cleanup import RUN_GRACE, CleanupService, note
from api.services.library.names import candidates, is_id, name_key, numbered_title
from api.services.library.parser_options import deep_merged, default_config, next_config
from api.services.library.presenting import DATASET_COLUMNS, dataset_object
from rag.llm.base import Embedder


class EmbeddingModels(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def default_embedding(self, tenant_id: str) -> str:
        """Return the name of the model that a tenant uses by default."""
        ...


class DatasetService:
    """Keeps the datasets of tenants."""

    def __init__(
        self, database: Database, models: EmbeddingModels, cleanup: CleanupService
    ) -> None:
        """Remember the parts; nothing is connected to."""
        self.database = database
        self.models = models
        self.cleanup = cleanup

    def create(self, owner: Principal, body: DatasetRequest) -> dict[str, Any]:
        """Create a dataset and return it; a name that is taken gets a number."""
        model = body.embedding_model or self.models.default_embedding(owner.tenant_id)
        self.models.embedder(owner.tenant_id, model)
        options = body.parser_config.given() if body.parser_config else {}
        columns = {
            "tenant_id": owner.tenant_id,
            "created_by": owner.user_id,
            "avatar": body.avatar or "",
            "description": body.description or "",
            "language": body.language,
            "embedding_model": model,
            "permission": body.permission,
            "chunk_method": body.chunk_method,
            "parser_config": deep_merged(default_config(body.chunk_method), options),
        }
        return self.insert(body.name, columns)

    @connected
    def insert(self, name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Write a dataset under the first form of its name that is free."""
        owned = Dataset.tenant_id == columns["tenant_id"]
        taken = {key for (key,) in tuple_rows(Dataset.select(Dataset.name_key).where(owned))}
        names = candidates(name, numbered_title(NAME_LIMIT), taken)
        while True:
            free = next(names)
            row = Dataset(id=new_id(), name=free, name_key=name_key(free), **columns)
            try:
                with self.database.atomic():
                    row.save(force_insert=True)
            except IntegrityError:
                continue  # somebody else has just taken the name
            return self.present(row.tenant_id, row.id)

    @connected
    def list_page(self, tenant_id: str, query: DatasetQuery) -> tuple[list[dict[str, Any]], int]:
        """Return a page of datasets and how many there are in all.

        Raises PermissionDeniedError when none has the given id or name.
        """
        listing = Listing(self.database, "dataset", DATASET_COLUMNS)
        listing.where("tenant_id = ?", tenant_id)
        for column, value in (("id", query.id), ("name", query.name.strip())):
            if value:
                self.check_exists(tenant_id, column, value)
                listing.where(f"{column} = ?", value)
        limit, offset = query.page_size, query.offset
        page = listing.page(query.orderby, desc=query.desc, limit=limit, offset=offset)
        if not page and query.id and query.name:
            raise denied(tenant_id, query.name)
        total = listing.total(page, limit=limit, offset=offset)
        return [dataset_object(row) for row in page], total

    @connected
    def get(self, tenant_id: str, dataset_id: str) -> dict[str, Any]:
        """Return a dataset."""
        return self.present(tenant_id, dataset_id)

    def update(self, tenant_id: str, dataset_id: str, body: DatasetChange) -> dict[str, Any]:
        """Change what is given of a dataset and return it."""
        model = ""
        if body.changes("embedding_model"):
            model = body.embedding_model or self.models.default_embedding(tenant_id)
            self.models.embedder(tenant_id, model)
        with connection(self.database):
            try:
                with self.database.atomic():
                    self.write(self.locked(tenant_id, dataset_id), body, model)
            except IntegrityError as error:
                raise ConflictError(f"Dataset name '{body.name}' already exists") from error
            return self.present(tenant_id, dataset_id)

    def delete(self, tenant_id: str, body: DatasetDeletion) -> int:
        """Delete datasets with all that is in them, all the given ones or none."""
        self.cleanup.disk.make_room()
        noted = self.forget(tenant_id, None if body.everything else body.ids or [])
        self.cleanup.carry_out(noted)
        return len(noted)

    # The rows.

    def write(self, stored: Mapping[str, Any], body: DatasetChange, model: str) -> None:
        """Write the changes of a locked dataset."""
        columns = body.model_dump(
            exclude_unset=True, exclude={"embedding_model", "parser_config", "pagerank"}
        )
        for name in {"avatar", "description"} & columns.keys():
            columns[name] = columns[name] or ""
        if "name" in columns:
            columns["name_key"] = name_key(columns["name"])
        if model and model != stored["embedding_model"]:
            check_unused(stored)
            columns |= {"embedding_model": model, "dimensions": 0}
        method = columns.get("chunk_method", stored["chunk_method"])
        columns["parser_config"] = next_config(
            stored["parser_config"],
            method,
            body.options(),
            method_changes=method != stored["chunk_method"],
        )
        Dataset.update(**columns).where(Dataset.id == stored["id"]).execute()

    def locked(self, tenant_id: str, dataset_id: str) -> dict[str, Any]:
        """Return a dataset's row, which nobody else changes until the transaction ends."""
        owned = (Dataset.id == dataset_id) & (Dataset.tenant_id == tenant_id)
        if not is_id(dataset_id) or not (
            Dataset.update(update_time=now_ms()).where(owned).execute()
        ):
            raise denied(tenant_id, dataset_id)
        row = first_row(Dataset.select().where(owned))
        if row is None:
            raise denied(tenant_id, dataset_id)
        return row

    def present(self, tenant_id: str, dataset_id: str) -> dict[str, Any]:
        """Return a dataset as it goes out."""
        listing = Listing(self.database, "dataset", DATASET_COLUMNS)
        listing.where("tenant_id = ?", tenant_id).where("id = ?", dataset_id)
        rows = listing.rows() if is_id(dataset_id) else []
        if not rows:
            raise denied(tenant_id, dataset_id)
        return dataset_object(rows[0])

    def check_exists(self, tenant_id: str, column: str, value: str) -> None:
        """Raise PermissionDeniedError unless the tenant has a dataset with this id or name."""
        listing = Listing(self.database, "dataset", ("id",)).where("tenant_id = ?", tenant_id)
        if "\0" in value or not listing.where(f"{column} = ?", value).rows("LIMIT 1"):
            raise denied(tenant_id, value)

    @connected
    def forget(self, tenant_id: str, ids: Sequence[str] | None) -> list[str]:
        """Delete the rows of datasets, all of a tenant's for None; return the noted cleanups.

        A dataset is gone with its row; what is in it goes afterwards, however much that is.
        """
        owned = Dataset.tenant_id == tenant_id
        chosen = owned if ids is None else owned & Dataset.id.in_(ids)
        with self.database.atomic():
            locked = locked_rows(Dataset.select(Dataset.id).where(chosen), Dataset.id)
            found = [row["id"] for row in locked]
            missing = [dataset_id for dataset_id in ids or () if dataset_id not in found]
            if missing:
                raise denied(tenant_id, *missing)
            return [self.forget_one(dataset_id) for dataset_id in found]

    def forget_one(self, dataset_id: str) -> str:
        """Delete a dataset's row, and note what is to be removed now and after runs have ended."""
        delete_rows(Dataset, Dataset.id == dataset_id)
        running = (Task.dataset_id == dataset_id) & (Task.state == TaskState.RUNNING)
        if Task.update(cancel_requested=True).where(running).execute():
            note("dataset", dataset_id, wait=RUN_GRACE)
        return note("dataset", dataset_id)


def check_unused(stored: Mapping[str, Any]) -> None:
    """Refuse another embedding model for a dataset that has chunks, or is about to."""
    if stored["chunk_count"]:
        raise RuleError(
            f"When chunk_num ({stored['chunk_count']}) > 0, embedding_model must remain"
            f" {stored['embedding_model']}"
        )
    running = (Document.dataset_id == stored["id"]) & (Document.run == RunState.RUNNING)
    if tuple_rows(Document.select(fn.COUNT(Document.id)).where(running))[0][0]:
        raise ConflictError("Can't change `embedding_model` while documents are being parsed.")


def denied(tenant_id: str, *missing: str) -> PermissionDeniedError:
    """Return the error for datasets that the tenant does not have."""
    listed = ", ".join(missing)
    return PermissionDeniedError(f"User '{tenant_id}' lacks permission for dataset '{listed}'")

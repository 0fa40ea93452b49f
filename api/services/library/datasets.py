"""Datasets: made, listed, changed and deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import NamedTuple, Protocol

import orjson

from api.db.base import new_id
from api.db.connection import Database, connected, connection
from api.errors import ConflictError, ModelInUseError, NotFoundError, TakenError
from api.services.accounts.access import Right, check, granted, level_of, levels, owns
from api.services.accounts.grant_records import Level
from api.services.accounts.records import Principal
from api.services.library.cleanup import RUN_GRACE, CleanupService
from api.services.library.names import candidates, is_id, numbered_title
from api.services.library.parser_options import config_with, next_config
from api.services.library.queries import datasets as queries
from api.services.library.queries.cleanup import note
from api.services.library.records import CleanupKind, DatasetRecord
from api.services.library.unbuilt_options import check_built
from api.services.library.values import DATASET_NAME, DatasetChange, DatasetFilter, NewDataset, Page
from api.services.unset import UNSET, Unset
from api.things import Kind
from rag.engines.defaults import VECTOR_WEIGHT
from rag.llm.base import Embedder

AS_GIVEN = frozenset(
    {
        "name",
        "avatar",
        "description",
        "language",
        "permission",
        "chunk_method",
        "pagerank",
        "auto_metadata_config",
    }
)
"""The fields of a change that are written as they are."""


class EmbeddingModels(Protocol):
    """Where embedding models come from."""

    def embedder(self, tenant_id: str, model: str) -> Embedder:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def default_embedding(self, tenant_id: str) -> str:
        """Return the name of the model that a tenant uses by default."""
        ...


class Model(NamedTuple):
    """An embedding model by name, and the part of its vectors in a similarity by default."""

    name: str
    vector_weight: float


class DatasetService:
    """Keeps the datasets of tenants."""

    def __init__(
        self, database: Database, models: EmbeddingModels, cleanup: CleanupService
    ) -> None:
        """Initialize with the parts; nothing is connected to."""
        self.database = database
        self.models = models
        self.cleanup = cleanup

    def create(self, asker: Principal, wanted: NewDataset) -> DatasetRecord:
        """Create a dataset and return it; a name that is taken gets a number.

        Raises TakenError for an id that another dataset has, and FieldsError for an option of
        parsing that is not built.
        """
        check_built(wanted.options or {})
        model = self.usable_model(asker.tenant_id, wanted.embedding_model)
        columns = {
            "id": wanted.id or new_id(),
            "tenant_id": asker.tenant_id,
            "created_by": asker.user_id,
            "avatar": wanted.avatar,
            "description": wanted.description,
            "language": wanted.language,
            "embedding_model": model.name,
            "vector_similarity_weight": model.vector_weight,
            "permission": wanted.permission,
            "chunk_method": wanted.chunk_method,
            "auto_metadata_config": wanted.auto_metadata_config,
            "pagerank": wanted.pagerank,
            "parser_config": config_with(wanted.chunk_method, wanted.options or {}),
            "attributes": orjson.dumps(wanted.attributes).decode(),
        }
        with connection(self.database):
            if wanted.id and queries.find(self.database, wanted.id):
                raise TakenError(Kind.DATASET, wanted.id)
            taken = queries.name_keys(asker.tenant_id)
            for name in candidates(wanted.name, numbered_title(DATASET_NAME), taken):
                made = queries.insert(self.database, columns | {"name": name})
                if made:  # else somebody has just taken the name
                    break
            return self.checked(asker, made, Right.OWN)

    def shared(self, asker: Principal, dataset_id: str) -> DatasetRecord:
        """Return a dataset of which the asker may say who uses it; within a connection."""
        return self.checked(asker, dataset_id, Right.MANAGE)

    @connected
    def list_page(
        self, asker: Principal, wanted: DatasetFilter, page: Page
    ) -> tuple[list[DatasetRecord], int]:
        """Return a page of the datasets that the asker may read, and how many there are in all.

        Raises NotFoundError when none has the given id, or none the given name.
        """
        for name, value in (("id", wanted.id), ("name", wanted.name)):
            if value and not self.is_visible(asker, name, value):
                raise NotFoundError(Kind.DATASET, value)
        return queries.page_of(queries.visible(self.database, asker, wanted, page.without), page)

    def is_visible(self, asker: Principal, name: str, value: str) -> bool:
        """Return whether one may read a dataset of an id or a name; within a connection."""
        alone = DatasetFilter(**{name: value})
        return "\0" not in value and queries.any_visible(self.database, asker, alone)

    @connected
    def any_visible(self, asker: Principal) -> bool:
        """Return whether there is a dataset that one may read."""
        return queries.any_visible(self.database, asker, DatasetFilter())

    @connected
    def filled_ids(self, asker: Principal, limit: int) -> list[str]:
        """Return the ids of the newest datasets that one may read and that hold chunks."""
        return queries.filled_ids(self.database, asker, limit)

    @connected
    def get(self, asker: Principal, dataset_id: str) -> DatasetRecord:
        """Return a dataset that the asker may read."""
        return self.checked(asker, dataset_id, Right.READ)

    @connected
    def levels(self, asker: Principal, found: Sequence[DatasetRecord]) -> Mapping[str, Level]:
        """Return what the asker may do with those of some datasets that are somebody else's."""
        return levels(self.database, asker, Kind.DATASET, found)

    @connected
    def level(self, asker: Principal, found: DatasetRecord) -> Level | None:
        """Return what the asker may do with a dataset of somebody else; None for their own."""
        if owns(asker, found):
            return None
        return level_of(asker, found, granted(self.database, asker, Kind.DATASET, [found.id]))

    def update(self, asker: Principal, dataset_id: str, change: DatasetChange) -> DatasetRecord:
        """Change a dataset that the asker may manage and return it.

        An embedding model that stays is not looked at: it may have gone since.
        """
        model = self.model_after(asker, dataset_id, change.embedding_model)
        with connection(self.database):
            self.checked(asker, dataset_id, Right.MANAGE)
            with self.database.atomic():
                stored = queries.lock(self.database, dataset_id)
                if stored is None:
                    raise NotFoundError(Kind.DATASET, dataset_id)
                columns = columns_of(stored, change, model)
                if not queries.write(self.database, dataset_id, columns):
                    raise TakenError(Kind.DATASET, str(change.name))
            return self.checked(asker, dataset_id, Right.MANAGE)

    def check_model(self, asker: Principal, dataset_id: str, model: str) -> None:
        """Raise what a change of a dataset's embedding model to this one would raise."""
        self.model_after(asker, dataset_id, model)
        with connection(self.database):
            stored = self.checked(asker, dataset_id, Right.MANAGE)
            if model != stored.embedding_model:
                check_unused(stored)

    def delete(self, asker: Principal, ids: Sequence[str] | None) -> int:
        """Delete datasets of the asker's own with all that is in them, all the given ones or none.

        None deletes all that the tenant has.
        """
        self.cleanup.disk.make_room()
        noted = self.delete_rows(asker, ids)
        self.cleanup.carry_out(noted)
        return len(noted)

    @connected
    def delete_rows(self, asker: Principal, ids: Sequence[str] | None) -> list[str]:
        """Delete the rows of datasets and return the noted cleanups.

        A dataset is gone with its row; what is in it goes afterwards, however much that is.
        """
        with self.database.atomic():
            found = queries.lock_owned(asker.tenant_id, ids)
            missing = [dataset_id for dataset_id in ids or () if dataset_id not in found]
            if missing:
                raise NotFoundError(Kind.DATASET, *missing)
            return [delete_one(self.database, dataset_id) for dataset_id in found]

    def model_after(self, asker: Principal, dataset_id: str, name: str | Unset) -> Model:
        """Return the embedding model of a dataset that the asker may manage after a change."""
        with connection(self.database):
            found = self.checked(asker, dataset_id, Right.MANAGE)
        if name in {UNSET, found.embedding_model}:
            return Model(found.embedding_model, found.vector_similarity_weight)
        return self.usable_model(found.tenant_id, name)

    def usable_model(self, tenant_id: str, name: str) -> Model:
        """Return a model that a tenant can use, its default for an empty name."""
        model = name or self.models.default_embedding(tenant_id)
        card = self.models.embedder(tenant_id, model).card
        return Model(model, card.weight(VECTOR_WEIGHT))

    def checked(self, asker: Principal, dataset_id: str, right: Right) -> DatasetRecord:
        """Return a dataset to which the asker has a right."""
        found = queries.find(self.database, dataset_id) if is_id(dataset_id) else None
        return check(self.database, asker, found, right, Kind.DATASET, dataset_id)


def columns_of(stored: DatasetRecord, change: DatasetChange, model: Model) -> dict[str, object]:
    """Return the columns that a change writes; raises an error for what the rules forbid.

    `model` is its embedding model afterwards.
    """
    given = {field.name: getattr(change, field.name) for field in fields(change)}
    columns = {name: given[name] for name in AS_GIVEN if given[name] is not UNSET}
    if change.attributes is not UNSET:
        columns["attributes"] = orjson.dumps(change.attributes).decode()
    if model.name != stored.embedding_model:
        check_unused(stored)
        weight = {"vector_similarity_weight": model.vector_weight}
        columns |= {"embedding_model": model.name, "dimensions": 0, **weight}
    method = str(columns.get("chunk_method", stored.chunk_method))
    columns["parser_config"] = next_config(
        orjson.loads(stored.parser_config),
        method,
        change.options,
        method_changes=method != stored.chunk_method,
        replaces=change.replaces,
    )
    return columns


def check_unused(stored: DatasetRecord) -> None:
    """Refuse another embedding model for a dataset that has chunks, or is about to."""
    if stored.chunk_count:
        raise ModelInUseError(stored.embedding_model, stored.chunk_count)
    if queries.any_running(stored.id):
        raise ConflictError("Can't change `embedding_model` while documents are being parsed.")


def delete_one(database: Database, dataset_id: str) -> str:
    """Delete a dataset's row, and note what is to be removed now and after runs have ended."""
    if queries.delete(database, dataset_id):
        note(CleanupKind.DATASET, dataset_id, wait=RUN_GRACE)
    return note(CleanupKind.DATASET, dataset_id)

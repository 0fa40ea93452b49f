"""The statements about datasets."""

from collections.abc import Collection, Mapping, Sequence

from peewee import IntegrityError, fn

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing, lean
from api.db.models.dataset import Dataset, DatasetDirectory
from api.db.models.document import Document, Task
from api.db.models.states import RunState, TaskState
from api.db.rows import delete_rows, locked_rows, tuple_rows
from api.services.accounts.access import reasons
from api.services.accounts.grant_queries import forget_things
from api.services.accounts.records import Principal
from api.services.library.names import name_key
from api.services.library.queries import questions
from api.services.library.queries.paging import page_rows, total
from api.services.library.records import TEAM, DatasetRecord
from api.services.library.values import DatasetFilter, Page
from api.things import Kind

COLUMNS = DatasetRecord._fields
CONTAINS = f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'"


def find(database: Database, dataset_id: str) -> DatasetRecord | None:
    """Return a dataset, whosever it is."""
    found = Listing(database, "dataset", COLUMNS).where("id = ?", dataset_id).tuples()
    return DatasetRecord._make(found[0]) if found else None


def visible(
    database: Database, asker: Principal, wanted: DatasetFilter, without: Collection[str] = ()
) -> Listing:
    """Return the list of the datasets that an asker may read."""
    why = reasons(database, asker, Kind.DATASET, f"permission = '{TEAM}'")
    listing = Listing(database, "dataset", lean(COLUMNS, without)).where_any(why)
    if asker.scope.dataset_ids:
        listing.where_in("id", sorted(asker.scope.dataset_ids))
    return chosen(listing, wanted)


def chosen(listing: Listing, wanted: DatasetFilter) -> Listing:
    """Return those datasets of a list that are asked for."""
    if wanted.name:
        listing.where("name_key = ? AND name = ?", name_key(wanted.name), wanted.name)
    if wanted.keywords:
        listing.where(CONTAINS, containing(name_key(wanted.keywords)))
    for column, value in (("id", wanted.id), ("chunk_method", wanted.chunk_method)):
        if value:
            listing.where(f"{column} = ?", value)
    for column, values in (("id", wanted.ids), ("tenant_id", wanted.owners)):
        if values:
            listing.where_in(column, values)
    return listing


def any_visible(database: Database, asker: Principal, wanted: DatasetFilter) -> bool:
    """Return whether an asker may read any such dataset."""
    return bool(visible(database, asker, wanted).tuples("LIMIT 1"))


def filled_ids(database: Database, asker: Principal, limit: int) -> list[str]:
    """Return the ids of the newest datasets that an asker may read and that hold chunks."""
    listing = visible(database, asker, DatasetFilter()).where("chunk_count > 0")
    listing.columns = ("id",)
    found = listing.page_tuples("create_time", desc=True, limit=limit, offset=0)
    return [dataset_id for (dataset_id,) in found]


def records(listing: Listing) -> list[DatasetRecord]:
    """Return all datasets of a list."""
    return [DatasetRecord._make(row) for row in listing.tuples()]


def page_of(listing: Listing, page: Page) -> tuple[list[DatasetRecord], int]:
    """Return a page of a list, and how many there are in all."""
    rows = page_rows(listing, page)
    return list(map(DatasetRecord._make, rows)), total(listing, rows, page)


def name_keys(tenant_id: str) -> set[str]:
    """Return what the names of a tenant's datasets are compared by."""
    owned = Dataset.tenant_id == tenant_id
    return {key for (key,) in tuple_rows(Dataset.select(Dataset.name_key).where(owned))}


def insert(database: Database, columns: Mapping[str, object]) -> str:
    """Write a dataset and return its id; an empty id when the tenant has one of that name."""
    row = Dataset(name_key=name_key(str(columns["name"])), **columns)
    try:
        with database.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return ""
    return str(row.id)


def lock(database: Database, dataset_id: str) -> DatasetRecord | None:
    """Return a dataset, which nobody else changes until the transaction ends."""
    Dataset.update(update_time=now_ms()).where(Dataset.id == dataset_id).execute()
    return find(database, dataset_id)


def write(database: Database, dataset_id: str, columns: Mapping[str, object]) -> bool:
    """Write columns of a dataset; False when the tenant has another one of that name."""
    given = dict(columns)
    if "name" in given:
        given["name_key"] = name_key(str(given["name"]))
    try:
        with database.atomic():
            Dataset.update(**given).where(Dataset.id == dataset_id).execute()
    except IntegrityError:
        return False
    return True


def lock_owned(tenant_id: str, ids: Sequence[str] | None) -> list[str]:
    """Return those of the ids, or all for None, that a tenant owns; nobody else changes them."""
    owned = Dataset.tenant_id == tenant_id
    chosen = owned if ids is None else owned & Dataset.id.in_(ids)
    return [row[0] for row in locked_rows(Dataset.select(Dataset.id).where(chosen), Dataset.id)]


def delete(database: Database, dataset_id: str) -> bool:
    """Delete a dataset, and cancel what parses its documents; return whether anything does."""
    delete_rows(Dataset, Dataset.id == dataset_id)
    forget_things(database, Kind.DATASET, [dataset_id])
    questions.remove_all(dataset_id)
    delete_rows(DatasetDirectory, DatasetDirectory.dataset_id == dataset_id)
    running = (Task.dataset_id == dataset_id) & (Task.state == TaskState.RUNNING)
    return bool(Task.update(cancel_requested=True).where(running).execute())


def any_running(dataset_id: str) -> bool:
    """Return whether any document of a dataset is being parsed."""
    running = (Document.dataset_id == dataset_id) & (Document.run == RunState.RUNNING)
    return bool(tuple_rows(Document.select(fn.COUNT(Document.id)).where(running))[0][0])

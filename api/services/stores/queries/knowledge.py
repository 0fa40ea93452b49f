"""The statements about files and knowledge bases of Open WebUI's clients."""

from collections.abc import Iterable, Mapping, Sequence

from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.models.states import RunState
from api.db.sql import rows
from api.services.accounts.records import Principal
from api.services.files.queries.entries import TABLE
from api.services.files.records import FOLDER
from api.services.library.names import name_key
from api.services.library.queries import datasets
from api.services.library.records import DatasetRecord, DocumentRecord
from api.services.library.values import DatasetFilter
from api.services.stores.knowledge_records import KeptFile, PersonRecord
from api.services.stores.knowledge_values import Wanted, Whose

FILE_COLUMNS = ("id", "created_by", "name", "size", "content_hash", "create_time", "update_time")

MOST_WHOLE = 1000
"""Documents of a dataset that are read whole at most."""

PEOPLE = "SELECT id, nickname, email, is_superuser FROM account WHERE id IN ({marks})"

WILD = str.maketrans({"*": "%", "?": "_", "%": "!%", "_": "!_", "!": "!!"})
"""What stands for what in a pattern of names."""


def file(database: Database, file_id: str) -> KeptFile | None:
    """Return a file, whosever it is, without its document."""
    found = Listing(database, TABLE, FILE_COLUMNS).where("id = ?", file_id).tuples()
    return KeptFile(*found[0]) if found else None


def files_of(database: Database, tenant_id: str) -> Listing:
    """Return the list of a tenant's files, whatever folders they are in."""
    listing = Listing(database, TABLE, FILE_COLUMNS).where("tenant_id = ?", tenant_id)
    return listing.where("type <> ?", FOLDER)


def named_like(listing: Listing, pattern: str) -> Listing:
    """Return those of a list whose names fit a pattern with `*` and `?`."""
    fitting = name_key(pattern).translate(WILD)
    return listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", fitting)


def page_of_files(listing: Listing, limit: int, offset: int) -> tuple[list[KeptFile], int]:
    """Return some files of a list, the newest first, and how many there are in all."""
    found = listing.page_tuples("create_time", desc=True, limit=limit, offset=offset)
    return [KeptFile(*row) for row in found], listing.total(found, limit=limit, offset=offset)


def documents(
    database: Database, asker: Principal, ids: Sequence[str]
) -> Mapping[str, DocumentRecord]:
    """Return documents that an asker may read, by their ids and those of their files.

    Where several were made of a file it is one that is parsed, else the first.
    """
    found: list[DocumentRecord] = []
    for column in ("id", "file_id") if ids else ():
        listing = Listing(database, "document", DocumentRecord._fields).where_in(column, ids)
        found += map(DocumentRecord._make, listing.tuples())
    shown = datasets.visible(database, asker, DatasetFilter())
    shown.where_in("id", list({document.dataset_id for document in found}))
    readable = {record.id for record in datasets.records(shown)} if found else set()
    known: dict[str, DocumentRecord] = {}
    for one in sorted(found, key=lambda one: (one.run != RunState.DONE, one.create_time, one.id)):
        if one.dataset_id in readable:
            known.setdefault(one.id, one)
            known.setdefault(one.file_id, one)
    return known


def readable(database: Database, asker: Principal, ids: Sequence[str]) -> list[DatasetRecord]:
    """Return those of some datasets that an asker may read."""
    if not ids:
        return []
    return datasets.records(datasets.visible(database, asker, DatasetFilter(ids=ids)))


def found_documents(
    database: Database, asker: Principal, wanted: Wanted, without: str
) -> tuple[list[DocumentRecord], int]:
    """Return some documents by their names, of all datasets that an asker may read but one."""
    readable_ids = datasets.visible(database, asker, DatasetFilter()).where("id <> ?", without)
    listing = Listing(database, "document", DocumentRecord._fields)
    within = f"dataset_id IN (SELECT id {readable_ids.body()})"
    listing.where(within, *readable_ids.bound())
    if wanted.keywords:
        clause = f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'"
        listing.where(clause, containing(name_key(wanted.keywords)))
    limit, offset = wanted.limit, wanted.offset
    found = listing.page_tuples("create_time", desc=True, limit=limit, offset=offset)
    total = listing.total(found, limit=limit, offset=offset)
    return [DocumentRecord._make(row) for row in found], total


def read_documents(database: Database, dataset_id: str) -> list[DocumentRecord]:
    """Return the documents of a dataset that say something, the oldest first."""
    listing = Listing(database, "document", DocumentRecord._fields)
    listing.where("dataset_id = ?", dataset_id).where("enabled AND chunk_count > 0")
    order = f"ORDER BY create_time, id LIMIT {MOST_WHOLE}"
    return [DocumentRecord._make(row) for row in listing.tuples(order)]


def bases(
    database: Database, asker: Principal, wanted: Wanted, whose: Whose, without: str
) -> tuple[list[DatasetRecord], int]:
    """Return some of the datasets that an asker may read, but one, and how many there are."""
    listing = datasets.visible(database, asker, DatasetFilter()).where("id <> ?", without)
    if wanted.keywords:
        clause = f"(name_key LIKE ? ESCAPE '{LIKE_ESCAPE}' OR description LIKE ? ESCAPE '!')"
        keywords = containing(name_key(wanted.keywords)), containing(wanted.keywords)
        listing.where(clause, *keywords)
    if whose is not Whose.EVERYBODY:
        sign = "=" if whose is Whose.OWN else "<>"
        listing.where(f"tenant_id {sign} ?", asker.tenant_id)
    found = listing.page_tuples(
        wanted.order, desc=wanted.descending, limit=wanted.limit, offset=wanted.offset
    )
    total = listing.total(found, limit=wanted.limit, offset=wanted.offset)
    return [DatasetRecord._make(row) for row in found], total


def people(database: Database, ids: Iterable[str]) -> Mapping[str, PersonRecord]:
    """Return some accounts by their ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = rows(database, PEOPLE.format(marks=", ".join("?" * len(wanted))), *wanted)
    return {row[0]: PersonRecord(row[0], row[1], row[2], bool(row[3])) for row in found}


def owns(database: Database, asker: Principal, file_id: str) -> bool:
    """Return whether a file is of the asker's tenant."""
    return bool(files_of(database, asker.tenant_id).where("id = ?", file_id).tuples())


def used(database: Database, file_ids: Iterable[str], without: str) -> set[str]:
    """Return those of some files that have documents in datasets, one of which does not count."""
    listing = Listing(database, "document", ("file_id",)).where("dataset_id <> ?", without)
    return {found for (found,) in listing.where_in("file_id", sorted(file_ids)).tuples()}

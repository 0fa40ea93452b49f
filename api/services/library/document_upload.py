"""Uploads: files into the object store, then their documents into the database, all or none."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from peewee import Database, IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import connected
from api.db.models.cleanup import Cleanup
from api.db.models.dataset import Dataset
from api.db.models.document import Document
from api.db.rows import delete_rows, tuple_rows
from api.errors import (
    DiskFullError,
    NotFoundError,
    RaglanError,
    UnavailableError,
    UnsupportedTypeError,
)
from api.execution import Execution
from api.schemas.sdk.document import NAME_BYTES, clean_file_name
from api.services.accounts.records import Principal
from api.services.library.cleanup import UPLOAD_GRACE, CleanupService, note
from api.services.library.disk import FULL, DiskSpace
from api.services.library.names import candidates, name_key, numbered_file
from api.services.library.owned import dataset_of
from api.services.library.presenting import document_object
from api.services.library.quota import Growth, Quota
from rag.errors import StorageError, StorageFullError
from rag.parsing.registry import document_type, suffix_of
from rag.storage.base import ObjectStore

log = logging.getLogger(__name__)

BLOCK = 256 << 10
ROWS_AT_ONCE = 100

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of nothing."""

METHODS_BY_TYPE = {"visual": "picture", "aural": "audio"}
METHODS_BY_SUFFIX = {
    "ppt": "presentation",
    "pptx": "presentation",
    "pptm": "presentation",
    "eml": "email",
    "msg": "email",
}


class Readable(Protocol):
    """A file that was received, in memory or on the disk."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place and return it."""
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was received, under the name that its sender gives it, with its metadata."""

    name: str
    content: Readable
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A file with its document's id; `cleanup_id` notes its removal unless it is committed.

    An empty file is not stored: it has neither key nor note.
    """

    document_id: str
    name: str
    size: int
    key: str
    cleanup_id: str


class UploadService:
    """Adds documents to datasets."""

    def __init__(
        self,
        database: Database,
        storage: ObjectStore,
        cleanup: CleanupService,
        quota: Quota,
        disk: DiskSpace,
        execution: Execution,
    ) -> None:
        """Remember the parts; nothing is opened."""
        self.disk = disk
        self.quota = quota
        self.database = database
        self.storage = storage
        self.cleanup = cleanup
        self.execution = execution

    def upload(
        self, owner: Principal, dataset_id: str, uploads: Sequence[Upload]
    ) -> list[dict[str, Any]]:
        """Store files as new documents and return these; a name that is taken gets a number.

        Every name is checked before anything is stored. When anything fails nothing stays.
        """
        dataset = self.dataset(owner.tenant_id, dataset_id)
        sized = [(checked_name(item.name), item.content.seek(0, 2)) for item in uploads]
        growth = Growth(owner.tenant_id, dataset_id, sum(size for _, size in sized), len(sized))
        self.quota.check(growth)
        self.disk.check(growth.size)
        planned = self.plan(dataset_id, sized)
        try:
            hashes = [
                self.store(plan, item.content) for plan, item in zip(planned, uploads, strict=True)
            ]
            rows = [
                document_row(owner, dataset, plan, sha256) | {"meta_fields": dict(item.metadata)}
                for plan, sha256, item in zip(planned, hashes, uploads, strict=True)
            ]
            self.commit(growth, planned, rows)
        except BaseException:
            with suppress(RaglanError):  # what cannot be removed now stays noted
                self.cleanup.carry_out([plan.cleanup_id for plan in planned if plan.cleanup_id])
            raise
        return [document_object(row) for row in rows]

    @connected
    def dataset(self, tenant_id: str, dataset_id: str) -> dict[str, Any]:
        """Return what a document takes over from its dataset."""
        columns = (Dataset.chunk_method, Dataset.parser_config)
        found = dataset_of(tenant_id, dataset_id, *columns)
        if found is None:
            raise not_found(dataset_id)
        return found

    @connected
    def plan(self, dataset_id: str, sized: Sequence[tuple[str, int]]) -> list[Planned]:
        """Note every file that will be stored, so that none stays if this process dies."""
        with self.database.atomic():
            return [planned_file(dataset_id, name, size) for name, size in sized]

    def store(self, plan: Planned, content: Readable) -> str:
        """Store a file and return its SHA-256."""
        if not plan.size:
            return EMPTY_HASH
        content.seek(0)
        try:
            return self.execution.files(self.storage.put, plan.key, blocks(content)).sha256
        except StorageError as error:
            log.warning("An upload could not be stored: %s", error)
            if isinstance(error, StorageFullError):
                raise DiskFullError(f"{plan.name} does not fit: {FULL}") from error
            raise UnavailableError(f"{plan.name} could not be stored: try again later.") from error

    @connected
    def commit(
        self, growth: Growth, planned: Sequence[Planned], rows: Sequence[dict[str, Any]]
    ) -> None:
        """Write the documents, under the first forms of their names that are free."""
        while True:
            self.choose_names(growth.dataset_id, planned, rows)
            try:
                with self.database.atomic():
                    self.quota.hold(growth.tenant_id)
                    self.insert(growth, planned, rows)
                    self.quota.verify(growth)
            except IntegrityError:
                continue  # somebody else has just taken one of the names
            return

    def choose_names(
        self, dataset_id: str, planned: Sequence[Planned], rows: Sequence[dict[str, Any]]
    ) -> None:
        """Give each row a name that no document of the dataset and no other row has."""
        taken = self.taken_names(dataset_id, [plan.name for plan in planned])
        for plan, row in zip(planned, rows, strict=True):
            name = next(candidates(plan.name, numbered_file(NAME_BYTES), taken))
            row |= {"name": name, "name_key": name_key(name)}
            taken.add(row["name_key"])

    def taken_names(self, dataset_id: str, names: Sequence[str]) -> set[str]:
        """Return the keys of the dataset's names that these might collide with."""
        keys = list(dict.fromkeys(map(name_key, names)))
        here = Document.dataset_id == dataset_id
        chosen = Document.select(Document.name_key).where(here, Document.name_key.in_(keys))
        taken = {key for (key,) in tuple_rows(chosen)}
        if taken or len(names) > len(keys):
            # Some names need a number; which are free, only all names can tell.
            everything = tuple_rows(Document.select(Document.name_key).where(here))
            taken.update(key for (key,) in everything)
        return taken

    def insert(
        self, growth: Growth, planned: Sequence[Planned], rows: Sequence[dict[str, Any]]
    ) -> None:
        """Write rows and counter, and take back the notes; all within a transaction."""
        # Uploads of the same names write them in the same order, so none waits for another.
        ordered = sorted(rows, key=lambda row: str(row["name_key"]))
        for start in range(0, len(ordered), ROWS_AT_ONCE):
            Document.insert_many(ordered[start : start + ROWS_AT_ONCE]).execute()
        counted = Dataset.update(
            document_count=Dataset.document_count + growth.documents,
            size=Dataset.size + growth.size,
            update_time=now_ms(),
        )
        if not counted.where(Dataset.id == growth.dataset_id).execute():
            raise not_found(growth.dataset_id)
        noted = [plan.cleanup_id for plan in planned if plan.cleanup_id]
        if delete_rows(Cleanup, Cleanup.id.in_(noted)) != len(noted):
            raise UnavailableError("The upload took too long to be stored: try again.")


def checked_name(raw: str) -> str:
    """Return the name of a file without folders; raises an error for one that cannot be kept."""
    name = clean_file_name(raw)
    if document_type(name) == "other":
        raise UnsupportedTypeError(f"{name}: This type of file has not been supported yet!")
    return name


def planned_file(dataset_id: str, name: str, size: int) -> Planned:
    """Give a file its document's id and, unless it is empty, a key with a note."""
    document_id = new_id()
    if not size:
        return Planned(document_id, name, 0, "", "")
    key = f"{dataset_id}/{document_id}"
    return Planned(
        document_id, name, size, key, note("upload", dataset_id, document_id, key, UPLOAD_GRACE)
    )


def document_row(
    owner: Principal, dataset: dict[str, Any], plan: Planned, sha256: str
) -> dict[str, Any]:
    """Return the row of a new document, but for its final name."""
    now, kind, suffix = now_ms(), document_type(plan.name), suffix_of(plan.name)
    method = METHODS_BY_SUFFIX.get(suffix) or METHODS_BY_TYPE.get(kind) or dataset["chunk_method"]
    defaults: dict[str, Any] = Document(id=plan.document_id).__data__
    return defaults | {
        "dataset_id": dataset["id"],
        "tenant_id": owner.tenant_id,
        "created_by": owner.user_id,
        "suffix": suffix,
        "type": kind,
        "size": plan.size,
        "storage_key": plan.key,
        "content_hash": sha256,
        "chunk_method": method,
        "parser_config": dataset["parser_config"],
        "create_time": now,
        "update_time": now,
    }


def blocks(content: Readable) -> Iterator[bytes]:
    """Yield the bytes of a file, a block at a time."""
    while block := content.read(BLOCK):
        yield block


def not_found(dataset_id: str) -> NotFoundError:
    """Return the error for a dataset that is not there, or not any more."""
    return NotFoundError(f"Can't find the dataset with ID {dataset_id}!")

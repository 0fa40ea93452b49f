"""Uploads: files into the object store, then their documents into the database, all or none."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from threading import Event

import orjson

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.db.models.states import RunState
from api.errors import (
    DiskFullError,
    NotFoundError,
    RaglanError,
    TakenError,
    UnavailableError,
    UnsupportedTypeError,
)
from api.execution import Execution
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.library.cleanup import UPLOAD_GRACE, CleanupService
from api.services.library.disk import FULL, DiskSpace
from api.services.library.names import (
    NAME_BYTES,
    candidates,
    clean_file_name,
    is_id,
    numbered_file,
)
from api.services.library.queries import datasets, holdings
from api.services.library.queries import documents as queries
from api.services.library.queries.cleanup import note_each, remove
from api.services.library.quota import Growth, Quota
from api.services.library.records import (
    CleanupKind,
    DatasetRecord,
    DocumentRecord,
)
from api.services.library.values import Readable, Upload
from api.things import Kind
from rag.errors import StorageError, StorageFullError
from rag.parsing.registry import document_type, suffix_of
from rag.quoting import enumerated
from rag.storage.base import ObjectStore

log = logging.getLogger(__name__)

BLOCK = 256 << 10

TURN_FILES = 16
TURN_BYTES = 1 << 20
"""What is stored before others have a turn, unless a single file is larger."""

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of nothing."""

VIRTUAL = "virtual"
"""The type of documents that have no file."""

METHODS_BY_TYPE = {"visual": "picture", "aural": "audio"}
METHODS_BY_SUFFIX = {
    "ppt": "presentation",
    "pptx": "presentation",
    "pptm": "presentation",
    "eml": "email",
    "msg": "email",
}


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
        """Initialize with the parts; nothing is opened."""
        self.disk = disk
        self.quota = quota
        self.database = database
        self.storage = storage
        self.cleanup = cleanup
        self.execution = execution

    def upload(
        self, asker: Principal, dataset_id: str, uploads: Sequence[Upload]
    ) -> list[DocumentRecord]:
        """Store files as new documents and return these; a name that is taken gets a number.

        Every name is checked before anything is stored. When anything fails nothing stays. Raises
        TakenError for an id that another document has.
        """
        dataset = self.dataset(asker, dataset_id)
        self.check_ids([item.id for item in uploads if item.id])
        names = checked_names(uploads)
        sizes = [item.content.seek(0, 2) for item in uploads]
        sized = list(zip(names, sizes, strict=True))
        growth = Growth(dataset.tenant_id, dataset_id, sum(size for _, size in sized), len(sized))
        self.quota.check(growth)
        self.disk.check(growth.size)
        planned = self.plan(dataset_id, sized, [item.id for item in uploads])
        try:
            hashes = self.store(planned, [item.content for item in uploads])
            documents = [
                new_document(asker, dataset, plan, sha256, item)
                for plan, sha256, item in zip(planned, hashes, uploads, strict=True)
            ]
            return self.commit(growth, planned, documents)
        except BaseException:
            with suppress(RaglanError):  # what cannot be removed now stays noted
                self.cleanup.carry_out([plan.cleanup_id for plan in planned if plan.cleanup_id])
            raise

    def create_empty(self, asker: Principal, dataset_id: str, name: str) -> DocumentRecord:
        """Make a document without a file, for chunks that people write, and return it."""
        return self.upload(asker, dataset_id, [Upload(name, BytesIO(), is_virtual=True)])[0]

    @connected
    def dataset(self, asker: Principal, dataset_id: str) -> DatasetRecord:
        """Return a dataset to which the asker may add documents; raises NotFoundError."""
        found = datasets.find(self.database, dataset_id) if is_id(dataset_id) else None
        return check(self.database, asker, found, Right.CHANGE, Kind.DATASET, dataset_id)

    @connected
    def check_ids(self, ids: Sequence[str]) -> None:
        """Refuse ids that documents have; raises TakenError."""
        if taken := queries.existing(ids):
            raise TakenError(Kind.DOCUMENT, ", ".join(taken))

    @connected
    def plan(
        self, dataset_id: str, sized: Sequence[tuple[str, int]], ids: Sequence[str]
    ) -> list[Planned]:
        """Record every file that will be stored, so that none stays if this process dies.

        Where an id is empty the document gets a new one.
        """
        planned = [
            planned_file(dataset_id, name, size, document_id or new_id())
            for (name, size), document_id in zip(sized, ids, strict=True)
        ]
        with self.database.atomic():
            return note_planned(dataset_id, planned)

    def store(self, planned: Sequence[Planned], contents: Sequence[Readable]) -> list[str]:
        """Store files and return their SHA-256s."""
        ended, hashes = Event(), []
        try:
            for some in in_turns(list(zip(planned, contents, strict=True))):
                hashes += self.execution.files(self.put_each, some, ended)
        finally:
            ended.set()
        return hashes

    def put_each(self, some: Sequence[tuple[Planned, Readable]], ended: Event) -> list[str]:
        """Store files one after the other, as long as somebody waits for that."""
        hashes = []
        for plan, content in some:
            if ended.is_set():  # the request was ended, and removes what it has stored
                break
            hashes.append(self.put(plan, content))
        return hashes

    def put(self, plan: Planned, content: Readable) -> str:
        """Store a file and return its SHA-256."""
        if not plan.size:
            return EMPTY_HASH
        content.seek(0)
        try:
            return self.storage.put(plan.key, blocks(content)).sha256
        except StorageError as error:
            log.warning("An upload could not be stored: %s", error)
            if isinstance(error, StorageFullError):
                raise DiskFullError(f"{plan.name} does not fit: {FULL}") from error
            raise UnavailableError(f"{plan.name} could not be stored: try again later.") from error

    @connected
    def commit(
        self, growth: Growth, planned: Sequence[Planned], documents: Sequence[DocumentRecord]
    ) -> list[DocumentRecord]:
        """Write the documents, under the first forms of their names that are free."""
        while True:
            named = self.named(growth.dataset_id, documents)
            try:
                with self.database.atomic():
                    self.quota.hold(growth.tenant_id)
                    self.insert(growth, planned, named)
                    self.quota.verify(growth)
            except TakenError:
                continue  # somebody else has just taken one of the names
            return named

    def named(self, dataset_id: str, documents: Sequence[DocumentRecord]) -> list[DocumentRecord]:
        """Return the documents with names that no other one of the dataset or of them has."""
        taken = self.taken_names(dataset_id, [document.name for document in documents])
        named = []
        for document in documents:
            name = next(candidates(document.name, numbered_file(NAME_BYTES), taken, key=str))
            taken.add(name)
            named.append(document._replace(name=name))
        return named

    @staticmethod
    def taken_names(dataset_id: str, names: Sequence[str]) -> set[str]:
        """Return the names in the dataset that these might collide with."""
        different = list(dict.fromkeys(names))
        taken = queries.taken_names(dataset_id, different)
        if taken or len(names) > len(different):
            # Some names need a number; which are free, only all names can tell.
            taken |= queries.all_names(dataset_id)
        return taken

    @staticmethod
    def insert(
        growth: Growth, planned: Sequence[Planned], documents: Sequence[DocumentRecord]
    ) -> None:
        """Write rows and counter, and take back the notes; all within a transaction."""
        keys = [plan.key for plan in planned]
        if gone := queries.missing_files([item.file_id for item in documents if item.file_id]):
            raise NotFoundError(Kind.FILE, *gone)
        queries.insert(growth.tenant_id, zip(documents, keys, strict=True))
        if not holdings.add_documents(growth.dataset_id, growth.documents, growth.size):
            raise NotFoundError(Kind.DATASET, growth.dataset_id)
        noted = [plan.cleanup_id for plan in planned if plan.cleanup_id]
        if remove(noted) != len(noted):
            raise UnavailableError("The upload took too long to be stored: try again.")


def checked_names(uploads: Sequence[Upload]) -> list[str]:
    """Return the names of files without folders; raises an error for what cannot be kept."""
    names = [clean_file_name(item.name) for item in uploads]
    unknown = [
        name
        for name, item in zip(names, uploads, strict=True)
        if document_type(name) == "other" and not item.is_virtual
    ]
    if unknown:
        raise UnsupportedTypeError(enumerated(unknown))
    return names


def note_planned(place: str, planned: Sequence[Planned]) -> list[Planned]:
    """Within a transaction: record the files of a dataset, or of a tenant, for the clean-up."""
    kept = [(plan.document_id, plan.key) for plan in planned if plan.key]
    noted = iter(note_each(CleanupKind.UPLOAD, place, kept, UPLOAD_GRACE))
    return [replace(plan, cleanup_id=next(noted)) if plan.key else plan for plan in planned]


def planned_file(dataset_id: str, name: str, size: int, document_id: str) -> Planned:
    """Assign a file, unless it is empty, a key."""
    return Planned(document_id, name, size, f"{dataset_id}/{document_id}" if size else "", "")


def new_document(
    asker: Principal,
    dataset: DatasetRecord,
    plan: Planned,
    sha256: str,
    item: Upload,
) -> DocumentRecord:
    """Return a new document, but for its final name."""
    now, suffix = now_ms(), suffix_of(plan.name)
    kind = VIRTUAL if item.is_virtual else document_type(plan.name)
    return DocumentRecord(
        id=plan.document_id,
        dataset_id=dataset.id,
        created_by=asker.user_id,
        name=plan.name,
        suffix=suffix,
        type=kind,
        source_type="local",
        size=plan.size,
        content_hash=sha256,
        chunk_method=METHODS_BY_SUFFIX.get(suffix)
        or METHODS_BY_TYPE.get(kind)
        or dataset.chunk_method,
        parser_config=dataset.parser_config,
        meta_fields=orjson.dumps(item.metadata).decode(),
        enabled=True,
        chunk_count=0,
        token_count=0,
        run=RunState.UNSTART,
        progress=0.0,
        progress_msg="",
        process_begin_at=0,
        process_duration=0.0,
        create_time=now,
        update_time=now,
        generation=0,
        file_id=item.file_id,
    )


def in_turns(
    pairs: Sequence[tuple[Planned, Readable]],
) -> Iterator[Sequence[tuple[Planned, Readable]]]:
    """Yield files by turns of a thread, to which a small one alone would cost more than itself."""
    some: list[tuple[Planned, Readable]] = []
    for pair in pairs:
        size = sum(plan.size for plan, _ in some) + pair[0].size
        if some and (len(some) == TURN_FILES or size > TURN_BYTES):
            yield some
            some = []
        some.append(pair)
    if some:
        yield some


def blocks(content: Readable) -> Iterator[bytes]:
    """Yield the bytes of a file, a block at a time."""
    while block := content.read(BLOCK):
        yield block

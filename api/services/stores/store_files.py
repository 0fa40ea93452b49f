"""Files in datasets: each stands for the document that was made of it."""

from collections.abc import Mapping, Sequence

import orjson

from api.db.connection import Database, connected
from api.db.cursors import Cursor
from api.db.models.states import RunState
from api.errors import ConflictError, NotFoundError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.files.links import LinkService, Metadata, check_files, uploads_of
from api.services.files.records import Stored
from api.services.ingestion.parsing import ParsingService
from api.services.library.chunk_index import batches
from api.services.library.chunk_list import ChunkReader
from api.services.library.documents import DocumentService
from api.services.library.names import is_id
from api.services.library.opening import opened_dataset
from api.services.library.records import DocumentRecord
from api.services.library.values import ChunkFilter, DocumentChange, Options
from api.services.stores.queries import stores as queries
from api.services.stores.records import StoreFiles
from api.services.stores.values import Attachment, FilesWanted
from api.services.unset import UNSET, Unset
from api.things import Kind

CHUNKS_AT_ONCE = 1000
IDS_AT_ONCE = 400

OVER = frozenset({RunState.RUNNING, RunState.DONE})
"""States in which a document that is attached again is not parsed again."""


class StoreFileService:
    """Puts files into datasets and shows them there, by the id of the file or of its document."""

    def __init__(
        self,
        links: LinkService,
        documents: DocumentService,
        parsing: ParsingService,
        reader: ChunkReader,
    ) -> None:
        """Initialize with the parts."""
        self.database: Database = links.database
        self.links = links
        self.documents = documents
        self.parsing = parsing
        self.reader = reader

    def check(self, asker: Principal, file_ids: Sequence[str]) -> list[Stored]:
        """Return files that can be documents; raises an error for any other id."""
        files = self.files_of(asker, file_ids)
        check_files(files, [""])
        return files

    def attach(
        self, asker: Principal, dataset_id: str, wanted: Sequence[Attachment]
    ) -> list[DocumentRecord]:
        """Put files into a dataset, all or none, and begin to parse them; return their documents.

        A file that is there already keeps its document, which gets what is given with the file.
        """
        there = self.there(asker, dataset_id, wanted)
        fresh = [item for item in wanted if item.file_id not in there]
        files = self.check(asker, [item.file_id for item in fresh])
        metadata = {item.file_id: item.attributes for item in fresh if item.attributes is not UNSET}
        self.add(asker, dataset_id, files, metadata)
        documents = {**there, **self.there(asker, dataset_id, fresh)}
        unread = [
            documents[item.file_id].id
            for item in wanted
            if self.change(asker, documents[item.file_id], item, is_new=item.file_id not in there)
        ]
        self.parsing.parse(asker, dataset_id, unread)
        shown = self.there(asker, dataset_id, wanted)
        return [shown[item.file_id] for item in wanted]

    def add(
        self, asker: Principal, dataset_id: str, files: Sequence[Stored], metadata: Metadata
    ) -> None:
        """Make documents of files in a dataset, all or none."""
        if files:
            with uploads_of(self.links.uploads.storage, files, metadata) as uploads:
                self.links.uploads.upload(asker, dataset_id, uploads)

    def change(
        self, asker: Principal, document: DocumentRecord, wanted: Attachment, *, is_new: bool
    ) -> bool:
        """Write what is given with a file into its document; return whether it is to be parsed.

        Raises ConflictError where it is being parsed with other options.
        """
        fields = UNSET if is_new else wanted.attributes
        options = UNSET if cut_so(document, wanted.options) else wanted.options
        if options is not UNSET and document.run == RunState.RUNNING:
            raise ConflictError("A file that is being read cannot be cut otherwise meanwhile.")
        if fields is not UNSET or options is not UNSET:
            change = DocumentChange(meta_fields=fields, options=options)
            self.documents.update(asker, document.dataset_id, document.id, change)
        return document.run not in OVER or options is not UNSET

    def list_part(
        self, asker: Principal, dataset_id: str, wanted: FilesWanted, cursor: Cursor
    ) -> StoreFiles:
        """Return some of the files of a dataset, or of a batch of it."""
        return self.listed(asker, dataset_id, wanted, (), cursor)

    @connected
    def listed(
        self,
        asker: Principal,
        dataset_id: str,
        wanted: FilesWanted,
        ids: Sequence[str],
        cursor: Cursor,
    ) -> StoreFiles:
        """Return some of the files of a dataset; `ids` are those of the batch that is wanted."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        places = Cursor(
            cursor.limit,
            cursor.descending,
            self.place(dataset_id, cursor.after),
            self.place(dataset_id, cursor.before),
        )
        return queries.documents(self.database, dataset_id, wanted, ids, places)

    @connected
    def get(self, asker: Principal, dataset_id: str, file_id: str) -> DocumentRecord:
        """Return a file of a dataset; raises NotFoundError."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        found = queries.document(self.database, dataset_id, file_id)
        if found is None:
            raise NotFoundError(Kind.FILE, file_id)
        return found

    def update(
        self, asker: Principal, dataset_id: str, file_id: str, attributes: Mapping[str, object]
    ) -> DocumentRecord:
        """Give a file of a dataset other metadata and return it."""
        document = self.get(asker, dataset_id, file_id)
        change = DocumentChange(meta_fields=attributes)
        return self.documents.update(asker, dataset_id, document.id, change)

    def detach(self, asker: Principal, dataset_id: str, file_id: str) -> None:
        """Take a file out of a dataset: its document is deleted, the file stays."""
        document = self.get(asker, dataset_id, file_id)
        self.documents.delete(asker, dataset_id, [document.id])

    def texts(
        self, asker: Principal, dataset_id: str, file_id: str
    ) -> tuple[DocumentRecord, list[str]]:
        """Return a file of a dataset and the texts of its chunks, in their order."""
        document = self.get(asker, dataset_id, file_id)
        texts: list[str] = []
        while True:
            part = ChunkFilter(CHUNKS_AT_ONCE, len(texts))
            page = self.reader.list_page(asker, dataset_id, document.id, part)
            texts += [chunk.content for chunk in page.chunks]
            if len(page.chunks) < CHUNKS_AT_ONCE:
                return document, texts

    # The rows.

    @connected
    def there(
        self, asker: Principal, dataset_id: str, wanted: Sequence[Attachment]
    ) -> dict[str, DocumentRecord]:
        """Return the documents of files that are in a dataset, by the ids that were given."""
        opened_dataset(self.database, asker, dataset_id)
        ids = list(dict.fromkeys(item.file_id for item in wanted))
        found: dict[str, DocumentRecord] = {}
        for batch in batches([item for item in ids if is_id(item)], IDS_AT_ONCE):
            found |= queries.by_any_id(self.database, dataset_id, batch)
        return found

    @connected
    def files_of(self, asker: Principal, ids: Sequence[str]) -> list[Stored]:
        """Return files by their ids; raises NotFoundError for one that is a folder."""
        for file_id in ids:
            if self.links.tree.own(asker, file_id).is_folder:
                raise NotFoundError(Kind.FILE, file_id)
        return self.links.files_of(asker, ids)

    def place(self, dataset_id: str, file_id: str) -> str:
        """Return the id of a file's document, or what was given where there is none."""
        found = queries.document(self.database, dataset_id, file_id) if file_id else None
        return found.id if found else file_id


def cut_so(document: DocumentRecord, options: Options | Unset) -> bool:
    """Return whether a document has some options of parsing already."""
    config = orjson.loads(document.parser_config)
    given = {} if options is UNSET else options
    return all(config.get(name) == value for name, value in given.items())

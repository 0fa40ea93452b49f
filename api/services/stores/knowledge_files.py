"""Files of people: uploaded, read for the search, found by whom they are shown to, deleted.

A file that is in no knowledge base is read into a dataset of its owner's, which is made with the
first one.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from uuid import UUID, uuid5

from api.db.connection import Database, connected, connection
from api.errors import NotFoundError, TakenError, UnsupportedTypeError
from api.fetching.pages import Page
from api.services.accounts.records import Principal
from api.services.files.build import FileServices
from api.services.files.values import ReceivedFile
from api.services.library.build import LibraryServices
from api.services.library.names import clean_file_name, is_id
from api.services.library.opening import opened_dataset
from api.services.library.queries import datasets
from api.services.library.records import DocumentRecord, Download
from api.services.library.values import NewDataset
from api.services.library.web_pages import ADDRESS, content_of, file_name
from api.services.stores.knowledge_records import FilePage, KeptFile
from api.services.stores.queries import directories, stores
from api.services.stores.queries import knowledge as queries
from api.services.stores.store_files import StoreFileService
from api.services.stores.values import Attachment
from api.services.unset import UNSET, Unset
from api.things import Kind
from rag.parsing.registry import document_type

log = logging.getLogger(__name__)

UPLOADS_NAME = "Files of chats"
UPLOADS_DESCRIPTION = "Files that were uploaded to be asked about, and are in no other dataset."

LONGEST_NAME = 100

FOLLOW_EVERY = 0.25
"""Seconds between two looks at how far the reading of a file is."""


def uploads_id(asker: Principal) -> str:
    """Return the id of the dataset of an asker's files that are in no knowledge base."""
    return uuid5(UUID(asker.tenant_id), UPLOADS_NAME + asker.user_id).hex


PATIENCE = 20.0
"""Seconds for which who has a file read waits to be told its text."""

Attributes = Mapping[str, object] | Unset


class KnowledgeFiles:
    """Keeps files with what is searched of them."""

    def __init__(
        self, files: FileServices, library: LibraryServices, members: StoreFileService
    ) -> None:
        """Initialize with the parts."""
        self.database: Database = files.tree.database
        self.files = files
        self.library = library
        self.members = members
        self.patience = PATIENCE

    def upload(
        self,
        asker: Principal,
        received: ReceivedFile,
        dataset_id: str = "",
        directory_id: str = "",
        *,
        read: bool = True,
    ) -> KeptFile:
        """Store a file and begin to read it, for a knowledge base or for its own sake.

        Raises UnsupportedTypeError for one that cannot be read, and NotFoundError for a knowledge
        base or a directory of it that is not there, before it is stored.
        """
        if read and document_type(received.name) == "other":
            raise UnsupportedTypeError(received.name)
        if dataset_id:
            self.check_writable(asker, dataset_id, directory_id)
        [made] = self.files.uploads.upload(asker, "", [received])
        if not read:
            return self.get(asker, made.id)
        self.read(asker, made.id, dataset_id)
        if dataset_id:
            self.place(asker, dataset_id, made.id, directory_id, clean_file_name(received.name))
        return self.get(asker, made.id)

    def read(
        self, asker: Principal, file_id: str, dataset_id: str = "", attributes: Attributes = UNSET
    ) -> KeptFile:
        """Begin to read a file of the asker's, for a knowledge base or for its own sake."""
        self.get(asker, file_id)  # before anything is made for one that is not there
        wanted = [Attachment(file_id, attributes)]
        self.members.attach(asker, dataset_id or self.uploads(asker), wanted)
        return self.get(asker, file_id)

    def fetch(self, asker: Principal, url: str, dataset_id: str = "") -> KeptFile:
        """Fetch a page of the web, store it as a file and begin to read it.

        Raises what fetching raises, and UnsupportedTypeError for what cannot be read.
        """
        if dataset_id:
            self.check_writable(asker, dataset_id)
        return self.keep_page(asker, self.library.web_pages.pages.fetch(url), dataset_id)

    def keep_pages(self, asker: Principal, pages: Iterable[Page]) -> list[KeptFile]:
        """Store pages that were fetched and begin to read them; what cannot be read is left out."""
        kept = []
        for page in pages:
            try:
                kept.append(self.keep_page(asker, page))
            except UnsupportedTypeError as error:
                log.info("A page of the web is not kept: %s", error)
        return kept

    def keep_page(self, asker: Principal, page: Page, dataset_id: str = "") -> KeptFile:
        """Store a page that was fetched as a file and begin to read it.

        Raises UnsupportedTypeError for what cannot be read.
        """
        name = file_name(name_of(page.url), page)
        received = ReceivedFile(name, BytesIO(content_of(page)))
        [made] = self.files.uploads.upload(asker, "", [received])
        return self.read(asker, made.id, dataset_id, {ADDRESS: page.url})

    def awaited(self, asker: Principal, file: KeptFile) -> tuple[KeptFile, str]:
        """Return a file once it is read, and its text; after a while without."""
        last = time.monotonic() + self.patience
        while not file.is_settled and time.monotonic() < last:
            time.sleep(FOLLOW_EVERY)
            file = self.get(asker, file.id)
        return file, self.text_of(asker, file)

    def uploads(self, asker: Principal) -> str:
        """Return the id of the dataset of files that are in no other; it is made if need be."""
        wanted = NewDataset(UPLOADS_NAME, description=UPLOADS_DESCRIPTION, id=uploads_id(asker))
        if not self.has(wanted.id):
            try:
                self.library.datasets.create(asker, wanted)
            except TakenError:  # somebody else has just made it
                self.check_writable(asker, wanted.id)
        return wanted.id

    @connected
    def has(self, dataset_id: str) -> bool:
        """Return whether there is a dataset."""
        return datasets.find(self.database, dataset_id) is not None

    @connected
    def check_writable(self, asker: Principal, dataset_id: str, directory_id: str = "") -> None:
        """Raise NotFoundError or ForbiddenError for a dataset that the asker may not fill.

        The former also for a directory that it does not have.
        """
        opened_dataset(self.database, asker, dataset_id)
        if directory_id and not directories.has(self.database, dataset_id, directory_id):
            raise NotFoundError(Kind.DIRECTORY, directory_id)

    @connected
    def place(
        self, asker: Principal, dataset_id: str, file_id: str, directory_id: str, sent: str = ""
    ) -> None:
        """Put a file of a knowledge base into a directory, or to the top for an empty id.

        `sent` is what it is called there; without it that stays.
        """
        self.check_writable(asker, dataset_id, directory_id)
        found = stores.document(self.database, dataset_id, file_id)
        if found is None:
            raise NotFoundError(Kind.FILE, file_id)
        name = found.sent_name if sent in {"", found.name} else sent
        directories.place(self.database, found.id, directory_id, name)

    @connected
    def get(self, asker: Principal, file_id: str) -> KeptFile:
        """Return a file of the asker's, or one in a dataset that they may read."""
        if not is_id(file_id):
            raise NotFoundError(Kind.FILE, file_id)
        document = queries.documents(self.database, asker, [file_id]).get(file_id)
        try:
            found = self.files.tree.readable(asker, file_id)
        except NotFoundError:
            if document is None:
                raise
            return of_document(document)
        kept = queries.file(self.database, file_id)
        if found.is_folder:
            raise NotFoundError(Kind.FILE, file_id)
        if kept is None and document is not None:
            return of_document(document)
        if kept is None:
            raise NotFoundError(Kind.FILE, file_id)
        name = document.sent_name if document else ""
        return kept._replace(document=document, name=name or kept.name)

    def check(self, asker: Principal, file_ids: Sequence[str]) -> None:
        """Raise NotFoundError for a file that the asker may not read."""
        for file_id in dict.fromkeys(file_ids):
            self.get(asker, file_id)

    def follow(self, asker: Principal, file_id: str) -> Iterator[KeptFile]:
        """Yield a file each time that its reading is further, until that is over."""
        told = ""
        while True:
            found = self.get(asker, file_id)
            if found.run != told:
                yield found
                told = found.run
            if found.is_settled:
                return
            time.sleep(FOLLOW_EVERY)

    @connected
    def list_page(self, asker: Principal, limit: int, offset: int, pattern: str = "") -> FilePage:
        """Return some of the asker's files, the newest first; `pattern` may have `*` and `?`."""
        listing = queries.files_of(self.database, asker.tenant_id)
        if pattern:
            queries.named_like(listing, pattern)
        found, total = queries.page_of_files(listing, limit, offset)
        documents = queries.documents(self.database, asker, [one.id for one in found])
        return FilePage([one._replace(document=documents.get(one.id)) for one in found], total)

    def text(self, asker: Principal, file_id: str) -> str:
        """Return the text of a file as it was read; empty before that."""
        return self.text_of(asker, self.get(asker, file_id))

    def text_of(self, asker: Principal, file: KeptFile) -> str:
        """Return the text of a file that was found."""
        document = file.document
        if document is None or not document.chunk_count:
            return ""
        found = self.members.texts(asker, document.dataset_id, document.id)[1]
        return "\n\n".join(found)

    def download(self, asker: Principal, file_id: str) -> Download:
        """Return the bytes of a file; raises before the first one if there are none."""
        found = self.get(asker, file_id)
        document = found.document
        if document is not None:
            return self.library.documents.download(asker, document.dataset_id, document.id)
        return self.files.files.download(asker, file_id)

    def rename(self, asker: Principal, file_id: str, name: str) -> KeptFile:
        """Call a file of the asker's own otherwise; its documents keep their names."""
        self.files.files.rename(asker, file_id, name)
        self.call(file_id, name)
        return self.get(asker, file_id)

    @connected
    def call(self, file_id: str, name: str) -> None:
        """Note what a file is called where documents of it have other names."""
        directories.rename(self.database, file_id, name)

    def delete(self, asker: Principal, file_id: str) -> None:
        """Delete a file with what was made of it, or a document that was made of none."""
        found = self.get(asker, file_id)
        document = found.document
        if document is not None and document.id == file_id:
            self.library.documents.delete(asker, document.dataset_id, [document.id])
        else:
            self.files.deletion.delete_file(asker, file_id)

    def delete_unused(self, asker: Principal, file_ids: Sequence[str]) -> None:
        """Delete those files of the asker's that are in no knowledge base any more."""
        with connection(self.database):
            own = {
                one for one in file_ids if is_id(one) and queries.owns(self.database, asker, one)
            }
            used = queries.used(self.database, own, uploads_id(asker))
        for file_id in own - used:
            self.files.deletion.delete_file(asker, file_id)


def name_of(url: str) -> str:
    """Return how the file of a page is called, from its address."""
    place = url.partition("://")[2].partition("?")[0].partition("#")[0].strip("/")
    return place.replace("/", "-")[:LONGEST_NAME]


def of_document(document: DocumentRecord) -> KeptFile:
    """Return a document as a file, by the id of the file that it was made of, if there is one."""
    return KeptFile(
        document.file_id or document.id,
        document.created_by,
        document.sent_name or document.name,
        document.size,
        document.content_hash,
        document.create_time,
        document.update_time,
        document,
    )

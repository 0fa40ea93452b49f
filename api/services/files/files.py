"""Files and folders of tenants: made, renamed, moved, and read."""

from collections.abc import Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import ArgumentError, ConflictError, NotFoundError, TakenError
from api.services.accounts.records import Principal
from api.services.files.queries import entries
from api.services.files.records import FOLDER, FileRecord
from api.services.files.tree import FileTree
from api.services.files.values import FileMove
from api.services.library.document_change import check_extension
from api.services.library.documents import DocumentService
from api.services.library.downloads import Downloads
from api.services.library.queries import holdings
from api.services.library.records import Download, StoredFile
from api.things import Kind

MOST_LEVELS = 64
"""Folders within folders: what is walked for a path, a move and a deletion."""

TOO_DEEP = f"Folders may lie at most {MOST_LEVELS} deep."


class FileService:
    """Keeps the tree of files. Who changes it holds the tenant: one change of a tree at a time."""

    def __init__(
        self,
        database: Database,
        tree: FileTree,
        downloads: Downloads,
        documents: DocumentService,
    ) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.tree = tree
        self.downloads = downloads
        self.documents = documents

    @connected
    def create_folder(self, asker: Principal, parent_id: str, name: str) -> FileRecord:
        """Make an empty folder and return it; raises TakenError."""
        home = self.tree.open_folder(asker, parent_id).tenant_id
        with self.database.atomic():
            holdings.hold_tenant(home)
            parent = self.tree.open_folder(asker, parent_id)
            if entries.child(self.database, parent.id, name):
                raise TakenError(Kind.FOLDER, name)
            if len(self.tree.up_to_root(parent)) > MOST_LEVELS:
                raise ArgumentError(TOO_DEEP)
            return new_folder(asker, parent, name)

    @connected
    def rename(self, asker: Principal, file_id: str, name: str) -> FileRecord:
        """Rename a file or folder; raises TakenError, and ExtensionError for files."""
        home = self.tree.movable(asker, file_id).tenant_id
        with self.database.atomic():
            holdings.hold_tenant(home)
            file = self.tree.movable(asker, file_id)
            self.place(file, file.parent_id, name)
        return self.tree.readable(asker, file_id)

    @connected
    def move(self, asker: Principal, wanted: FileMove) -> int:
        """Move files and folders into a folder, all of them or none; return how many.

        Raises ConflictError for a folder that would be within itself, and for what would belong to
        another account, and TakenError.
        """
        ids = list(dict.fromkeys(wanted.ids))
        if wanted.name and len(ids) != 1:
            raise ArgumentError("`new_name` is for one file only.")
        home = self.home(asker, ids, wanted.folder_id)
        with self.database.atomic():
            holdings.hold_tenant(home)
            files = [self.tree.movable(asker, file_id) for file_id in ids]
            target = self.tree.open_folder(asker, wanted.folder_id) if wanted.folder_id else None
            if target:
                self.check_place(target, ids)
            for file in files:
                folder_id = target.id if target else file.parent_id
                self.place(file, folder_id, wanted.name or file.name)
        return len(files)

    def home(self, asker: Principal, ids: Sequence[str], folder_id: str) -> str:
        """Return the tenant whose files are to be moved; raises ConflictError for several."""
        places = [self.tree.movable(asker, file_id) for file_id in ids]
        places += [self.tree.open_folder(asker, folder_id)] if folder_id else []
        homes = {place.tenant_id for place in places}
        if len(homes) > 1:
            raise ConflictError("Files move within the account whose they are: copy them instead.")
        return homes.pop()

    def download(self, asker: Principal, file_id: str) -> Download:
        """Return the bytes of a file; raises before the first one if there are none."""
        file = self.file(asker, file_id)
        if file.of_dataset:
            return self.documents.download(asker, file.parent_id, file_id)
        return self.downloads.of(self.content(file_id))

    # The rows.

    @connected
    def file(self, asker: Principal, file_id: str) -> FileRecord:
        """Return a file, be it one of a dataset; raises NotFoundError for a folder."""
        file = self.tree.readable(asker, file_id)
        if file.is_folder:
            raise NotFoundError(Kind.FILE, file_id)
        return file

    @connected
    def found(self, asker: Principal, file_id: str) -> FileRecord:
        """Return a file or folder."""
        return self.tree.find(asker, file_id)

    @connected
    def content(self, file_id: str) -> StoredFile:
        """Return what is stored of a file; raises NotFoundError."""
        found = entries.content_of(self.database, file_id)
        if found is None:
            raise NotFoundError(Kind.FILE, file_id)
        return found

    def check_place(self, target: FileRecord, ids: Sequence[str]) -> None:
        """Refuse to put folders into themselves, or too deep."""
        above = self.tree.up_to_root(target)
        if not {file.id for file in above}.isdisjoint(ids):
            raise ConflictError("A folder cannot be moved into itself.")
        if len(above) + entries.depth(self.database, ids) > MOST_LEVELS + 1:
            raise ArgumentError(TOO_DEEP)

    def place(self, file: FileRecord, folder_id: str, name: str) -> None:
        """Within a transaction: put a file into a folder under a name that is free there."""
        if not file.is_folder:
            check_extension(file.name, name)
        there = entries.child(self.database, folder_id, name)
        if there and there.id != file.id:
            raise TakenError(Kind.FOLDER if file.is_folder else Kind.FILE, name)
        if (folder_id, name) != (file.parent_id, file.name):
            entries.write(self.database, file.id, folder_id, name)


def new_folder(asker: Principal, parent: FileRecord, name: str) -> FileRecord:
    """Within a transaction: write a folder, which is its parent's tenant's, and return it."""
    now = now_ms()
    record = FileRecord(
        new_id(), parent.tenant_id, parent.id, asker.user_id, name, FOLDER, 0, now, now
    )
    entries.insert(record)
    return record

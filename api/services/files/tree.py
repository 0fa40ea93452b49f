"""The tree of a tenant's files: its root, its folders, and what stands for datasets in it.

The root is the tenant itself, and the datasets are where they are: neither has a row among files,
so that nothing has to be made before it is shown, and nothing gets out of step.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from api.db.connection import Database, connected
from api.db.cursors import Cursor, Part
from api.errors import ForbiddenError, NotFoundError
from api.services.accounts.access import (
    Right,
    check,
    check_within,
    granted,
    listed,
    owns,
    right_of,
)
from api.services.accounts.grant_records import LEVELS, Level
from api.services.accounts.records import Principal
from api.services.files.queries import datasets, entries
from api.services.files.records import (
    DATASETS_NAME,
    FOLDER,
    ROOT_NAME,
    FileList,
    FileRecord,
    GrantedFile,
    Link,
    ListedFile,
)
from api.services.files.values import FileFilter
from api.services.library.names import is_id
from api.services.library.values import Page
from api.things import Kind

Found = tuple[list[FileRecord], int]
"""Some files, and how many there are in all."""


def datasets_id(tenant_id: str) -> str:
    """Return the id of the folder that shows a tenant's datasets."""
    return uuid5(UUID(tenant_id), DATASETS_NAME).hex


class FileTree:
    """Finds and lists the files of tenants."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database; nothing is connected to."""
        self.database = database

    # Finding. Within a connection of the caller's.

    def find(self, asker: Principal, file_id: str, kind: Kind = Kind.FILE) -> FileRecord:
        """Return a file or folder of the asker's tenant; raises NotFoundError, ForbiddenError."""
        return self.readable(asker, file_id, kind, Right.OWN)

    def readable(
        self, asker: Principal, file_id: str, kind: Kind = Kind.FILE, right: Right = Right.READ
    ) -> FileRecord:
        """Return a file or folder of the asker's, or one that is granted with what it is in.

        Raises NotFoundError, and ForbiddenError for one that is granted for less than a right.
        """
        found = self.looked_up(asker.tenant_id, file_id) if is_id(file_id) else None
        if found is None or owns(asker, found) or found.of_dataset:
            return check(self.database, asker, found, Right.OWN, kind, file_id)
        ids = [one.id for one in entries.above(self.database, file_id)]
        try:
            return check_within(self.database, asker, found, right, Kind.FILE, ids)
        except NotFoundError as error:
            raise NotFoundError(kind, file_id) from error

    @connected
    def grantable(self, asker: Principal, file_id: str) -> FileRecord:
        """Return a file or folder of which the asker may say who uses it."""
        found = self.readable(asker, file_id, right=Right.MANAGE)
        return self.own(asker, file_id) if owns(asker, found) else found

    def open_folder(self, asker: Principal, folder_id: str) -> FileRecord:
        """Return a folder into which the asker may put files, the root for an empty id.

        Raises NotFoundError, and ForbiddenError for a dataset's and for one that is only read.
        """
        wanted = folder_id or asker.tenant_id
        found = self.readable(asker, wanted, Kind.FOLDER, Right.CHANGE)
        if not found.is_folder:
            raise NotFoundError(Kind.FOLDER, folder_id)
        return changeable(found)

    def replaceable(self, asker: Principal, file_id: str) -> FileRecord:
        """Return a file of which the asker may change the content."""
        found = changeable(self.readable(asker, file_id, right=Right.CHANGE))
        if found.is_folder:
            raise NotFoundError(Kind.FILE, file_id)
        return found

    def movable(self, asker: Principal, file_id: str) -> FileRecord:
        """Return a file or folder that the asker may rename, move and delete.

        Its name and place are the business of who may change the folder that it is in. What is
        granted by itself stays where its owner has it.
        """
        found = self.readable(asker, file_id)
        if owns(asker, found):
            return self.own(asker, file_id)
        ids = [one.id for one in entries.above(self.database, found.parent_id)]
        try:
            return check_within(
                self.database, asker, found, Right.CHANGE, Kind.FILE, ids or [found.parent_id]
            )
        except NotFoundError as error:
            raise ForbiddenError(Kind.FILE, file_id) from error

    def own(self, asker: Principal, file_id: str) -> FileRecord:
        """Return a file or folder that may be changed; raises ForbiddenError for the others."""
        found = changeable(self.find(asker, file_id))
        if found.is_root:
            raise ForbiddenError(Kind.FOLDER, file_id)
        return found

    def looked_up(self, tenant_id: str, file_id: str) -> FileRecord | None:
        """Return what has an id, whosever it is."""
        if file_id == tenant_id:
            return self.root(tenant_id)
        if file_id == datasets_id(tenant_id):
            return self.datasets_folder(tenant_id)
        return (
            entries.find(self.database, file_id)
            or datasets.folder(self.database, file_id, datasets_id(tenant_id))
            or datasets.file(self.database, file_id)
        )

    def root(self, tenant_id: str) -> FileRecord:
        """Return the top of a tenant's tree."""
        times = entries.root_times(self.database, tenant_id)
        return FileRecord(tenant_id, tenant_id, tenant_id, tenant_id, ROOT_NAME, FOLDER, 0, *times)

    def datasets_folder(self, tenant_id: str) -> FileRecord:
        """Return the folder that shows a tenant's datasets."""
        root = self.root(tenant_id)
        return root._replace(id=datasets_id(tenant_id), name=DATASETS_NAME, of_dataset=True)

    def up_to_root(self, file: FileRecord) -> list[FileRecord]:
        """Return a file and the folders above it, the root last."""
        found = [file] if file.of_dataset or file.is_root else entries.above(self.database, file.id)
        while not found[-1].is_root:
            found.append(self.within(file.tenant_id, found[-1].parent_id))
        return found

    def within(self, tenant_id: str, folder_id: str) -> FileRecord:
        """Return what is above a file of a tenant; raises NotFoundError if it is gone by now."""
        found = self.looked_up(tenant_id, folder_id)
        if found is None:
            raise NotFoundError(Kind.FOLDER, folder_id)
        return found

    # What pages ask.

    @connected
    def top(self, asker: Principal) -> FileRecord:
        """Return the root of the asker's tenant."""
        return self.root(asker.tenant_id)

    @connected
    def parent(self, asker: Principal, file_id: str) -> FileRecord:
        """Return the folder that a file or folder is in; the root is in itself."""
        return self.find(asker, self.find(asker, file_id).parent_id)

    @connected
    def ancestors(self, asker: Principal, file_id: str) -> list[FileRecord]:
        """Return a file or folder and all folders above it, the root last.

        Of what is somebody else's the last one is the highest that is granted.
        """
        found = self.readable(asker, file_id)
        if owns(asker, found):
            return self.up_to_root(found)
        above = entries.above(self.database, file_id)
        held = granted(self.database, asker, Kind.FILE, [one.id for one in above])
        places = [place for place, one in enumerate(above) if one.id in held]
        return above[: 1 + max(places, default=0)]

    @connected
    def list_page(
        self, asker: Principal, folder_id: str, wanted: FileFilter, part: Page
    ) -> FileList:
        """Return some of what is in a folder, the root for an empty id.

        The folder of the datasets comes first in the root, whatever the order, as long as there
        are any.
        """
        folder = self.readable(asker, folder_id or asker.tenant_id, Kind.FOLDER)
        if not folder.is_folder:
            raise NotFoundError(Kind.FOLDER, folder_id)
        if folder.id == datasets_id(asker.tenant_id):
            found, total = datasets.folders(
                self.database, asker.tenant_id, folder.id, wanted.keywords, part
            )
        elif folder.of_dataset:
            found, total = self.documents_of(folder, wanted, part)
        else:
            found, total = self.entries_of(folder, wanted, part)
        shown = self.listed(asker, found, part.without)
        return FileList(total, shown, folder, self.level_of(asker, folder))

    @connected
    def list_granted(self, asker: Principal) -> list[GrantedFile]:
        """Return the files and folders of others that are granted to the asker, by name."""
        clause, values = listed(self.database, asker, Kind.FILE)
        found = entries.of_others(self.database, asker.tenant_id, clause, values)
        held = granted(self.database, asker, Kind.FILE, [file.id for file in found])
        return [GrantedFile(file, LEVELS[held[file.id]]) for file in found if file.id in held]

    @connected
    def list_part(
        self, asker: Principal, purposes: Sequence[str], cursor: Cursor
    ) -> Part[FileRecord]:
        """Return some of all files of the asker's tenant, whatever folders they are in."""
        return entries.of_tenant(self.database, asker.tenant_id, purposes, cursor)

    def level_of(self, asker: Principal, file: FileRecord) -> Level | None:
        """Return what is granted of a file or folder that is read, None of one's own."""
        if owns(asker, file):
            return None
        ids = [one.id for one in entries.above(self.database, file.id)]
        held = granted(self.database, asker, Kind.FILE, ids)
        return LEVELS[max(held.values(), default=Right.READ)]

    def documents_of(self, folder: FileRecord, wanted: FileFilter, part: Page) -> Found:
        """Return some of the files that stand for a dataset's documents."""
        if wanted.only_folders:
            return [], 0
        return datasets.files(self.database, folder.id, wanted.keywords, part)

    def entries_of(self, folder: FileRecord, wanted: FileFilter, part: Page) -> Found:
        """Return some of what is in a folder of the tenant's own."""
        first = self.first_in(folder, wanted.keywords)
        shown = [] if part.after else first[part.offset :][: part.limit]
        # Behind the first, which is no row, all rows follow.
        after = None if part.after and part.after.id in {file.id for file in first} else part.after
        skipped = max(0, part.offset - len(first))
        rest = replace(part, limit=part.limit - len(shown), offset=skipped, after=after)
        found, total = entries.page(self.database, folder.id, wanted, rest)
        return shown + found, total + len(first)

    def first_in(self, folder: FileRecord, keywords: str) -> list[FileRecord]:
        """Return what comes before all rows of a folder: in the root that of the datasets."""
        wanted = folder.is_root and keywords.casefold() in DATASETS_NAME
        if wanted and datasets.any_of(self.database, folder.tenant_id):
            return [self.datasets_folder(folder.tenant_id)]
        return []

    def listed(
        self, asker: Principal, found: list[FileRecord], without: Collection[str]
    ) -> list[ListedFile]:
        """Return files with their documents in datasets that the asker may read."""
        inner = set() if "has_folders" in without else self.with_folders(asker, found)
        links = [] if "links" in without else self.links_of(asker, found)
        return [
            ListedFile(
                file, tuple(link for link in links if link.file_id == file.id), file.id in inner
            )
            for file in found
        ]

    def with_folders(self, asker: Principal, found: list[FileRecord]) -> set[str]:
        """Return the ids of those files that are folders with folders in them."""
        folders = [file.id for file in found if file.is_folder]
        return entries.with_folders(self.database, folders) | {datasets_id(asker.tenant_id)}

    def links_of(self, asker: Principal, found: list[FileRecord]) -> list[Link]:
        """Return the documents of files, in datasets that the asker may read."""
        files = [file.id for file in found if not file.is_folder]
        virtual = [file.id for file in found if file.of_dataset and not file.is_folder]
        links = readable(self.database, asker, entries.links(self.database, files))
        return links + datasets.links(self.database, virtual)


def readable(database: Database, asker: Principal, links: list[Link]) -> list[Link]:
    """Return those links whose datasets the asker may read."""
    others = {link.dataset_id for link in links if right_of(asker, link) < Right.READ}
    closed = others - granted(database, asker, Kind.DATASET, others).keys()
    return [link for link in links if link.dataset_id not in closed]


def changeable(found: FileRecord) -> FileRecord:
    """Return a file or folder; raises ForbiddenError for what stands for datasets."""
    if found.of_dataset:
        raise ForbiddenError(Kind.FOLDER if found.is_folder else Kind.FILE, found.id)
    return found

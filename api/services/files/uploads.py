"""Uploads of files with the folders that they lie in, all or none."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count

from api.db.base import new_id, now_ms
from api.db.connection import connected
from api.errors import ArgumentError, RaglanError, TakenError, UnavailableError
from api.services.accounts.records import Principal
from api.services.files.files import MOST_LEVELS, TOO_DEEP, new_folder
from api.services.files.queries import entries
from api.services.files.records import FileRecord
from api.services.files.tree import FileTree
from api.services.files.values import ReceivedFile
from api.services.library.document_upload import Planned, UploadService, note_planned
from api.services.library.names import NAME_BYTES, clean_file_name, numbered_file
from api.services.library.queries import holdings
from api.services.library.queries.cleanup import remove
from api.services.library.quota import Growth
from api.things import Kind
from rag.parsing.registry import document_type

AREA = "files"
"""What the keys of these files begin with. Those of documents begin with the id of a dataset."""


class FileUploads:
    """Adds files to the tree of a tenant, stored as those of documents are."""

    def __init__(self, tree: FileTree, uploads: UploadService) -> None:
        """Initialize with the tree, and the uploads of documents, which store the bytes."""
        self.tree = tree
        self.database = tree.database
        self.uploads = uploads

    def upload(
        self,
        asker: Principal,
        folder_id: str,
        received: Sequence[ReceivedFile],
        purpose: str = "",
    ) -> list[FileRecord]:
        """Store files in a folder, the root for an empty id, and return them.

        `purpose` is what their sender says that they are for. Folders on their way are made where
        there are none; a name that is taken gets a number. When anything fails nothing stays.
        """
        home = self.folder(asker, folder_id).tenant_id
        sized = [(clean_file_name(file.name), file.content.seek(0, 2)) for file in received]
        growth = Growth(home, "", sum(size for _, size in sized))
        self.uploads.quota.check(growth)
        self.uploads.disk.check(growth.size)
        planned = self.plan(home, sized)
        try:
            hashes = self.uploads.store(planned, [file.content for file in received])
            ways = [tuple(map(clean_file_name, file.folders)) for file in received]
            stored = list(zip(planned, hashes, ways, strict=True))
            return self.commit(asker, folder_id, growth, stored, purpose)
        except BaseException:
            with suppress(RaglanError):  # what cannot be removed now stays noted
                self.uploads.cleanup.carry_out([plan.cleanup_id for plan in planned if plan.key])
            raise

    @connected
    def folder(self, asker: Principal, folder_id: str) -> FileRecord:
        """Return a folder, before anything is stored; refuse one into which nothing may be put."""
        return self.tree.open_folder(asker, folder_id)

    @connected
    def plan(self, tenant_id: str, sized: Sequence[tuple[str, int]]) -> list[Planned]:
        """Record every file that will be stored, so that none stays if this process dies."""
        planned = [planned_file(tenant_id, name, size) for name, size in sized]
        with self.database.atomic():
            return note_planned(tenant_id, planned)

    @connected
    def commit(
        self,
        asker: Principal,
        folder_id: str,
        growth: Growth,
        stored: Sequence[tuple[Planned, str, tuple[str, ...]]],
        purpose: str = "",
    ) -> list[FileRecord]:
        """Write the rows of files and of new folders, and take back the notes."""
        with self.database.atomic():
            holdings.hold_tenant(growth.tenant_id)
            top = self.tree.open_folder(asker, folder_id)
            self.check_depth(top, [len(way) for _, _, way in stored])
            homes = self.homes(asker, top, [way for _, _, way in stored])
            folders = {home.id for home in homes.values()}
            names = {home: entries.names_in(self.database, home) for home in folders}
            made = []
            for plan, sha256, way in stored:
                name = free_name(plan.name, names[homes[way].id])
                file = new_file(asker, homes[way], plan, name, purpose)
                entries.insert(file, plan.key, sha256)
                made.append(file)
            keep([plan for plan, _, _ in stored])
            self.uploads.quota.verify(growth)
        return made

    def check_depth(self, top: FileRecord, levels: Sequence[int]) -> None:
        """Refuse folders that would lie too deep."""
        if len(self.tree.up_to_root(top)) + max(levels, default=0) > MOST_LEVELS:
            raise ArgumentError(TOO_DEEP)

    def homes(
        self, asker: Principal, top: FileRecord, ways: Sequence[tuple[str, ...]]
    ) -> Mapping[tuple[str, ...], FileRecord]:
        """Return the folders at the ends of some ways; those that are not are made."""
        found: dict[tuple[str, ...], FileRecord] = {(): top}
        for way in ways:
            for end in range(1, len(way) + 1):
                place = way[:end]
                if place not in found:
                    found[place] = self.entered(asker, found[place[:-1]], place[-1])
        return found

    def entered(self, asker: Principal, parent: FileRecord, name: str) -> FileRecord:
        """Return a folder by name, which is made where there is none."""
        there = entries.child(self.database, parent.id, name)
        if there is None:
            return new_folder(asker, parent, name)
        if not there.is_folder:
            raise TakenError(Kind.FILE, name)
        return there


def planned_file(tenant_id: str, name: str, size: int) -> Planned:
    """Assign a file, unless it is empty, a key."""
    file_id = new_id()
    return Planned(file_id, name, size, f"{AREA}/{tenant_id}/{file_id}" if size else "", "")


def keep(planned: Sequence[Planned]) -> None:
    """Within a transaction: take back the notes of files that are committed."""
    noted = [plan.cleanup_id for plan in planned if plan.cleanup_id]
    if remove(noted) != len(noted):
        raise UnavailableError("The upload took too long to be stored: try again.")


def free_name(name: str, taken: set[str]) -> str:
    """Return a name, numbered where it is taken, and count it as taken from now on."""
    found = next(candidate for candidate in numbered_names(name) if candidate not in taken)
    taken.add(found)
    return found


def numbered_names(name: str) -> Iterator[str]:
    """Yield a name, and its numbered forms after it."""
    yield name
    numbered = numbered_file(NAME_BYTES)
    yield from (numbered(name, number) for number in count(1))


def new_file(
    asker: Principal, folder: FileRecord, plan: Planned, name: str, purpose: str
) -> FileRecord:
    """Return a new file in a folder."""
    now = now_ms()
    return FileRecord(
        id=plan.document_id,
        tenant_id=folder.tenant_id,
        parent_id=folder.id,
        created_by=asker.user_id,
        name=name,
        type=document_type(name),
        size=plan.size,
        create_time=now,
        update_time=now,
        purpose=purpose,
    )

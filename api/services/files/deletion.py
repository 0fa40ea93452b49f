"""Deleting files and folders with all that is in them, and with the documents made of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from api.db.connection import connected
from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.files.links import LinkService
from api.services.files.queries import entries
from api.services.files.records import Stored
from api.services.files.tree import FileTree
from api.services.library.chunk_index import batches
from api.services.library.cleanup import CleanupService
from api.services.library.queries import holdings
from api.services.library.queries.cleanup import note
from api.services.library.records import CleanupKind
from api.things import Kind

ROUNDS = 8
"""How often what others put there meanwhile is deleted, too, before the rest is left to them."""


class FileDeletion:
    """Deletes from the inside out: what a killed process leaves is a smaller tree, and whole."""

    def __init__(self, tree: FileTree, links: LinkService, cleanup: CleanupService) -> None:
        """Initialize with the parts."""
        self.tree = tree
        self.database = tree.database
        self.links = links
        self.cleanup = cleanup

    def delete(self, asker: Principal, ids: Sequence[str]) -> int:
        """Delete files and folders, all the given ones or none; return how many.

        They are the asker's own, or in folders that are granted to be changed. Documents go first,
        but for those that the asker may not delete, which only lose their file; a file's row goes
        when none is left of it: one that is asked for again after half of a deletion is still
        there. The bytes go by a note within the same transaction as the row.
        """
        homes = self.homes(asker, ids)
        self.cleanup.disk.make_room()
        for tenant_id, own in homes.items():
            self.delete_of(asker, tenant_id, own)
        return sum(map(len, homes.values()))

    def delete_of(self, asker: Principal, tenant_id: str, ids: Sequence[str]) -> None:
        """Delete files and folders of a tenant, which the asker may do."""
        for _ in range(ROUNDS):
            found = self.below(ids)
            if not found:
                break
            for batch in by_level(found):
                self.links.take_away(asker, self.links.links_of(batch))
                self.cleanup.carry_out(self.delete_rows(tenant_id, batch))

    def delete_file(self, asker: Principal, file_id: str) -> None:
        """Delete a file and the documents made of it; raises NotFoundError for a folder."""
        self.check_file(asker, file_id)
        self.delete(asker, [file_id])

    @connected
    def check_file(self, asker: Principal, file_id: str) -> None:
        """Refuse what is no file of the asker's own."""
        if self.tree.own(asker, file_id).is_folder:
            raise NotFoundError(Kind.FILE, file_id)

    @connected
    def homes(self, asker: Principal, ids: Sequence[str]) -> Mapping[str, list[str]]:
        """Return the ids once each, by whose they are; raises an error if any must not go."""
        found: dict[str, list[str]] = defaultdict(list)
        for file_id in dict.fromkeys(ids):
            found[self.tree.movable(asker, file_id).tenant_id].append(file_id)
        return found

    @connected
    def below(self, ids: Sequence[str]) -> list[Stored]:
        """Return files and folders with all that is in them, the innermost first."""
        return entries.below(self.database, ids)

    @connected
    def delete_rows(self, tenant_id: str, files: Sequence[Stored]) -> list[str]:
        """Delete the rows of what is empty and no document's file; return the noted cleanups."""
        ids = [file.id for file in files]
        with self.database.atomic():
            holdings.hold_tenant(tenant_id)
            there = entries.lock(ids)
            kept = entries.occupied(self.database, ids)
            gone = [file for file in files if file.id in there and file.id not in kept]
            entries.remove(self.database, [file.id for file in gone])
            return [
                note(CleanupKind.UPLOAD, tenant_id, file.id, file.storage_key)
                for file in gone
                if file.storage_key
            ]


def by_level(found: Sequence[Stored]) -> Iterator[Sequence[Stored]]:
    """Yield files and folders a few at a time, none together with the folder that it is in."""
    for _, level in groupby(found, key=lambda file: file.level):
        yield from batches(list(level), entries.AT_ONCE)

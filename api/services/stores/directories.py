"""Directories of knowledge bases: made, changed and deleted, and kept as a client's are."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError, TakenError
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.chunk_index import batches
from api.services.library.documents import DocumentService
from api.services.library.opening import opened_dataset
from api.services.stores.directory_records import (
    Difference,
    Directory,
    DirectoryTree,
    Placed,
    Told,
    difference,
)
from api.services.stores.knowledge_files import KnowledgeFiles
from api.services.stores.queries import directories as queries
from api.services.stores.values import Attachment
from api.services.unset import UNSET, Unset
from api.things import Kind

MOST = 5000
"""Directories of a knowledge base."""

MOST_LEVELS = 32
DELETED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DirectoryChange:
    """What to change of a directory; the parent at the top is ''."""

    name: str | Unset = UNSET
    parent_id: str | Unset = UNSET


class DirectoryService:
    """Keeps the directories of knowledge bases; who may change these may change them."""

    def __init__(self, files: KnowledgeFiles, documents: DocumentService) -> None:
        """Initialize with the parts."""
        self.database: Database = files.database
        self.files = files
        self.documents = documents

    @connected
    def tree(self, asker: Principal, dataset_id: str) -> DirectoryTree:
        """Return the directories of a knowledge base that the asker may read."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        return self.kept(dataset_id)

    @connected
    def create(self, asker: Principal, dataset_id: str, name: str, parent_id: str) -> Directory:
        """Return the directory of this name in another one, which is made where there is none.

        Raises NotFoundError for an unknown parent.
        """
        with self.database.atomic():
            tree = self.locked(asker, dataset_id)
            if parent_id:
                self.found(tree, parent_id)
            there = [one for one in tree.children(parent_id) if one.name == name]
            if there:
                return there[0]
            if len(tree.directories) >= MOST:
                raise RuleError(f"There are {MOST:,} directories, and no room for more.")
            check_depth(len(tree.way(parent_id)) + 1)
            now = now_ms()
            made = Directory(new_id(), dataset_id, parent_id, asker.user_id, name, now, now)
            queries.add(self.database, made)
            return made

    @connected
    def change(
        self, asker: Principal, dataset_id: str, directory_id: str, change: DirectoryChange
    ) -> Directory:
        """Change a directory and return it.

        Raises NotFoundError, RuleError for one within itself, and TakenError for its name there.
        """
        columns: dict[str, object] = {}
        with self.database.atomic():
            tree = self.locked(asker, dataset_id)
            found = self.found(tree, directory_id)
            if change.name is not UNSET:
                columns["name"] = change.name
            if change.parent_id is not UNSET:
                self.check_parent(tree, directory_id, change.parent_id)
                columns["parent_id"] = change.parent_id
            if not queries.change(self.database, directory_id, columns):
                raise TakenError(Kind.DIRECTORY, str(columns.get("name", found.name)))
            return self.found(self.kept(dataset_id), directory_id)

    def delete(
        self, asker: Principal, dataset_id: str, directory_id: str, *, move: bool
    ) -> list[str]:
        """Delete a directory with those in it; return the ids of files that went with it.

        With `move` files go up to where the directory was, and none goes.
        """
        self.found(self.tree(asker, dataset_id), directory_id)
        gone: list[str] = []
        while not move and (found := self.files_below(asker, dataset_id, directory_id)):
            self.documents.delete(asker, dataset_id, [one.id for one in found])
            self.files.delete_unused(asker, [one.file_id for one in found if one.file_id])
            gone += [one.shown_id for one in found]
        self.dissolve(asker, dataset_id, [directory_id])
        return gone

    @connected
    def move(self, asker: Principal, dataset_id: str, file_id: str, directory_id: str) -> None:
        """Put a file into a directory, or to the top; raises NotFoundError."""
        self.files.place(asker, dataset_id, file_id, directory_id)

    @connected
    def diff(self, asker: Principal, dataset_id: str, told: Sequence[Told]) -> Difference:
        """Return how the files of a knowledge base differ from those of a client."""
        opened_dataset(self.database, asker, dataset_id)
        there = queries.placed(self.database, dataset_id)
        return difference(self.kept(dataset_id), there, told)

    def clean(
        self,
        asker: Principal,
        dataset_id: str,
        file_ids: Sequence[str],
        directory_ids: Sequence[str],
    ) -> None:
        """Take files and directories out; what is not there is passed over.

        Files in those directories go up to where these were.
        """
        wanted = [Attachment(one) for one in file_ids]
        found = self.files.members.there(asker, dataset_id, wanted).values()
        self.documents.delete(asker, dataset_id, [one.id for one in found])
        self.files.delete_unused(asker, [one.file_id for one in found if one.file_id])
        self.dissolve(asker, dataset_id, directory_ids)

    # The rows.

    @connected
    def files_below(self, asker: Principal, dataset_id: str, directory_id: str) -> list[Placed]:
        """Return some documents below a directory."""
        opened_dataset(self.database, asker, dataset_id)
        within = self.kept(dataset_id).below(directory_id)
        return queries.placed_in(self.database, dataset_id, within, DELETED_AT_ONCE)

    @connected
    def dissolve(
        self, asker: Principal, dataset_id: str, directory_ids: Sequence[str] | None = None
    ) -> None:
        """Delete directories that there are, or all, with those in them; their files go up."""
        gone: dict[str, None] = {}
        with self.database.atomic():
            tree = self.locked(asker, dataset_id)
            wanted = list(tree.by_id) if directory_ids is None else directory_ids
            for directory_id in wanted:
                found = tree.by_id.get(directory_id)
                if found and directory_id not in gone:
                    within = tree.below(directory_id)
                    queries.move_all(self.database, dataset_id, within, found.parent_id)
                    gone |= dict.fromkeys(within)
            for batch in batches(list(gone), DELETED_AT_ONCE):
                queries.delete(self.database, batch)

    def locked(self, asker: Principal, dataset_id: str) -> DirectoryTree:
        """Within a transaction: return directories that nobody else changes until its end."""
        opened_dataset(self.database, asker, dataset_id)
        queries.lock(self.database, dataset_id)
        return self.kept(dataset_id)

    def kept(self, dataset_id: str) -> DirectoryTree:
        """Return the directories of a dataset."""
        return DirectoryTree(queries.of_dataset(self.database, dataset_id))

    @staticmethod
    def found(tree: DirectoryTree, directory_id: str) -> Directory:
        """Return a directory; raises NotFoundError."""
        found = tree.by_id.get(directory_id)
        if found is None:
            raise NotFoundError(Kind.DIRECTORY, directory_id)
        return found

    def check_parent(self, tree: DirectoryTree, directory_id: str, parent_id: str) -> None:
        """Raise an error for a directory that another one cannot be put into."""
        if parent_id:
            self.found(tree, parent_id)
        if parent_id in tree.below(directory_id):
            raise RuleError("A directory cannot be moved into itself.")
        check_depth(len(tree.way(parent_id)) + tree.depth(directory_id))


def check_depth(levels: int) -> None:
    """Raise RuleError for directories that would lie too deep."""
    if levels > MOST_LEVELS:
        raise RuleError(f"Directories are {MOST_LEVELS} levels deep at most.")

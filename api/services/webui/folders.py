"""Folders of conversations, within each other."""

from collections.abc import Iterable, Mapping

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError, TakenError
from api.services.accounts.grant_queries import forget_things
from api.services.accounts.records import Principal
from api.services.unset import UNSET
from api.services.webui import folder_queries, queries, share_queries
from api.services.webui.folder_records import Folder, FolderChange
from api.things import Kind

MOST = 1000
"""Folders of a person."""


class FolderService:
    """Keeps the folders of persons; to everybody else they do not exist."""

    def __init__(self, database: Database) -> None:
        """Initialize with where they are kept."""
        self.database = database

    @connected
    def list_all(self, asker: Principal) -> list[tuple[Folder, int]]:
        """Return all folders of the asker, each with how many conversations in it are unread."""
        unread = folder_queries.unread(self.database, asker.user_id)
        found = folder_queries.of_person(self.database, asker.user_id)
        return [(folder, unread.get(folder.id, 0)) for folder in found]

    @connected
    def get(self, asker: Principal, folder_id: str) -> Folder:
        """Return a folder; raises NotFoundError."""
        return self.own(asker, folder_id)

    @connected
    def create(self, asker: Principal, change: FolderChange, parent_id: str = "") -> Folder:
        """Make a folder and return it.

        Raises NotFoundError for an unknown parent, and TakenError for a name that is there.
        """
        now = now_ms()
        name = "" if change.name is UNSET else change.name
        made = Folder(
            id=new_id(),
            user_id=asker.user_id,
            parent_id=parent_id,
            name=name,
            is_expanded=False,
            create_time=now,
            update_time=now,
            data=change.data,
            meta=change.meta,
        )
        with self.database.atomic():
            folder_queries.lock(self.database, asker.user_id)
            if parent_id:
                self.own(asker, parent_id)
            if len(folder_queries.of_person(self.database, asker.user_id)) >= MOST:
                raise RuleError(f"There are {MOST:,} folders, and no room for more.")
            if not folder_queries.add(self.database, made):
                raise TakenError(Kind.FOLDER, name)
        return made

    @connected
    def change(self, asker: Principal, folder_id: str, change: FolderChange) -> Folder:
        """Change a folder and return it; raises NotFoundError, and TakenError for its name."""
        with self.database.atomic():
            folder_queries.lock(self.database, asker.user_id)
            found = self.own(asker, folder_id)
            columns: dict[str, object] = {
                "data": {**found.data, **change.data},
                "meta": {**found.meta, **change.meta},
            }
            if change.name is not UNSET:
                columns["name"] = change.name
            if not folder_queries.change(self.database, folder_id, columns):
                raise TakenError(Kind.FOLDER, str(change.name))
            return self.own(asker, folder_id)

    @connected
    def expand(self, asker: Principal, folder_id: str, *, expanded: bool) -> Folder:
        """Note whether what is in a folder is shown; raises NotFoundError."""
        with self.database.atomic():
            self.own(asker, folder_id)
            folder_queries.change(self.database, folder_id, {"is_expanded": expanded})
            return self.own(asker, folder_id)

    @connected
    def move(self, asker: Principal, folder_id: str, parent_id: str) -> Folder:
        """Put a folder into another one, or to the top.

        Raises NotFoundError, RuleError for one within itself, and TakenError for its name there.
        """
        with self.database.atomic():
            folder_queries.lock(self.database, asker.user_id)
            found = self.own(asker, folder_id)
            if parent_id:
                self.own(asker, parent_id)
            if parent_id in self.below(asker, folder_id):
                raise RuleError("A folder cannot be moved into itself.")
            if not folder_queries.change(self.database, folder_id, {"parent_id": parent_id}):
                raise TakenError(Kind.FOLDER, found.name)
            return self.own(asker, folder_id)

    @connected
    def unread(self, asker: Principal) -> Mapping[str, int]:
        """Return how many conversations of each folder are unread, by folder."""
        return folder_queries.unread(self.database, asker.user_id)

    @connected
    def mark_read(self, asker: Principal, folder_id: str) -> None:
        """Note that all in a folder was read; raises NotFoundError."""
        self.own(asker, folder_id)
        within = self.below(asker, folder_id)
        folder_queries.mark_read(self.database, asker.user_id, within, now_ms())

    @connected
    def delete(self, asker: Principal, folder_id: str, *, with_contents: bool) -> list[str]:
        """Delete a folder and those in it, with the conversations, or after these moved out.

        Return the ids of these. Raises NotFoundError.
        """
        with self.database.atomic():
            folder_queries.lock(self.database, asker.user_id)
            self.own(asker, folder_id)
            gone = self.below(asker, folder_id)
            within = folder_queries.in_folders(self.database, asker.user_id, gone)
            if with_contents:
                for chat_id in within:
                    share_queries.end(self.database, chat_id)
                    queries.delete(self.database, chat_id)
            else:
                folder_queries.empty(self.database, asker.user_id, gone)
            folder_queries.delete(self.database, gone)
            forget_things(self.database, Kind.CHAT_FOLDER, gone)
        return within

    @connected
    def grantable(self, asker: Principal, folder_id: str) -> Folder:
        """Return a folder of which the asker may say who uses it; raises NotFoundError."""
        return self.own(asker, folder_id)

    def own(self, asker: Principal, folder_id: str) -> Folder:
        """Return a folder of the asker; raises NotFoundError."""
        found = folder_queries.find(self.database, folder_id)
        if found is None or found.user_id != asker.user_id:
            raise NotFoundError(Kind.FOLDER, folder_id)
        return found

    def below(self, asker: Principal, folder_id: str) -> list[str]:
        """Return the ids of a folder and of all in it."""
        return within(folder_queries.of_person(self.database, asker.user_id), folder_id)


def within(folders: Iterable[Folder], folder_id: str) -> list[str]:
    """Return the ids of a folder and of all below it."""
    children: dict[str, list[str]] = {}
    for folder in folders:
        children.setdefault(folder.parent_id, []).append(folder.id)
    found = [folder_id]
    for one in found:
        found += children.get(one, [])
    return found

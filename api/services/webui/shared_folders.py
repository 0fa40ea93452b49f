"""Folders of conversations that others read, or write in."""

from typing import NamedTuple

from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.accounts import grant_queries as grants
from api.services.accounts.access import Right, granted
from api.services.accounts.grant_records import GrantRecord
from api.services.accounts.records import Principal
from api.services.stores.queries.knowledge import people
from api.services.webui import folder_queries, task_queries
from api.services.webui.folder_records import Folder, ListedRow, ListFilter
from api.services.webui.lists import ListService
from api.things import Kind

MOST_TOLD = 1000
"""Conversations of a folder, the last changed, whose readers are looked at at once."""

SHOWN = frozenset({"description"})
"""What of a folder's data is shown to others: how models are to answer in it is not."""


class SharedFolder(NamedTuple):
    """A folder as its reader has it; the grants are known to whose it is alone."""

    folder: Folder
    owner: str
    may_write: bool
    grants: tuple[GrantRecord, ...] = ()


class SharedFolderService:
    """Shows folders to those to whom they are granted, and what is directly in them."""

    def __init__(self, database: Database, lists: ListService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.lists = lists

    @connected
    def get(self, asker: Principal, folder_id: str) -> SharedFolder:
        """Return a folder; raises NotFoundError for who may not read it."""
        found = folder_queries.find(self.database, folder_id)
        if found is None:
            raise NotFoundError(Kind.FOLDER, folder_id)
        owner = self.names([found]).get(found.user_id, "")
        if found.user_id == asker.user_id:
            given = grants.list_grants(self.database, Kind.CHAT_FOLDER, folder_id)
            return SharedFolder(found, owner, may_write=True, grants=tuple(given))
        held = granted(self.database, asker, Kind.CHAT_FOLDER, [folder_id])
        if folder_id not in held:
            raise NotFoundError(Kind.FOLDER, folder_id)
        return SharedFolder(shown(found), owner, may_write=held[folder_id] >= Right.CHANGE)

    @connected
    def list_for(self, asker: Principal) -> list[SharedFolder]:
        """Return the folders of others that are granted to somebody, by name."""
        given = grants.granted(self.database, Kind.CHAT_FOLDER, asker.user_id)
        if given is None:
            return []
        found = folder_queries.of_others(self.database, asker.user_id, given.clause, given.values)
        held = granted(self.database, asker, Kind.CHAT_FOLDER, [one.id for one in found])
        names = self.names(found)
        return [
            SharedFolder(
                shown(one),
                names.get(one.user_id, ""),
                may_write=held.get(one.id, Right.NONE) >= Right.CHANGE,
            )
            for one in found
        ]

    def chats(
        self, asker: Principal, found: SharedFolder, page: int, wanted: ListFilter
    ) -> tuple[list[ListedRow], int]:
        """Return a page of the conversations in a folder, and how many there are."""
        owner = Principal(found.folder.user_id, found.folder.user_id)
        rows, total = self.lists.counted(owner, page, wanted)
        if owner.user_id != asker.user_id:
            rows = [one._replace(row=one.row._replace(last_read_time=0)) for one in rows]
        return rows, total

    @connected
    def told(self, asker: Principal, folder_id: str) -> list[str]:
        """Return the conversations in a folder of the asker whose readers are to be looked at."""
        return folder_queries.last_in(self.database, asker.user_id, folder_id, MOST_TOLD)

    @connected
    def answering(self, folder_id: str) -> list[str]:
        """Return the conversations in a folder in which answers are being made."""
        return task_queries.in_folder(self.database, folder_id)

    def names(self, found: list[Folder]) -> dict[str, str]:
        """Return what those are called whose folders these are."""
        ids = sorted({one.user_id for one in found})
        return {name: one.name for name, one in people(self.database, ids).items()}


def shown(folder: Folder) -> Folder:
    """Return a folder as others see it: at the top, without what models are told in it."""
    data = {key: value for key, value in folder.data.items() if key in SHOWN}
    return folder._replace(parent_id="", data=data)

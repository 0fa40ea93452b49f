"""Folders of chats as Open WebUI's clients have them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import (
    RowAnswer,
    dashed,
    key_of,
    present_listed,
)
from api.schemas.openwebui.grant import GrantAnswer, present_grants
from api.services.unset import UNSET
from api.services.webui.folder_records import Folder, FolderChange, ListedRow
from api.services.webui.shared_folders import SharedFolder

Name = Annotated[StorableText, Field(max_length=255), AfterValidator(str.strip)]


class FolderRequest(NullFreeRequest):
    """A folder, or what is to change of one: keys of `data` and `meta` join what is there."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Lamps"}]})

    name: Name = ""
    data: dict[str, object] = Field({}, max_length=64)
    meta: dict[str, object] = Field({}, max_length=64)
    parent_id: str = Field("", max_length=64)

    def change(self) -> FolderChange:
        """Return what is given."""
        return FolderChange(self.name or UNSET, self.data, self.meta)

    def new(self) -> FolderChange:
        """Return a new folder; raises ArgumentError for one without a name."""
        if not self.name:
            raise ArgumentError("name: give the folder a name.")
        return self.change()

    def parent(self) -> str:
        """Return the folder that it is in; empty at the top."""
        return key_of(self.parent_id)


class ParentRequest(NullFreeRequest):
    """The folder that something is put in; without one it is put to the top."""

    parent_id: str = Field("", max_length=64)
    folder_id: str = Field("", max_length=64)


class ExpandedRequest(Request):
    """Whether what is in a folder is shown."""

    is_expanded: bool


class FolderDeletion(Request):
    """Whether the chats in a folder are deleted, too; else they move out."""

    delete_contents: bool = True


class FolderRowAnswer(TypedDict):
    """A folder in the list of all; times in seconds since 1970."""

    id: str
    name: str
    meta: Mapping[str, Any]
    parent_id: str | None
    is_expanded: bool
    unread_count: int
    created_at: int
    updated_at: int


class FolderAnswer(TypedDict):
    """A folder; times in seconds since 1970."""

    id: str
    parent_id: str | None
    user_id: str
    name: str
    items: None
    meta: Mapping[str, Any]
    data: Mapping[str, Any]
    is_expanded: bool
    created_at: int
    updated_at: int
    access_grants: list[GrantAnswer]
    write_access: bool


class SharedFolderAnswer(FolderRowAnswer):
    """A folder of somebody else, with whose it is."""

    user_id: str
    owner_name: str
    write_access: bool


class OwnedRowAnswer(RowAnswer):
    """A chat of a folder, with whose it is."""

    user_id: str
    owner_name: str
    participants: list[dict[str, str]]
    readonly: bool


class FolderChatsAnswer(TypedDict):
    """The chats of a folder, and whether there are more."""

    chats: list[OwnedRowAnswer]
    folder_permission: str
    total: int
    has_more: bool


class UnreadAnswer(TypedDict):
    """When a chat was read, if it was, and how many are unread in each folder."""

    chat_id: str
    last_read_at: int
    folder_id: str | None
    folder_unread_counts: dict[str, int]


def present_folders(folders: Sequence[tuple[Folder, int]]) -> list[FolderRowAnswer]:
    """Return all folders."""
    return [present_folder_row(folder, unread) for folder, unread in folders]


def present_folder_row(folder: Folder, unread: int) -> FolderRowAnswer:
    """Return a folder of a list."""
    return {
        "id": dashed(folder.id),
        "name": folder.name,
        "meta": folder.meta,
        "parent_id": dashed(folder.parent_id) if folder.parent_id else None,
        "is_expanded": folder.is_expanded,
        "unread_count": unread,
        "created_at": folder.create_time // 1000,
        "updated_at": folder.update_time // 1000,
    }


def present_shared_folders(found: Sequence[SharedFolder]) -> list[SharedFolderAnswer]:
    """Return folders of others."""
    return [
        {
            **present_folder_row(one.folder, 0),
            "user_id": one.folder.user_id,
            "owner_name": one.owner,
            "write_access": one.may_write,
        }
        for one in found
    ]


def present_shared_folder(found: SharedFolder) -> FolderAnswer:
    """Return a folder with what its reader may do."""
    grants = present_grants("folder", found.folder.id, found.grants)
    shown = present_folder(found.folder)
    return {**shown, "access_grants": grants, "write_access": found.may_write}


def present_folder(folder: Folder) -> FolderAnswer:
    """Return a folder of the asker."""
    return {
        "id": dashed(folder.id),
        "parent_id": dashed(folder.parent_id) if folder.parent_id else None,
        "user_id": folder.user_id,
        "name": folder.name,
        "items": None,
        "meta": folder.meta,
        "data": folder.data,
        "is_expanded": folder.is_expanded,
        "created_at": folder.create_time // 1000,
        "updated_at": folder.update_time // 1000,
        "access_grants": [],
        "write_access": True,
    }


def present_folder_chats(
    found: SharedFolder, rows: Sequence[ListedRow], total: int, *, has_more: bool
) -> FolderChatsAnswer:
    """Return a page of the chats of a folder."""
    chats: list[OwnedRowAnswer] = [
        {
            **present_listed(one),
            "user_id": one.row.user_id,
            "owner_name": found.owner,
            "participants": [],
            "readonly": not found.may_write,
        }
        for one in rows
    ]
    permission = "write" if found.may_write else "read"
    return {"chats": chats, "folder_permission": permission, "total": total, "has_more": has_more}


def present_unread(
    chat_id: str, folder_id: str, counts: Mapping[str, int], read_at: int = 0
) -> UnreadAnswer:
    """Return when a chat was read, in seconds since 1970; 0 is not yet."""
    return {
        "chat_id": dashed(chat_id),
        "last_read_at": read_at,
        "folder_id": dashed(folder_id) if folder_id else None,
        "folder_unread_counts": {dashed(name): count for name, count in counts.items()},
    }

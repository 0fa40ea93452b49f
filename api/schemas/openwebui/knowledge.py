"""Knowledge bases as Open WebUI's clients have them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import MAX_PAGE, LenientFlag, Request, StorableText
from api.schemas.openwebui.conversation import dashed, key_of
from api.schemas.openwebui.directory import DirectoryAnswer, present_directory
from api.schemas.openwebui.file import FileAnswer, FileMetaAnswer, present_file
from api.schemas.openwebui.grant import GrantAnswer, GrantingRequest, present_grants
from api.services.files.links import MOST_LINKED
from api.services.library.values import DATASET_NAME, DatasetChange
from api.services.stores.directory_records import DirectoryTree
from api.services.stores.knowledge_records import Base, BasePage, FilePage, KeptFile, PersonRecord
from api.services.stores.knowledge_values import PAGE, Wanted, Whose
from api.services.stores.references import shown_id
from api.services.unset import UNSET

LONGEST_LIST = 1000

ORDERS = {"name": "name", "created_at": "create_time", "updated_at": "update_time"}


class ListQuery(Request):
    """A page of a list, in an order."""

    query: StorableText = Field("", max_length=255)
    view_option: Literal["", "created", "shared"] = ""
    order_by: str = Field("", max_length=32)
    direction: Literal["", "asc", "desc"] = ""
    page: int = Field(1, ge=1, le=MAX_PAGE)
    limit: int = Field(PAGE, ge=1, le=LONGEST_LIST)
    source: str = Field("", max_length=32)

    def is_elsewhere(self) -> bool:
        """Return whether only knowledge bases of other servers are wanted: there are none."""
        return self.source == "external"

    def wanted(self) -> Wanted:
        """Return the page that is asked for; what has no order comes by its newest change."""
        order = ORDERS.get(self.order_by, "update_time")
        return Wanted(self.query, order, self.direction != "asc", self.page, self.limit)

    def whose(self) -> Whose:
        """Return whose knowledge bases are wanted."""
        return Whose(self.view_option)


class BaseRequest(GrantingRequest):
    """A knowledge base that is to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Lamps", "description": "How they are lit."}]}
    )

    name: StorableText = Field(min_length=1, max_length=DATASET_NAME)
    description: StorableText = ""


class BaseChangeRequest(GrantingRequest):
    """What to change of a knowledge base."""

    name: StorableText | None = Field(None, min_length=1, max_length=DATASET_NAME)
    description: StorableText | None = None

    def change(self) -> DatasetChange:
        """Return what is to change."""
        return DatasetChange(
            name=UNSET if self.name is None else self.name,
            description=UNSET if self.description is None else self.description,
        )


class FoundQuery(Request):
    """Files by words in their names; `include_content` is taken and tells no more."""

    query: StorableText = Field("", max_length=255)
    include_content: LenientFlag = False
    page: int = Field(1, ge=1, le=MAX_PAGE)

    def wanted(self) -> Wanted:
        """Return the page that is asked for."""
        return Wanted(self.query, page=self.page)


class FilesQuery(ListQuery):
    """A page of the files of a knowledge base: of a directory, of the top, or all of them."""

    directory_id: str | None = Field(None, max_length=64)

    def wanted(self) -> Wanted:
        """Return the page that is asked for."""
        place = None if self.directory_id is None else key_of(self.directory_id)
        return replace(super().wanted(), directory_id=place)


class ResetQuery(Request):
    """Whether directories go with what is in them."""

    include_directories: LenientFlag = True


class FileRequest(Request):
    """A file of a knowledge base."""

    file_id: str = Field(max_length=64)

    def id(self) -> str:
        """Return the id as it is kept."""
        return key_of(self.file_id)


class PlacedFileRequest(FileRequest):
    """A file that is to be in a knowledge base, and in which directory; without one at the top."""

    directory_id: str | None = Field(None, max_length=64)


class ManyFilesRequest(Request):
    """Files of a knowledge base; clients send the list alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"files": [{"file_id": "x"}]}]})

    files: list[FileRequest] = Field(min_length=1, max_length=MOST_LINKED)

    def ids(self) -> list[str]:
        """Return the ids as they are kept."""
        return [one.id() for one in self.files]


class RemoveQuery(Request):
    """Whether a file goes with its place where it is in no other knowledge base."""

    delete_file: LenientFlag = True


class PersonAnswer(TypedDict):
    """Whose something is."""

    id: str
    name: str
    email: str
    role: str


class BaseFileAnswer(TypedDict):
    """A file as a knowledge base shows it."""

    id: str
    hash: str
    meta: FileMetaAnswer
    created_at: int
    updated_at: int


class BaseAnswer(TypedDict):
    """A knowledge base; times in seconds since 1970."""

    id: str
    user_id: str
    name: str
    description: str
    meta: None
    access_grants: list[GrantAnswer]
    created_at: int
    updated_at: int
    write_access: bool
    file_count: int
    user: PersonAnswer | None
    files: NotRequired[list[BaseFileAnswer]]


class BasesAnswer(TypedDict):
    """Some knowledge bases, and how many there are in all."""

    items: list[BaseAnswer]
    total: int


class ListedFileAnswer(FileAnswer):
    """A file in the list of a knowledge base."""

    directory_id: str | None
    directory_path: str
    has_original: bool


class CollectionAnswer(TypedDict):
    """The knowledge base that a file is in."""

    id: str


class FoundFileAnswer(FileAnswer):
    """A file that was found, with the knowledge base that it is in."""

    collection: CollectionAnswer


class FoundFilesAnswer(TypedDict):
    """Some files that were found, and how many there are in all."""

    items: list[FoundFileAnswer]
    directories: list[str]
    breadcrumbs: list[str]
    total: int


class BaseFilesAnswer(TypedDict):
    """Some files of a knowledge base, and how many there are in all.

    `directories` are those beside the files, and `breadcrumbs` those on the way to them.
    """

    items: list[ListedFileAnswer]
    directories: list[DirectoryAnswer]
    breadcrumbs: list[DirectoryAnswer]
    total: int


def present_owner(owner: PersonRecord | None) -> PersonAnswer | None:
    """Return whose something is; None for an account that is no more."""
    if owner is None:
        return None
    role = "admin" if owner.is_administrator else "user"
    return {"id": owner.id, "name": owner.name, "email": owner.email, "role": role}


def present_base(base: Base) -> BaseAnswer:
    """Return a knowledge base."""
    found = base.dataset
    return {
        "id": dashed(found.id),
        "user_id": found.created_by,
        "name": found.name,
        "description": found.description,
        "meta": None,
        "access_grants": present_grants("knowledge", found.id, base.grants),
        "created_at": found.create_time // 1000,
        "updated_at": found.update_time // 1000,
        "write_access": base.is_writable,
        "file_count": found.document_count,
        "user": present_owner(base.owner),
    }


def present_bases(page: BasePage) -> BasesAnswer:
    """Return some knowledge bases."""
    return {"items": [present_base(one) for one in page.bases], "total": page.total}


def present_filled_base(base: Base, page: FilePage) -> BaseAnswer:
    """Return a knowledge base with the newest of its files."""
    return {**present_base(base), "files": [present_base_file(one) for one in page.files]}


def present_base_file(file: KeptFile) -> BaseFileAnswer:
    """Return a file as a knowledge base shows it."""
    found = present_file(file)
    return {
        "id": found["id"],
        "hash": found["hash"],
        "meta": found["meta"],
        "created_at": found["created_at"],
        "updated_at": found["updated_at"],
    }


def present_listed_file(file: KeptFile, tree: DirectoryTree) -> ListedFileAnswer:
    """Return a file in a list of a knowledge base."""
    way = tree.way(file.document.directory_id) if file.document else []
    return {
        **present_file(file),
        "directory_id": dashed(way[-1].id) if way else None,
        "directory_path": "/".join(one.name for one in way),
        "has_original": True,
    }


def present_base_files(page: FilePage, tree: DirectoryTree, wanted: Wanted) -> BaseFilesAnswer:
    """Return some files of a knowledge base, with the directories beside them."""
    place = wanted.directory_id or ""
    return {
        "items": [present_listed_file(one, tree) for one in page.files],
        "directories": [present_directory(one) for one in tree.children(place)],
        "breadcrumbs": [present_directory(one) for one in tree.way(place)],
        "total": page.total,
    }


def present_found_files(page: FilePage) -> FoundFilesAnswer:
    """Return some files of knowledge bases, whichever these are."""
    items = [present_found_file(one) for one in page.files]
    return {"items": items, "directories": [], "breadcrumbs": [], "total": page.total}


def present_found_file(file: KeptFile) -> FoundFileAnswer:
    """Return a file that was found."""
    dataset_id = file.document.dataset_id if file.document else ""
    return {**present_file(file), "collection": {"id": shown_id(dataset_id)}}


def present_pending(files: Sequence[KeptFile]) -> list[FileAnswer]:
    """Return files that are being read."""
    return [present_file(one) for one in files]

"""Files and folders on the wire, the same at all doors."""

from collections.abc import Sequence
from typing import Annotated, Literal, NotRequired

from pydantic import AfterValidator, AliasChoices, Field, field_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE_SIZE, Ids, LenientFlag, Request, StorableText
from api.schemas.listing import OrderedQuery, names_in, read_cursor, shown_as
from api.schemas.times import http_date
from api.services.files.records import FOLDER, FileList, FileRecord, GrantedFile, Link, ListedFile
from api.services.files.values import FileFilter, FileMove, ReceivedFile
from api.services.library.names import clean_file_name
from api.services.library.values import Place, Readable
from rag.quoting import quoted

ORDERS = ("create_time", "update_time", "name", "size", "type")
PER_PAGE = 15

BEHIND_FOLDER = "folder:"
"""What a cursor behind a folder begins with, where all folders come before all files."""

NO_PATH = {"", "undefined", "null"}
"""What pages send for the path of a file that was not chosen with its folder."""


def one_name(raw: str) -> str:
    """Return a name that a file may have; refuses those of several parts."""
    name = clean_file_name(raw)
    if name != raw.strip():
        raise ArgumentError("`name` must not contain `/` or `\\`.")
    return name


Name = Annotated[StorableText, AfterValidator(one_name)]


class LinkedDataset(TypedDict):
    """A dataset that has a document of a file."""

    kb_id: str
    kb_name: str
    document_id: str


class FileAnswer(TypedDict):
    """A file or a folder; `source_type` is "knowledgebase" for what stands for datasets."""

    id: str
    parent_id: str
    tenant_id: str
    created_by: str
    name: str
    location: str
    type: str
    size: int
    source_type: str
    create_time: int
    create_date: str
    update_time: int
    update_date: str
    kbs_info: NotRequired[list[LinkedDataset]]
    has_child_folder: NotRequired[bool]


class FileQuery(OrderedQuery):
    """Which part of a folder to list; an empty `parent_id` is the root."""

    heavy = shown_as(links="kbs_info", has_folders="has_child_folder")

    page_size: int = Field(PER_PAGE, ge=1, le=MAX_PAGE_SIZE)
    parent_id: str = ""
    keywords: StorableText = ""
    type: Literal["", "folder"] = ""
    folders_first: LenientFlag = False

    def wanted(self) -> FileFilter:
        """Return what of the folder is asked for."""
        after_folder = self.after.startswith(BEHIND_FOLDER)
        return FileFilter(
            self.keywords.strip(), self.type == FOLDER, self.folders_first, after_folder
        )

    def place(self, order: str) -> Place | None:
        """Return the place behind which the page begins; raises ArgumentError."""
        after = self.after.removeprefix(BEHIND_FOLDER)
        return read_cursor(after, order) if after else None

    def next_after(self, found: Sequence[ListedFile]) -> str:
        """Return the cursor of the last file of a full page, which tells a folder from a file."""
        cursor = super().next_after(found)
        behind_folder = cursor and self.folders_first and found[-1].file.is_folder
        return f"{BEHIND_FOLDER}{cursor}" if behind_folder else cursor

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a file shows."""
        return names_in(FileAnswer)

    @field_validator("orderby")
    @classmethod
    def known_order(cls, orderby: str) -> str:
        """Refuse a column that files cannot be ordered by."""
        if orderby not in ORDERS:
            raise ArgumentError(f"invalid orderby field: {quoted(orderby)}")
        return orderby

    @staticmethod
    def row_of(listed: ListedFile) -> FileRecord:
        """Return the record of a file."""
        return listed.file


class FileIdQuery(Request):
    """Which file is asked about."""

    file_id: str


class FolderRequest(Request):
    """A folder to make; an empty `parent_id` is the root."""

    name: Name
    parent_id: str | None = ""
    type: Literal["folder"] = "folder"

    @field_validator("type", mode="before")
    @classmethod
    def only_folders(cls, value: object) -> object:
        """Refuse other kinds, which are uploaded."""
        if value != FOLDER:
            raise ArgumentError('`type` must be "folder": upload files instead.')
        return value


class RenameRequest(Request):
    """Another name for a file or folder."""

    file_id: str
    name: Name


class FileIds(Request):
    """Which files to do something with."""

    file_ids: Ids


class DeleteFiles(Request):
    """Which files to delete."""

    ids: Ids = Field(validation_alias=AliasChoices("ids", "file_ids"))


class MoveRequest(Request):
    """Which files to move where."""

    src_file_ids: Ids = Field(min_length=1)
    dest_file_id: str

    def move(self) -> FileMove:
        """Return what is asked for."""
        return FileMove(self.src_file_ids, self.dest_file_id)


class MoveOrRename(Request):
    """Which files to move where, or how to call one; an empty `dest_file_id` leaves it there."""

    src_file_ids: Ids = Field(min_length=1)
    dest_file_id: str | None = ""
    new_name: Name | None = None

    def move(self) -> FileMove:
        """Return what is asked for; raises ArgumentError where that is nothing."""
        if not (self.dest_file_id or self.new_name):
            raise ArgumentError("`dest_file_id` or `new_name` is required.")
        return FileMove(self.src_file_ids, self.dest_file_id or "", self.new_name or "")


class LinkRequest(Request):
    """In which datasets files are to have documents: all that they are to be in.

    With `keep` they stay in the others, too.
    """

    file_ids: Ids
    kb_ids: Ids
    keep: bool = False


def received_file(name: str, path: str, content: Readable) -> ReceivedFile:
    """Return an upload with the folders that it lies in, as its path says, or else its name."""
    said = name if path.strip() in NO_PATH else path
    parts = [part for part in said.replace("\\", "/").split("/") if part.strip()]
    own = clean_file_name(name)
    # A path ends with the name of the file, or is that of its folder.
    folders = parts[:-1] if parts[-1:] == [own] or said is name else parts
    return ReceivedFile(own, content, folders)


class GrantedAnswer(FileAnswer):
    """A file or folder of somebody else; `level` is what is granted of it."""

    level: str


class FileListAnswer(TypedDict):
    """A page of what is in a folder."""

    total: int
    files: list[FileAnswer]
    parent_folder: FileAnswer


class FolderAnswer(FileListAnswer):
    """A page of a folder; `level` is what is granted of one of somebody else, else null."""

    level: str | None


class DeletedAnswer(TypedDict):
    """How many files were deleted."""

    success_count: int


class RootAnswer(TypedDict):
    """The root."""

    root_folder: FileAnswer


class ParentAnswer(TypedDict):
    """The folder that a file is in."""

    parent_folder: FileAnswer


class AncestorsAnswer(TypedDict):
    """A file and the folders above it, the root last."""

    parent_folders: list[FileAnswer]


class LinkAnswer(TypedDict):
    """A document that was made of a file; `id` is that of the document."""

    id: str
    file_id: str
    document_id: str
    kb_id: str
    create_time: int
    create_date: str
    update_time: int
    update_date: str


def present_file(file: FileRecord) -> FileAnswer:
    """Return a file as it goes out."""
    return {
        "id": file.id,
        "parent_id": file.parent_id,
        "tenant_id": file.tenant_id,
        "created_by": file.created_by,
        "name": file.name,
        "location": "" if file.is_folder else file.name,
        "type": file.type,
        "size": file.size,
        "source_type": "knowledgebase" if file.of_dataset else "",
        "create_time": file.create_time,
        "create_date": http_date(file.create_time),
        "update_time": file.update_time,
        "update_date": http_date(file.update_time),
    }


def present_granted(granted: GrantedFile) -> GrantedAnswer:
    """Return a file that is granted as it goes out."""
    return {**present_file(granted.file), "level": granted.level.value}


def present_listed(listed: ListedFile) -> FileAnswer:
    """Return a file as a list shows it."""
    answer = present_file(listed.file)
    answer["kbs_info"] = [
        {"kb_id": link.dataset_id, "kb_name": link.dataset_name, "document_id": link.document_id}
        for link in listed.links
    ]
    if listed.file.is_folder:
        answer["has_child_folder"] = listed.has_folders
    return answer


def present_deleted(count: int) -> DeletedAnswer:
    """Return how many files were deleted."""
    return {"success_count": count}


def present_list(found: FileList, query: FileQuery) -> FileListAnswer:
    """Return a page of a folder as it goes out."""
    return {
        "total": found.total,
        "files": query.chosen([present_listed(listed) for listed in found.files]),
        "parent_folder": present_file(found.folder),
    }


def present_folder(found: FileList, query: FileQuery) -> FolderAnswer:
    """Return a page of a folder as it goes out, with what is granted of the folder."""
    return {**present_list(found, query), "level": found.level}


def present_root(root: FileRecord) -> RootAnswer:
    """Return the root as it goes out."""
    return {"root_folder": present_file(root)}


def present_parent(parent: FileRecord) -> ParentAnswer:
    """Return the folder of a file as it goes out."""
    return {"parent_folder": present_file(parent)}


def present_ancestors(found: Sequence[FileRecord]) -> AncestorsAnswer:
    """Return the folders above a file as they go out."""
    return {"parent_folders": [present_file(file) for file in found]}


def present_link(link: Link) -> LinkAnswer:
    """Return a document of a file as it goes out."""
    return {
        "id": link.document_id,
        "file_id": link.file_id,
        "document_id": link.document_id,
        "kb_id": link.dataset_id,
        "create_time": link.create_time,
        "create_date": http_date(link.create_time),
        "update_time": link.update_time,
        "update_date": http_date(link.update_time),
    }

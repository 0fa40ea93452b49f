"""What the services of files return. Times are in ms since the epoch."""

from dataclasses import dataclass
from typing import NamedTuple

from api.services.accounts.grant_records import Level
from api.services.library.records import TEAM

FOLDER = "folder"

ROOT_NAME = "/"

DATASETS_NAME = ".knowledgebase"
"""The folder in a root that shows the tenant's datasets, and their documents in these."""


class FileRecord(NamedTuple):
    """A file or a folder; of the dataset's own kind where it stands for one, or for a document.

    The root is its own parent. `purpose` is what for a client has sent a file, where it said so.
    """

    id: str
    tenant_id: str
    parent_id: str
    created_by: str
    name: str
    type: str
    size: int
    create_time: int
    update_time: int
    purpose: str = ""
    of_dataset: bool = False

    @property
    def is_shared(self) -> bool:
        """Return False: the members of a tenant share datasets, not files."""
        return False

    @property
    def is_folder(self) -> bool:
        """Return whether it may hold others."""
        return self.type == FOLDER

    @property
    def is_root(self) -> bool:
        """Return whether it is the top of a tenant's tree."""
        return self.id == self.tenant_id


COLUMNS = FileRecord._fields[:-1]
"""Those of a row."""


class Link(NamedTuple):
    """A document that was made of a file, and its dataset with whose that is."""

    file_id: str
    document_id: str
    dataset_id: str
    dataset_name: str
    tenant_id: str
    permission: str
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the dataset's tenant may use it, too."""
        return self.permission == TEAM


class GrantedFile(NamedTuple):
    """A file or folder of somebody else, and what is granted of it."""

    file: FileRecord
    level: Level


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as a list shows it: with its documents, and whether folders are in it."""

    file: FileRecord
    links: tuple[Link, ...] = ()
    has_folders: bool = False


@dataclass(frozen=True, slots=True)
class FileList:
    """A page of what is in a folder, how much that is in all, and the folder.

    `level` is what is granted of a folder of somebody else, None of one of the asker's own.
    """

    total: int
    files: list[ListedFile]
    folder: FileRecord
    level: Level | None = None


class Stored(NamedTuple):
    """A file that is to be deleted, or made a document of; `level` counts from what was named."""

    id: str
    name: str
    size: int
    storage_key: str
    type: str
    level: int

"""Directories of knowledge bases as Open WebUI's clients have them."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import LenientFlag, Request, StorableText
from api.schemas.openwebui.conversation import dashed, key_of
from api.services.library.names import clean_file_name
from api.services.stores.directories import DirectoryChange
from api.services.stores.directory_records import Difference, Directory, Told
from api.services.unset import UNSET

LONGEST_PATH = 4096
MOST_TOLD = 100_000
"""Files of a manifest."""


def one_name(name: str) -> str:
    """Return the name of a directory; raises ValueError for one that is none, or several."""
    try:
        found = clean_file_name(name)
    except ArgumentError as error:
        raise ValueError(error.message) from error
    if found != name.strip():
        raise ValueError("A directory's name has no slash.")
    return found


Name = Annotated[StorableText, Field(min_length=1, max_length=255), AfterValidator(one_name)]


class DirectoryRequest(Request):
    """A directory that is to be there."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "lamps"}]})

    name: Name
    parent_id: str | None = Field(None, max_length=64)

    def parent(self) -> str:
        """Return the id of the directory that it is in; empty at the top."""
        return key_of(self.parent_id or "")


class DirectoryChangeRequest(Request):
    """What to change of a directory; a `parent_id` of null is the top."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "lights"}]})

    name: Name | None = None
    parent_id: str | None = Field(None, max_length=64)

    def change(self) -> DirectoryChange:
        """Return what is to change."""
        moves = "parent_id" in self.model_fields_set
        return DirectoryChange(
            name=UNSET if self.name is None else self.name,
            parent_id=key_of(self.parent_id or "") if moves else UNSET,
        )


class DirectoryGoneQuery(Request):
    """Whether the files of a directory go up to where it was, or out of the knowledge base."""

    move_files: LenientFlag = True


class MoveRequest(Request):
    """A file, and the directory that it is to be in; without one that is the top."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"file_id": "x"}]})

    file_id: str = Field(max_length=64)
    directory_id: str | None = Field(None, max_length=64)


class ToldRequest(Request):
    """A file that a client has; `path` is that of its directory, empty at the top."""

    filename: str = Field(max_length=255)
    path: str = Field("", max_length=LONGEST_PATH)
    checksum: str = Field(max_length=128)
    size: int = Field(0, ge=0)

    def told(self) -> Told:
        """Return the file."""
        path = "/".join(part for part in self.path.split("/") if part)
        return Told(self.filename, path, self.checksum.lower())


class ManifestRequest(Request):
    """All files that a client has."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"manifest": [{"filename": "a.txt", "path": "lamps", "checksum": "0"}]}]
        }
    )

    manifest: list[ToldRequest] = Field(max_length=MOST_TOLD)

    def told(self) -> list[Told]:
        """Return the files."""
        return [one.told() for one in self.manifest]


class CleanupRequest(Request):
    """What a client does not have any more."""

    file_ids: list[Annotated[str, Field(max_length=64)]] = Field(
        default_factory=list, max_length=MOST_TOLD
    )
    dir_ids: list[Annotated[str, Field(max_length=64)]] = Field(
        default_factory=list, max_length=MOST_TOLD
    )


class DirectoryAnswer(TypedDict):
    """A directory; times in seconds since 1970."""

    id: str
    knowledge_id: str
    parent_id: str | None
    name: str
    user_id: str
    created_at: int
    updated_at: int


class AddedAnswer(TypedDict):
    """A file that is not there."""

    filename: str
    path: str


class ModifiedAnswer(AddedAnswer):
    """A file that is there with other content."""

    stale_file_id: str


class DeletedAnswer(TypedDict):
    """A file that a client does not have."""

    file_id: str
    filename: str


class DifferenceAnswer(TypedDict):
    """How the files of a client differ from those that are there."""

    added: list[AddedAnswer]
    modified: list[ModifiedAnswer]
    deleted: list[DeletedAnswer]
    mkdir: list[str]
    rmdir: list[str]
    unmodified_count: int
    directory_map: dict[str, str]


class DoneAnswer(TypedDict):
    """That it is done."""

    status: Literal[True]


class DirectoryGoneAnswer(DoneAnswer):
    """Which files went with a directory."""

    file_ids: list[str]


def present_directory(found: Directory) -> DirectoryAnswer:
    """Return a directory."""
    return {
        "id": dashed(found.id),
        "knowledge_id": dashed(found.dataset_id),
        "parent_id": dashed(found.parent_id) if found.parent_id else None,
        "name": found.name,
        "user_id": found.created_by,
        "created_at": found.create_time // 1000,
        "updated_at": found.update_time // 1000,
    }


def present_difference(found: Difference) -> DifferenceAnswer:
    """Return what makes a knowledge base the same as what a client has."""
    return {
        "added": [{"filename": one.name, "path": one.path} for one in found.added],
        "modified": [
            {"filename": one.name, "path": one.path, "stale_file_id": dashed(file_id)}
            for one, file_id in found.modified
        ],
        "deleted": [
            {"file_id": dashed(one.shown_id), "filename": one.shown_name} for one in found.deleted
        ],
        "mkdir": found.made,
        "rmdir": [dashed(one) for one in found.removed],
        "unmodified_count": found.unmodified,
        "directory_map": {path: dashed(one.id) for path, one in found.there.items()},
    }


def present_done() -> DoneAnswer:
    """Return that it is done."""
    return {"status": True}


def present_directory_gone(file_ids: Sequence[str]) -> DirectoryGoneAnswer:
    """Return which files went with a directory."""
    return {"status": True, "file_ids": [dashed(one) for one in file_ids]}

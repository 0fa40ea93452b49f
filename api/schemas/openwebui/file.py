"""Files as Open WebUI's clients have them."""

import json
from collections.abc import Iterator, Mapping
from mimetypes import guess_type
from typing import NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.db.models.states import RunState
from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE, LenientFlag, Request
from api.schemas.openwebui.conversation import dashed, key_of
from api.services.stores.knowledge_records import FilePage, KeptFile
from api.services.stores.knowledge_values import PAGE

COLLECTION = "file-"
"""What the name of a collection begins with that is one file."""

STATES: Mapping[str, str] = {
    RunState.UNSTART: "pending",
    RunState.RUNNING: "processing",
    RunState.DONE: "completed",
    RunState.FAIL: "failed",
    RunState.CANCEL: "failed",
}

FAILED = "The file could not be read."


class UploadQuery(Request):
    """Whether an upload is to be read, which always happens in the background."""

    process: LenientFlag = True
    process_in_background: LenientFlag = True


class UploadForm(Request):
    """What a form says of its file: `metadata` is JSON and may name a knowledge base."""

    metadata: str = ""

    def places(self) -> tuple[str, str]:
        """Return the ids of the knowledge base that the file is for, and of a directory of it.

        Either is empty for none.
        """
        found = self.told()
        dataset_id = key_of(str(found.get("knowledge_id") or ""))
        return dataset_id, key_of(str(found.get("directory_id") or "")) if dataset_id else ""

    def told(self) -> Mapping[str, object]:
        """Return what is said; raises ArgumentError for what is no object."""
        if not self.metadata:
            return {}
        try:
            found = json.loads(self.metadata)
        except ValueError as error:
            raise ArgumentError("metadata: give an object as JSON.") from error
        if not isinstance(found, dict):
            raise ArgumentError("metadata: give an object as JSON.")
        return found


class FilesQuery(Request):
    """Which page of the files to list."""

    page: int = Field(1, ge=1, le=MAX_PAGE)

    @property
    def offset(self) -> int:
        """Return how many rows come before the page."""
        return (self.page - 1) * PAGE


class FileSearchQuery(Request):
    """Which files to find by their names, in which `*` and `?` stand for anything."""

    filename: str = Field("*", max_length=255)
    skip: int = Field(0, ge=0, le=MAX_PAGE)
    limit: int = Field(100, ge=1, le=1000)


class StatusQuery(Request):
    """Whether to tell of each change until the file is read, or only once."""

    stream: LenientFlag = False


class ContentQuery(Request):
    """Whether a browser is to save a file instead of showing it."""

    attachment: LenientFlag = False


class RenameRequest(Request):
    """How a file is called from now on."""

    filename: str = Field("", max_length=255)
    name: str = Field("", max_length=255)

    def chosen(self) -> str:
        """Return the name; raises ArgumentError for none."""
        found = self.filename or self.name
        if not found:
            raise ArgumentError("filename: give a name.")
        return found


class StatusAnswer(TypedDict):
    """How far the reading of a file is."""

    status: str
    error: NotRequired[str]


class FileDataAnswer(TypedDict):
    """How far the reading of a file is, and its text where one file is shown."""

    status: str
    error: NotRequired[str]
    content: NotRequired[str]


class FileMetaAnswer(TypedDict):
    """What is known of a file."""

    name: str
    content_type: str
    size: int
    file_hash: str
    data: dict[str, str]
    collection_name: str


class FileAnswer(TypedDict):
    """A file; times in seconds since 1970. `status` is true where one has been uploaded."""

    id: str
    user_id: str
    hash: str
    filename: str
    path: None
    data: FileDataAnswer
    meta: FileMetaAnswer
    created_at: int
    updated_at: int
    status: NotRequired[bool]


class FilesAnswer(TypedDict):
    """Some files, and how many there are in all."""

    items: list[FileAnswer]
    total: int


class TextAnswer(TypedDict):
    """The text of a file."""

    content: str


class MessageAnswer(TypedDict):
    """What has been done, in a sentence."""

    message: str


def present_status(file: KeptFile) -> StatusAnswer:
    """Return how far the reading of a file is."""
    found: StatusAnswer = {"status": STATES[file.run]}
    if found["status"] == "failed":
        found["error"] = file.error or FAILED
    return found


def status_events(states: Iterator[KeptFile]) -> Iterator[Mapping[str, object]]:
    """Yield how far the reading of a file is, each time that this changes."""
    for file in states:
        yield present_status(file)


def present_file(file: KeptFile) -> FileAnswer:
    """Return a file without its text."""
    status = present_status(file)
    data: FileDataAnswer = {"status": status["status"]}
    if "error" in status:
        data["error"] = status["error"]
    return {
        "id": dashed(file.id),
        "user_id": file.user_id,
        "hash": file.content_hash,
        "filename": file.name,
        "path": None,
        "data": data,
        "meta": {
            "name": file.name,
            "content_type": guess_type(file.name)[0] or "application/octet-stream",
            "size": file.size,
            "file_hash": file.content_hash,
            "data": {},
            "collection_name": COLLECTION + dashed(file.id),
        },
        "created_at": file.create_time // 1000,
        "updated_at": file.update_time // 1000,
    }


def present_uploaded(file: KeptFile) -> FileAnswer:
    """Return a file that has been uploaded."""
    return {**present_file(file), "status": True}


def present_whole_file(file: KeptFile, text: str) -> FileAnswer:
    """Return a file with its text."""
    found = present_file(file)
    return {**found, "data": {**found["data"], "content": text}}


def present_files(page: FilePage) -> FilesAnswer:
    """Return some files."""
    return {"items": present_found(page), "total": page.total}


def present_found(page: FilePage) -> list[FileAnswer]:
    """Return some files as a plain list."""
    return [present_file(one) for one in page.files]


def present_text(text: str) -> TextAnswer:
    """Return the text of a file."""
    return {"content": text}


def present_gone() -> MessageAnswer:
    """Return that a file has been deleted."""
    return {"message": "The file has been deleted."}

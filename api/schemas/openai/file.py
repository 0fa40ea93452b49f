"""Files on the wire: what is uploaded to be put into vector stores, now or later."""

from typing import Any

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from api.db.cursors import Part
from api.errors import ArgumentError, RuleError
from api.schemas.base import Request
from api.schemas.file import received_file
from api.schemas.openai.naming import ListHead, ListQuery, bare, list_head, seconds
from api.services.files.records import FileRecord
from api.services.files.values import ReceivedFile
from api.services.library.values import Readable
from rag.parsing.registry import suffix_of
from rag.parsing.signatures import NAMED_BYTES, likely_suffix

ASSISTANTS = "assistants"
MOST_FILES = 10_000

PURPOSES = (ASSISTANTS, "user_data")


class FileForm(Request):
    """What a form says of its file."""

    purpose: str

    @model_validator(mode="before")
    @classmethod
    def stays(cls, values: Any) -> Any:
        """Refuse a file that is to end by itself."""
        if any(str(key).startswith("expires_after") for key in values):
            raise RuleError("expires_after: files stay until they are deleted.")
        return values

    @model_validator(mode="after")
    def is_for_search(self) -> "FileForm":
        """Refuse files for what is not served."""
        if self.purpose not in PURPOSES:
            raise RuleError("purpose: files are for searches here: `assistants` or `user_data`.")
        return self


class FilesQuery(ListQuery):
    """Which files to list."""

    limit: int = Field(MOST_FILES, ge=1, le=MOST_FILES)
    purpose: str = Field("", max_length=64)

    def purposes(self) -> tuple[str, ...]:
        """Return the purposes that are kept with such files; none for all."""
        if not self.purpose:
            return ()
        return ("", ASSISTANTS) if self.purpose == ASSISTANTS else (self.purpose,)


def named_file(name: str, content: Readable) -> ReceivedFile:
    """Return an upload; one whose name tells no kind is named by what is in it."""
    if not name:
        raise ArgumentError("file: it must be a file with a name.")
    received = received_file(name, "", content)
    if suffix_of(received.name):
        return received
    content.seek(0)
    suffix = likely_suffix(content.read(NAMED_BYTES))
    content.seek(0)
    return received_file(f"{name}.{suffix}", "", content) if suffix else received


class FileAnswer(TypedDict):
    """A file; `created_at` in seconds."""

    id: str
    object: str
    bytes: int
    created_at: int
    expires_at: None
    filename: str
    purpose: str
    status: str
    status_details: None


class FilesAnswer(ListHead):
    """A part of the files."""

    data: list[FileAnswer]


def openai_id(given: str) -> str:
    """Return the id of a file in OpenAI's form."""
    return f"file-{bare(given)}"


def present_file(file: FileRecord) -> FileAnswer:
    """Return a file as it goes out."""
    return {
        "id": openai_id(file.id),
        "object": "file",
        "bytes": file.size,
        "created_at": seconds(file.create_time),
        "expires_at": None,
        "filename": file.name,
        "purpose": file.purpose or ASSISTANTS,
        "status": "processed",
        "status_details": None,
    }


def present_files(part: Part[FileRecord]) -> FilesAnswer:
    """Return a part of the files as it goes out."""
    data = [present_file(file) for file in part.items]
    head = list_head([file["id"] for file in data], has_more=part.has_more)
    return {**head, "data": data}

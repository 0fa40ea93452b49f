"""Uploads to a dataset: files, where they stood, or a document without a file."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict

from api.schemas.base import Request, UnbuiltFlag
from api.schemas.file_name import FileName
from api.schemas.metadata import checked_metadata
from api.services.library.names import clean_file_name

PATH = "path"
"""The metadata that tell where the file of a document stood."""


class UploadQuery(Request):
    """What is uploaded: files of a form, with `web` a page, with `empty` nothing but a name."""

    type: Literal["local", "empty", "web"] = "local"
    return_raw_files: UnbuiltFlag = False


class EmptyUpload(Request):
    """A document to make that has no file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "notes.txt"}]})

    name: FileName


def placed(metadata: Mapping[str, Any], parent_path: str, name: str) -> dict[str, Any]:
    """Return the metadata of a file that stood in a folder; what they say themselves counts.

    Raises RuleError for a folder whose name cannot be kept.
    """
    folder = parent_path.strip().strip("/")
    if not folder:
        return dict(metadata)
    return checked_metadata({PATH: f"{folder}/{clean_file_name(name)}", **metadata})

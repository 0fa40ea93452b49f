"""Names of files on the wire."""

from typing import Annotated

from pydantic import AfterValidator

from api.errors import ArgumentError
from api.schemas.base import StorableText
from api.services.library.names import clean_file_name


def file_name(name: str) -> str:
    """Return the name of a file without folders; raises ArgumentError."""
    if not name.strip():
        raise ArgumentError("File name can't be empty.")
    return clean_file_name(name)


FileName = Annotated[StorableText, AfterValidator(file_name)]

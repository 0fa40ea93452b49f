"""A file as Open WebUI sends it, and its text."""

from collections.abc import Mapping
from typing import NotRequired
from urllib.parse import unquote

from typing_extensions import TypedDict

from api.errors import ArgumentError
from rag.ingestion.reading import FileText
from rag.parsing.registry import suffix_of, supported_suffixes

NAMELESS = "document"

OFFICE = "application/vnd.openxmlformats-officedocument"
SUFFIXES: Mapping[str, str] = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/xml": "xml",
    "message/rfc822": "eml",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
    "text/xml": "xml",
    f"{OFFICE}.presentationml.presentation": "pptx",
    f"{OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{OFFICE}.wordprocessingml.document": "docx",
}
"""What tells the kind of a file whose name does not."""

MOST_NOTES = 20


class MetadataAnswer(TypedDict):
    """The name of the file, and what the parser remarks on its pages."""

    name: str
    notes: NotRequired[list[str]]


class TextAnswer(TypedDict):
    """The text of a file."""

    page_content: str
    metadata: MetadataAnswer


def name_of(given: str, kind: str) -> str:
    """Return the name of a file of a media type, which ends as files of its kind do.

    Raises ArgumentError for one that is not percent-encoded UTF-8.
    """
    try:
        name = unquote(given, errors="strict") or NAMELESS
    except UnicodeDecodeError as error:
        raise ArgumentError("X-Filename: it must be percent-encoded UTF-8.") from error
    if suffix_of(name) in supported_suffixes():
        return name
    return f"{name}.{SUFFIXES[kind]}" if kind in SUFFIXES else name


def present_text(name: str, found: FileText) -> TextAnswer:
    """Return the text of a file, its pages with a blank line between."""
    metadata: MetadataAnswer = {"name": name}
    if found.notes:
        metadata["notes"] = list(found.notes[:MOST_NOTES])
    return {"page_content": "\n\n".join(found.pages), "metadata": metadata}


class RefusalAnswer(TypedDict):
    """An error."""

    code: int
    detail: str


def present_refusal(code: int, message: str) -> RefusalAnswer:
    """Return an error."""
    return {"code": code, "detail": message}

"""What a file seems to be, by its first bytes: for messages, and to refuse a wrong suffix early."""

import re

HEAD_BYTES = 4096
"""How much of a file `seems_to_be` wants to see."""

NAMED_BYTES = 64 << 10
"""How much of a file `likely_suffix` wants to see."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
PDF = b"%PDF-"
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
TNEF = b"\x78\x9f\x3e\x22"

_SIGNATURES = (
    (PDF, "a PDF"),
    (ZIP, "a zip archive (docx, xlsx, pptx, epub, odt)"),
    (OLE, "an old Office file (doc, xls, ppt, msg) or an encrypted one"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (SEVEN_ZIP, "a 7z archive"),
    (TNEF, "an attachment of Outlook (winmail.dat)"),
    (b"HWP Document File", "a document of Hangul Office 3"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"ID3", "an audio file"),
    (b"OggS", "an audio file"),
)


_OFFICE = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))

_MIME_TYPES = (
    (b"opendocument.text", "odt"),
    (b"opendocument.spreadsheet", "ods"),
    (b"opendocument.presentation", "odp"),
    (b"epub+zip", "epub"),
    (b"hwp+zip", "hwpx"),
)
"""What the first part of an archive says of itself, stored as it is within its first bytes."""

_MIME_BYTES = 128
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def signature(head: bytes) -> str:
    """Name the binary format that begins with `head`; empty if it is none that is known."""
    return next((what for magic, what in _SIGNATURES if head.startswith(magic)), "")


def looks_like_html(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a web page."""
    start = head.replace(b"\x00", b"").lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta"))


def seems_to_be(head: bytes) -> str:
    """Describe what a file that begins with `head` seems to be."""
    if not head.strip():
        return "empty"
    if looks_like_html(head):
        return "a web page"
    if binary := signature(head):
        return binary
    return "a binary file of another kind" if len(_CONTROLS.findall(head)) > 1 else "plain text"


def likely_suffix(head: bytes) -> str:
    """Return the suffix for a file without one that begins with `head`; empty if none is likely."""
    if head.startswith(PDF):
        return "pdf"
    if head.startswith(ZIP):
        said = [suffix for kind, suffix in _MIME_TYPES if kind in head[:_MIME_BYTES]]
        return next(iter((*said, *(suffix for part, suffix in _OFFICE if part in head))), "")
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(SEVEN_ZIP):
        return "7z"
    if head.startswith(TNEF):
        return "tnef"
    known = {"a web page": "html", "plain text": "txt"}
    return known.get(seems_to_be(head), "")

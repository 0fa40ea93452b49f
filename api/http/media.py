"""What kind of content a file is said to be where a browser shows it."""

from collections.abc import Mapping

PLAIN = "text/plain; charset=utf-8"
ANY = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument"

SHOWN: Mapping[str, str] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "svg": "image/svg+xml",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
"""By suffix: what a browser shows or saves. What it would run as a page is text, or nothing."""

_TEXTS = (
    "txt text log md markdown rst html htm xhtml xml nxml yml yaml ini cfg conf properties tsv "
    "jsonl ndjson ldjson py js mjs cjs ts jsx tsx java c h cc cpp hpp cs go rs rb php sh sql kt "
    "css scss less toml tex vtt srt eml"
)

TEXTS = frozenset(_TEXTS.split())

SANDBOX = "sandbox; default-src 'none'; img-src data:; media-src 'self'; style-src 'unsafe-inline'"
"""No script, no form, no request, and an origin of its own, should a browser make a page of it."""

UNBOXED = "application/pdf"
"""Chrome's viewer of PDF files shows none of them in a sandbox; it runs nothing on our origin."""


def media_type(suffix: str) -> str:
    """Return what a file with this suffix is shown as; one that nobody shows is just bytes."""
    return PLAIN if suffix in TEXTS else SHOWN.get(suffix, ANY)

"""Answers that are files: whole, in part, or not again (RFC 9110, 13 and 14; RFC 6266)."""

from http import HTTPStatus
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import Headers

from api.http.media import ANY, SANDBOX, UNBOXED, media_type
from api.services.library.records import Content, Download
from rag.parsing.registry import suffix_of

Span = tuple[int, int]
"""From a byte up to, and without, another."""


def saved(download: Download) -> Response:
    """Answer with a file that a browser saves under its name."""
    return answer(download, ANY, "attachment")


def shown(download: Download, *, seconds: int = 0) -> Response:
    """Answer with a file that a browser may show, but run nothing of.

    For so many seconds the browser may show it without asking again.
    """
    kind = media_type(suffix_of(download.name))
    response = answer(download, kind, "attachment" if kind == ANY else "inline")
    if seconds:
        response.headers["Cache-Control"] = f"private, max-age={seconds}"
    if kind != UNBOXED:
        response.headers["Content-Security-Policy"] = SANDBOX
    return response


def streamed(name: str, content: Content) -> Response:
    """Answer with a file that is made while it is sent, which a browser saves under its name."""
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": named("attachment", name),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, content_type=ANY)


def answer(download: Download, kind: str, disposition: str) -> Response:
    """Answer with so much of a file as is asked for."""
    headers = Headers(
        {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
            "Content-Disposition": named(disposition, download.name),
            "X-Content-Type-Options": "nosniff",
        }
    )
    if download.version:
        headers["ETag"] = f'"{download.version}"'
    if download.version and request.if_none_match.contains_weak(download.version):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    span = asked_for(download)
    if span is None:
        headers["Content-Range"] = f"bytes */{download.size}"
        return Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    return sent(download, span, kind, headers)


def sent(download: Download, span: Span, kind: str, headers: Headers) -> Response:
    """Answer with the bytes of a span."""
    begin, end = span
    status, length = HTTPStatus.OK, 0
    if span != (0, download.size):
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{download.size}"
        status, length = HTTPStatus.PARTIAL_CONTENT, end - begin
    content = download.read(begin, length)
    headers["Content-Length"] = str(end - begin)
    if request.method == "HEAD":
        content.close()
    return Response(content, status, headers, content_type=kind)


def asked_for(download: Download) -> Span | None:
    """Return which bytes are asked for, all where nothing else is; None if there are none such.

    Several ranges at once, other units, and what cannot be read count as not asked.
    """
    whole = (0, download.size)
    asked = request.range if request.method == "GET" else None
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    if request.headers.get("If-Range", f'"{download.version}"') != f'"{download.version}"':
        return whole
    begin, _ = asked.ranges[0]
    if begin < 0:  # the last so many bytes, all if there are fewer
        return (max(0, download.size + begin), download.size) if download.size else None
    return asked.range_for_length(download.size)


def named(disposition: str, name: str) -> str:
    """Return the header by which a file is saved under its name (RFC 6266, RFC 8187)."""
    plain = "".join(letter if is_plain(letter) else "_" for letter in name)
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def is_plain(letter: str) -> bool:
    """Return whether a character stands for itself between the quotes of a header.

    A percent sign does not: some browsers decode what follows it.
    """
    return letter.isascii() and letter.isprintable() and letter not in '"\\%'

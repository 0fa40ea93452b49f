"""Compressed answers (RFC 9110, 8.4): of what is long enough, in one piece, and not so already.

Three things in an answer let somebody guess a secret from its length (BREACH): the secret, a text
that the guesser has put beside it, and a request that the victim's browser sends for the guesser.
The last is what can be told here: where a request has a cookie, an answer is compressed only if
the browser says that a page of this server asks (`Sec-Fetch-Site`), which no page can pretend.
Keys in headers are sent by nobody who does not have them.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from api.config.guarding import CompressionSettings
from api.http.context import services
from api.http.current import this_app, this_request

Pack = Callable[[bytes], bytes]

PACKING = "PACKING"
"""Under this name Flask's configuration has the settings; None where nothing is compressed."""

SMALLEST = 256
"""Bytes; nothing shorter is looked at, whatever the settings say."""

BESIDE_THE_HUB = 64 << 10
"""From so many bytes on a thread compresses, which takes a millisecond or more of it."""

WORTHWHILE = (
    "application/json",
    "application/x-ndjson",
    "application/javascript",
    "image/svg+xml",
    "text/",
)

LEVEL = 1
"""The lowest of each: the next take twice the time for a twentieth of the bytes (decision 0130)."""

GZIP_FORM = 31
"""By this zlib writes the form of gzip (zlib's manual, deflateInit2)."""

MARK = "raglan.packs"
"""Where the environ of a request says that its answer may go out compressed."""


def gzip_pack() -> Pack:
    """Return what compresses by gzip, which is always there."""
    return lambda body: zlib.compress(body, LEVEL, GZIP_FORM)


def brotli_pack() -> Pack:
    """Return what compresses by Brotli (RFC 7932)."""
    brotli: Any = import_module("brotli")
    return lambda body: bytes(brotli.compress(body, quality=LEVEL))


def zstd_pack() -> Pack:
    """Return what compresses by Zstandard (RFC 8878)."""
    zstandard: Any = import_module("zstandard")
    return lambda body: bytes(zstandard.ZstdCompressor(level=LEVEL).compress(body))


MAKERS = {
    "zstd": ("zstandard", zstd_pack),
    "br": ("brotli", brotli_pack),
    "gzip": ("zlib", gzip_pack),
}
"""By the name of a coding: the module that it needs, and what makes its function."""


@cache
def packer(coding: str) -> Pack:
    """Return what compresses by a coding; its library is loaded with the first answer."""
    return MAKERS[coding][1]()


class Packing:
    """What is compressed by the settings: from how many bytes on, and by which codings."""

    def __init__(self, settings: CompressionSettings) -> None:
        """Initialize with the settings; codings whose library is not installed are left out."""
        self.least = max(SMALLEST, settings.least_bytes)
        wanted = [coding.strip() for coding in settings.codings.split(",") if coding.strip()]
        self.codings = tuple(coding for coding in wanted if find_spec(MAKERS[coding][0]))


def compress_answers(app: Flask) -> None:
    """Compress answers; to be registered before all that looks at answers, as it comes last."""
    app.config[PACKING] = None
    app.after_request(pack)


def mark_answers(app: Flask) -> None:
    """Mark what may be compressed; to be registered last, as it comes first.

    So an answer of 304 in its place has the same `Vary`.
    """
    app.after_request(mark)


def mark(response: Response) -> Response:
    """Say that a long answer depends on what the client takes, whatever it takes."""
    body = response.response
    if not isinstance(body, list) or (size := sum(map(len, body))) < SMALLEST:
        return response
    packing: Packing | None = this_app().config[PACKING]
    if packing is None or size < packing.least or response.status_code != HTTPStatus.OK:
        return response
    headers = {name.lower(): value for name, value in response.headers}  # each look walks all
    if is_packable(headers):
        if "vary" in headers:
            response.vary.add("Accept-Encoding")
        else:  # the set above takes ten microseconds
            response.headers.add("Vary", "Accept-Encoding")
        this_request().environ[MARK] = True
    return response


def is_packable(headers: Mapping[str, str]) -> bool:
    """Return whether an answer with these headers, by small names, gets shorter."""
    return (
        headers.get("content-type", "").startswith(WORTHWHILE)
        and "content-encoding" not in headers
        and "no-transform" not in headers.get("cache-control", "")
    )


def pack(response: Response) -> Response:
    """Compress an answer that was marked, by what the client likes best of what there is."""
    environ = this_request().environ
    if MARK not in environ or response.status_code != HTTPStatus.OK:
        return response
    packing: Packing = this_app().config[PACKING]
    coding = chosen(environ.get("HTTP_ACCEPT_ENCODING", ""), packing.codings)
    if not coding or ("HTTP_COOKIE" in environ and not is_own_page()):
        return response
    body = response.get_data()
    by = packer(coding)
    long = len(body) >= BESIDE_THE_HUB
    response.set_data(services().execution.offload(by, body) if long else by(body))
    response.headers["Content-Encoding"] = coding
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):  # these bytes are others; what they say is the same
        response.headers["ETag"] = f"W/{tag}"
    return response


def is_own_page() -> bool:
    """Return whether a browser says that a page of this server has asked."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


@lru_cache(maxsize=256)
def chosen(header: str, codings: tuple[str, ...]) -> str:
    """Return the coding that a client prefers, of equals the first; empty for none."""
    accepted = parse_accept_header(header, Accept)
    best = max(codings, key=accepted.quality, default="")
    quality = accepted.quality(best) if best else 0
    return best if quality > 0 and quality >= accepted.quality("identity") * named(accepted) else ""


def named(accepted: Accept) -> bool:
    """Return whether a client says what it thinks of bytes as they are."""
    return any(value == "identity" for value, _ in accepted)

"""A speech endpoint of OpenAI's form: `POST /audio/transcriptions`, and what it answers."""

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import urllib3

from rag.addresses import shown_address
from rag.errors import ModelUnavailableError, ParseError
from rag.parsing.base import Helpers
from rag.parsing.helpers.programs import ASIDE

MOST_ANSWER = 32 << 20
"""Bytes of an answer."""

_CONNECT_SECONDS = 10.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_UNKNOWN_FORM = frozenset({400, 415, 422})
_MOST_SAID = 300


class Said(NamedTuple):
    """What was said between two times, in seconds from the beginning."""

    begin: float
    end: float
    text: str


def transcribed(path: Path, name: str, helpers: Helpers) -> list[Said]:
    """Return what is said in a recording, in order.

    The endpoint is asked for times; one that has none answers with the text alone. Raises
    ModelUnavailableError where it is away or busy, and ParseError where it refuses the file.
    """
    return heard(path.read_bytes(), name, helpers)


def heard(data: bytes, name: str, helpers: Helpers, language: str = "") -> list[Said]:
    """Return what is said in a recording, in a language if one is named; see `transcribed`."""
    status, answer = _ask(data, name, helpers, "verbose_json", language)
    if status in _UNKNOWN_FORM:
        # Newer models tell no times.
        status, answer = _ask(data, name, helpers, "json", language)
    if status in _BUSY:
        raise ModelUnavailableError(f"{_who(helpers)} is busy or out of order (status {status}).")
    if status >= 400:  # noqa: PLR2004 - errors of HTTP
        said = answer[:_MOST_SAID].decode("utf-8", "replace").strip()
        raise ParseError(f"{_who(helpers)} refused {name} (status {status}): {said}")
    try:
        told = json.loads(answer)
        return _segments(told)
    except (ValueError, TypeError, AttributeError) as error:
        raise ParseError(f"{_who(helpers)} answered nonsense for {name}.") from error


def _who(helpers: Helpers) -> str:
    return f"The speech endpoint {shown_address(helpers.speech_url)}"


def _ask(data: bytes, name: str, helpers: Helpers, form: str, language: str) -> tuple[int, bytes]:
    """Return the status and the body of an answer."""
    fields: dict[str, str | tuple[str, bytes]] = {
        "file": (name, data),
        "model": helpers.speech_model,
        "response_format": form,
    }
    if language:
        fields["language"] = language
    if form == "verbose_json":
        fields["timestamp_granularities[]"] = "segment"
    headers = {"Authorization": f"Bearer {helpers.speech_key}"} if helpers.speech_key else {}
    limit = urllib3.Timeout(connect=_CONNECT_SECONDS, read=helpers.speech_seconds)
    begun = time.monotonic()
    try:
        with urllib3.PoolManager(retries=False, timeout=limit) as pool:
            response = pool.request(
                "POST",
                f"{helpers.speech_url.rstrip('/')}/audio/transcriptions",
                fields=fields,
                headers=headers,
                preload_content=False,
            )
            try:
                return response.status, _body(response)
            finally:
                response.release_conn()
    except urllib3.exceptions.ReadTimeoutError as error:
        raise ModelUnavailableError(
            f"{_who(helpers)} did not answer within {helpers.speech_seconds:g} seconds"
            " (worker.speech_timeout)."
        ) from error
    except urllib3.exceptions.HTTPError as error:
        raise ModelUnavailableError(f"{_who(helpers)} cannot be reached.") from error
    finally:
        ASIDE.add(time.monotonic() - begun)


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    body = bytes(response.read(MOST_ANSWER + 1))
    if len(body) > MOST_ANSWER:
        raise ParseError(f"The speech endpoint answered with more than {MOST_ANSWER >> 20} MB.")
    return body


def _segments(told: Mapping[str, Any]) -> list[Said]:
    found = []
    for segment in told.get("segments") or ():
        begin, end = float(segment["start"]), float(segment["end"])
        text = " ".join(str(segment["text"]).split())
        if text and math.isfinite(begin) and math.isfinite(end):
            found.append(Said(begin, end, text))
    text = " ".join(str(told.get("text") or "").split())
    return found or ([Said(0.0, float(told.get("duration") or 0), text)] if text else [])

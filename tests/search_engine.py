"""A search engine and the pages that it finds, on a loopback port; it can be told to misbehave."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.http_server import http_server

SEARXNG, BRAVE, TAVILY, EXTERNAL = "/search", "/res/v1/web/search", "/tavily", "/external"
"""The paths at which it speaks as each engine does."""

ENGINES = frozenset({SEARXNG, BRAVE, TAVILY, EXTERNAL})


class Asked(NamedTuple):
    """A question that came: with its headers, and what its address or body says."""

    path: str
    headers: Mapping[str, str]
    told: Mapping[str, Any]


class Page(NamedTuple):
    """A page of the site; of a long one so many bytes are sent as somebody reads."""

    content: bytes
    media_type: str = "text/html"
    repeats: int = 1


@dataclass
class SearchEngine:
    """An engine that finds the same `results` for each question, each `(url, title, snippet)`.

    With a `status` or a `body` it answers with that; one that `hangs` says nothing before it ends.
    """

    url: str
    results: list[tuple[str, str, str]] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    status: int = 200
    body: bytes | None = None
    hangs: bool = False
    failing: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def has(self, path: str, content: bytes, title: str, snippet: str = "", **more: Any) -> str:
        """Have a page found; return its address."""
        self.pages[path] = Page(content, **more)
        address = f"{self.url}{path}"
        self.results.append((address, title, snippet))
        return address

    def forget(self) -> None:
        """Be as at the beginning."""
        for known in (self.results, self.pages, self.failing, self.asked, self.read):
            known.clear()
        self.status, self.body, self.hangs = 200, None, False

    def queries(self) -> list[str]:
        """Return what was asked for."""
        return [str(one.told.get("q") or one.told.get("query")) for one in self.asked]

    def answer(self, path: str) -> object:
        """Return what the engine at a path answers."""
        if path == EXTERNAL:
            return rows(self.results, "link", "title", "snippet")
        if path == BRAVE:
            marked = [(u, t, f"{s} <strong>&amp;</strong>") for u, t, s in self.results]
            return {
                "type": "search",
                "web": {"results": rows(marked, "url", "title", "description")},
            }
        return {"results": rows(self.results, "url", "title", "content")}


def rows(results: Sequence[tuple[str, str, str]], *names: str) -> list[dict[str, str]]:
    """Return results under the names of an engine."""
    return [dict(zip(names, one, strict=True)) for one in results]


class _Handler(BaseHTTPRequestHandler):
    engine: SearchEngine

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = self.engine.pages.get(parts.path)
        if page is not None:
            self.engine.read.append(parts.path)
            self._send(200, page.content, page.media_type, page.repeats)
            return
        if parts.path not in ENGINES:
            self.send_error(404)
            return
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._search(parts.path, given)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._search(self.path, json.loads(body))

    def _search(self, path: str, told: dict[str, Any]) -> None:
        engine = self.engine
        engine.asked.append(Asked(path, dict(self.headers), told))
        if engine.hangs:
            engine.ended.wait(60)
        failed = told.get("q", told.get("query")) in engine.failing
        content = json.dumps(engine.answer(path)).encode() if engine.body is None else engine.body
        self._send(500 if failed else engine.status, content, "application/json")

    def _send(self, status: int, content: bytes, media_type: str, repeats: int = 1) -> None:
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content) * repeats))
            self.end_headers()
            for _ in range(repeats):
                self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve_search() -> Iterator[SearchEngine]:
    """Run an engine for the length of a `with` block."""
    handler = type("Handler", (_Handler,), {})
    with http_server(handler) as url:
        running = SearchEngine(url)
        handler.engine = running
        try:
            yield running
        finally:
            running.ended.set()

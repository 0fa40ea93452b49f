"""Asking a search engine: several questions at once, and what comes of them as one list."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from urllib.parse import urldefrag, urlsplit

from api.config.web_search import WebSearchSettings, domains_of
from api.errors import ArgumentError, FetchError, RaglanError, UnavailableError
from api.execution import Execution
from api.fetching.calls import Caller, Reply
from api.fetching.engines.base import OTHER_FORM, Engine, Found
from api.fetching.engines.registry import open_engine
from api.observability.definitions import WEB_SEARCH_SECONDS, WEB_SEARCHES
from api.observability.recorder import Recorder
from api.services.web_search.together import together

log = logging.getLogger(__name__)

MOST_BYTES = 2 << 20
"""Of an answer."""

MOST_PAGES = 20
"""Pages of a search, however many questions it has."""

MOST_DEEP = (RecursionError, ValueError)
"""What a text that is no JSON, or nests too deeply, raises."""

REFUSED: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "it does not take the key of `web_search.key`",
    HTTPStatus.FORBIDDEN: "it refuses that (a SearXNG has to allow JSON in its settings)",
    HTTPStatus.TOO_MANY_REQUESTS: "it was asked too often",
}


class AskingService:
    """Asks the engine of the settings, once for each question."""

    def __init__(
        self,
        settings: Callable[[], WebSearchSettings],
        caller: Caller,
        execution: Execution,
        recorder: Recorder,
    ) -> None:
        """Initialize with the parts; nothing is connected to."""
        self.settings = settings
        self.caller = caller
        self.execution = execution
        self.recorder = recorder

    def find(self, queries: Sequence[str]) -> list[Found]:
        """Return the pages that some questions find, each once, the best of each question first.

        Raises NotConfiguredError, and UnavailableError where no question has an answer.
        """
        rules = self.settings()
        engine = open_engine(rules)

        def tried(query: str) -> list[Found] | RaglanError:
            try:
                return self.ask(engine, query, rules)
            except RaglanError as error:
                return error

        answers = list(together(self.execution, rules.requests_at_once, tried, queries))
        failed = [one for one in answers if isinstance(one, RaglanError)]
        if failed and len(failed) == len(answers):
            raise failed[0]
        found = [one for one in answers if not isinstance(one, RaglanError)]
        allowed = (one for one in in_turn(found) if is_allowed(one.url, rules.domains))
        return list(named_apart(islice(allowed, MOST_PAGES)))

    def ask(self, engine: Engine, query: str, rules: WebSearchSettings) -> list[Found]:
        """Return what an engine finds; raises UnavailableError."""
        asked = engine.request(query, rules.results)
        request = replace(asked, seconds=rules.timeout, most_bytes=MOST_BYTES)
        with self.measured(rules.engine):
            try:
                with self.caller.call(request) as reply:
                    told = read(checked(reply).content())
                return list(islice(engine.found(told), rules.results))
            except (FetchError, ArgumentError) as error:
                log.warning("The search engine %s failed: %s", rules.engine, error)
                raise UnavailableError(named(error)) from error

    @contextmanager
    def measured(self, engine: str) -> Iterator[None]:
        """Count a question to an engine by how it ends."""
        begun, outcome = time.perf_counter(), "cancelled"
        try:
            yield
            outcome = "ok"
        except Exception:
            outcome = "failed"
            raise
        finally:
            self.recorder.count(WEB_SEARCHES, engine, outcome)
            self.recorder.observe(WEB_SEARCH_SECONDS, time.perf_counter() - begun, engine)


def named(error: Exception) -> str:
    """Return why an engine cannot be asked, with the setting that says where it is."""
    said = str(error)
    return f"web_search.{said}" if said.startswith("url:") else said


def checked(reply: Reply) -> Reply:
    """Return an answer that is one; raises FetchError."""
    if reply.status == HTTPStatus.OK:
        return reply
    reason = REFUSED.get(reply.status, "")
    raise FetchError(f"The search engine answered {reply.status}{reason and ': '}{reason}.")


def read(content: bytes) -> object:
    """Return an answer that is JSON; raises FetchError for any other."""
    try:
        return json.loads(content)
    except MOST_DEEP as error:
        raise FetchError(OTHER_FORM) from error


def in_turn(lists: Sequence[Sequence[Found]]) -> Iterator[Found]:
    """Yield what lists have, the first of each before the second of one; an address comes once."""
    known: set[str] = set()
    for place in range(max(map(len, lists), default=0)):
        for one in (each[place] for each in lists if place < len(each)):
            address = urldefrag(one.url).url
            if address not in known:
                known.add(address)
                yield one


def named_apart(found: Iterable[Found]) -> Iterator[Found]:
    """Yield pages of which no two have the same title: clients take these for one source."""
    known: set[str] = set()
    for one in found:
        title = f"{one.title} ({one.url})" if one.title in known else one.title
        known.add(title)
        yield one._replace(title=title)


def is_allowed(url: str, domains: str) -> bool:
    """Return whether a list of domains lets an address through."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    entries = domains_of(domains)
    wanted = [one for one in entries if not one.startswith("!")]
    if any(is_of(host, one[1:]) for one in entries if one.startswith("!")):
        return False
    return not wanted or any(is_of(host, one) for one in wanted)


def is_of(host: str, domain: str) -> bool:
    """Return whether a host is a domain, or below it."""
    return host == domain or host.endswith(f".{domain}")

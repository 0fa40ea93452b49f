"""The part of the front end's page of settings that is about searching the web."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from typing_extensions import TypedDict

from api.config.settings import Settings
from api.config.web_search import domains_of
from api.errors import ArgumentError, NotBuiltError
from api.fetching.engines.registry import ENGINES
from api.schemas.base import StorableText
from api.schemas.openwebui.panel import Panel, PanelRequest, Row, hidden, number, switch, text

ADDRESSES = {"searxng": "SEARXNG_QUERY_URL", "external": "EXTERNAL_WEB_SEARCH_URL"}
"""What the address of an engine is called."""

KEYS = {
    "brave": "BRAVE_SEARCH_API_KEY",
    "tavily": "TAVILY_API_KEY",
    "external": "EXTERNAL_WEB_SEARCH_API_KEY",
}
"""What its key is called."""

EVERY = "all"
"""What all languages are called together."""

OF_ENGINE = "{name}: it counts where `WEB_SEARCH_ENGINE` is `{engine}`."


def engine_named(value: str | None, _before: str) -> str:
    """Return the engine that is named; raises NotBuiltError for another."""
    if value and value not in ENGINES:
        raise NotBuiltError(f"The search engine `{value}`")
    return value or ""


def joined(value: list[str] | None, _before: str) -> str:
    """Return domains as the setting has them."""
    return ", ".join(value or [])


WEB = Panel(
    {
        "ENABLE_WEB_SEARCH": switch("web_search.enabled", "web.search.enable"),
        "ENABLE_WEB_SEARCH_CONFIRMATION": switch(
            "web_search.asks_first", "web.search.enable_confirmation"
        ),
        "WEB_SEARCH_CONFIRMATION_CONTENT": text(
            "web_search.question", "web.search.confirmation_content"
        ),
        "WEB_SEARCH_ENGINE": Row("web_search.engine", "web.search.engine", taken=engine_named),
        "WEB_SEARCH_RESULT_COUNT": number("web_search.results", "web.search.result_count"),
        "WEB_SEARCH_CONCURRENT_REQUESTS": number(
            "web_search.requests_at_once", "web.search.concurrent_requests"
        ),
        "WEB_LOADER_CONCURRENT_REQUESTS": number(
            "web_search.pages_at_once", "web.loader.concurrent_requests"
        ),
        "WEB_SEARCH_DOMAIN_FILTER_LIST": Row(
            "web_search.domains", "web.search.domain.filter_list", domains_of, joined
        ),
        "SEARXNG_LANGUAGE": Row(
            "web_search.language",
            "web.search.searxng_language",
            lambda value: value or EVERY,
            lambda value, _: "" if value in {None, EVERY} else value,
        ),
        "BYPASS_WEB_SEARCH_WEB_LOADER": Row(
            "web_search.pages",
            "web.search.bypass_web_loader",
            lambda value: value == "off",
            lambda value, before: before if value is None else "off" if value else "on",
        ),
        "BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL": switch(
            "web_search.whole", "web.search.bypass_embedding_and_retrieval"
        ),
    },
    {
        "WEB_SEARCH_TRUST_ENV": False,
        "WEB_LOADER_ENGINE": "",
        "ENABLE_WEB_LOADER_SSL_VERIFICATION": True,
        "YOUTUBE_LOADER_LANGUAGE": [],
        "YOUTUBE_LOADER_PROXY_URL": "",
    },
)
"""What there is of searching the web; its address and key go by the name of the engine."""


class WebRequest(PanelRequest):
    """How the web is searched; what is not built is refused by its name."""

    PANEL: ClassVar[Panel] = WEB

    ENABLE_WEB_SEARCH: bool | None = None
    ENABLE_WEB_SEARCH_CONFIRMATION: bool | None = None
    WEB_SEARCH_CONFIRMATION_CONTENT: StorableText | None = Field(None, max_length=2000)
    WEB_SEARCH_ENGINE: str | None = Field(None, max_length=64)
    WEB_SEARCH_RESULT_COUNT: int | None = Field(None, ge=1, le=20)
    WEB_SEARCH_CONCURRENT_REQUESTS: int | None = Field(None, ge=1, le=16)
    WEB_LOADER_CONCURRENT_REQUESTS: int | None = Field(None, ge=1, le=16)
    WEB_SEARCH_DOMAIN_FILTER_LIST: list[StorableText] | None = Field(None, max_length=200)
    BYPASS_WEB_SEARCH_WEB_LOADER: bool | None = None
    BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL: bool | None = None
    SEARXNG_QUERY_URL: StorableText | None = Field(None, max_length=1000)
    SEARXNG_LANGUAGE: str | None = Field(None, max_length=16)
    EXTERNAL_WEB_SEARCH_URL: StorableText | None = Field(None, max_length=1000)
    EXTERNAL_WEB_SEARCH_API_KEY: StorableText | None = Field(None, max_length=4096)
    BRAVE_SEARCH_API_KEY: StorableText | None = Field(None, max_length=4096)
    TAVILY_API_KEY: StorableText | None = Field(None, max_length=4096)

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change.

        Raises NotBuiltError, and ArgumentError for the address or key of another engine, which
        would have no effect.
        """
        sent = self.model_dump(exclude_unset=True)
        named = {name: sent.pop(name) for name in owners() if name in sent}
        found = self.PANEL.values(sent, settings)
        before = settings.web_search
        engine = str(found.get("web_search.engine", before.engine))
        shown = named_in(settings)
        for name, of in owners().items():
            if of != engine and named.get(name) and named[name] != shown[name]:
                raise ArgumentError(OF_ENGINE.format(name=name, engine=of))
        is_other = engine != before.engine
        told = {
            "web_search.url": said(named, shown, ADDRESSES.get(engine, ""), is_other=is_other),
            "web_search.key": said(named, shown, KEYS.get(engine, ""), is_other=is_other),
        }
        return {**found, **{name: value for name, value in told.items() if value is not None}}


def owners() -> Mapping[str, str]:
    """Return which engine an address or a key is of, by its name."""
    return {name: engine for table in (ADDRESSES, KEYS) for engine, name in table.items()}


def said(
    named: Mapping[str, str | None], shown: Mapping[str, str], name: str, *, is_other: bool
) -> str | None:
    """Return what is said of an address or a key; None where it stays as it is.

    What another engine had goes with that.
    """
    value = named.get(name)
    if name in named and value != shown[name]:
        return value or ""
    return "" if is_other else None


def named_in(settings: Settings) -> dict[str, str]:
    """Return addresses and keys as they are shown: those of the engine that is asked."""
    rules = settings.web_search
    found = dict.fromkeys(owners(), "")
    if rules.engine in ADDRESSES:
        found[ADDRESSES[rules.engine]] = rules.url
    if rules.engine in KEYS:
        found[KEYS[rules.engine]] = hidden(rules.key)
    return found


class WebAnswer(TypedDict):
    """How the web is searched; how the rest is built stands beside it."""

    ENABLE_WEB_SEARCH: bool
    ENABLE_WEB_SEARCH_CONFIRMATION: bool
    WEB_SEARCH_CONFIRMATION_CONTENT: str
    WEB_SEARCH_ENGINE: str
    WEB_SEARCH_RESULT_COUNT: int
    WEB_SEARCH_CONCURRENT_REQUESTS: int
    WEB_LOADER_CONCURRENT_REQUESTS: int
    WEB_SEARCH_DOMAIN_FILTER_LIST: list[str]
    BYPASS_WEB_SEARCH_WEB_LOADER: bool
    BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL: bool
    SEARXNG_QUERY_URL: str
    SEARXNG_LANGUAGE: str
    EXTERNAL_WEB_SEARCH_URL: str
    EXTERNAL_WEB_SEARCH_API_KEY: str
    BRAVE_SEARCH_API_KEY: str
    TAVILY_API_KEY: str


def present_web(settings: Settings) -> WebAnswer:
    """Return how the web is searched."""
    return {**WEB.shown(settings), **named_in(settings)}  # type: ignore[typeddict-item]  # its rows have these names

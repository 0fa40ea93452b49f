"""What variables of Open WebUI's environment about searching the web mean here."""

import json
from collections.abc import Mapping

from api.config.variables import Rule, Settings, Variables, is_on, one, switch

SEARCH_ENGINES: Mapping[str, Mapping[str, str]] = {
    "searxng": {"url": "SEARXNG_QUERY_URL"},
    "brave": {"key": "BRAVE_SEARCH_API_KEY"},
    "tavily": {"key": "TAVILY_API_KEY"},
    "external": {"url": "EXTERNAL_WEB_SEARCH_URL", "key": "EXTERNAL_WEB_SEARCH_API_KEY"},
}
"""The variables of each search engine, by the setting that they stand for."""

MOST_AT_ONCE = 16


def at_once(value: str) -> str:
    """Return a number of requests at a time; 0, any number, is as many as can be here."""
    return str(min(int(value) or MOST_AT_ONCE, MOST_AT_ONCE))


def listed(value: str) -> str:
    """Return a list, which may be JSON, with commas between."""
    if not value.startswith("["):
        return value
    found = json.loads(value)
    return ", ".join(str(one) for one in found)


def search_engine(found: Variables) -> Settings:
    """Return which search engine is asked, where, and by which key."""
    engine = found.get("WEB_SEARCH_ENGINE", "")
    names = SEARCH_ENGINES.get(engine)
    if names is None:
        raise ValueError(f"WEB_SEARCH_ENGINE has to be one of {', '.join(SEARCH_ENGINES)}")
    said = {key: found.get(name, "") for key, name in names.items()}
    return {
        "web_search.engine": engine,
        **{f"web_search.{key}": value for key, value in said.items() if value},
    }


SEARCH_ALONE: Mapping[str, Rule] = dict(
    [
        one("ENABLE_WEB_SEARCH", "web_search.enabled", switch),
        one("ENABLE_WEB_SEARCH_CONFIRMATION", "web_search.asks_first", switch),
        one("WEB_SEARCH_CONFIRMATION_CONTENT", "web_search.question"),
        one("WEB_SEARCH_RESULT_COUNT", "web_search.results"),
        one("WEB_SEARCH_CONCURRENT_REQUESTS", "web_search.requests_at_once", at_once),
        one("WEB_LOADER_CONCURRENT_REQUESTS", "web_search.pages_at_once", at_once),
        one("WEB_SEARCH_DOMAIN_FILTER_LIST", "web_search.domains", listed),
        one("SEARXNG_LANGUAGE", "web_search.language", lambda text: "" if text == "all" else text),
        one("BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL", "web_search.whole", switch),
        one(
            "BYPASS_WEB_SEARCH_WEB_LOADER",
            "web_search.pages",
            lambda text: "off" if is_on(text) else "on",
        ),
    ]
)
"""Variables that stand for a setting each."""

SEARCH_TOGETHER: Mapping[tuple[str, ...], Rule] = {
    (
        "WEB_SEARCH_ENGINE",
        "SEARXNG_QUERY_URL",
        "BRAVE_SEARCH_API_KEY",
        "TAVILY_API_KEY",
        "EXTERNAL_WEB_SEARCH_URL",
        "EXTERNAL_WEB_SEARCH_API_KEY",
    ): search_engine,
}
"""Those of which several make some settings."""

"""Which search engine the settings ask for."""

from collections.abc import Callable, Mapping

from api.config.web_search import WebSearchSettings
from api.errors import NotConfiguredError
from api.fetching.engines.base import Engine, Place
from rag.loading import loaded

ENGINES: Mapping[str, str] = {
    "searxng": "api.fetching.engines.searxng:Searxng",
    "brave": "api.fetching.engines.brave:Brave",
    "tavily": "api.fetching.engines.tavily:Tavily",
    "external": "api.fetching.engines.external:External",
}

NONE = "No search engine is named: `web_search.engine` names one."


def open_engine(settings: WebSearchSettings) -> Engine:
    """Return the engine of the settings; raises NotConfiguredError. Nothing is connected to."""
    if not settings.engine:
        raise NotConfiguredError(NONE)
    opener: Callable[[Place], Engine] = loaded(ENGINES[settings.engine])
    return opener(Place(settings.url, settings.key.get_secret_value(), settings.language))

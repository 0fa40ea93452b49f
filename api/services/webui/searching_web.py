"""The web as it is searched for answers in chats."""

from collections.abc import Mapping, Sequence

from api.errors import RaglanError
from api.fetching.engines.base import Found
from api.services.accounts.records import Principal
from api.services.plugins.opening import Hear
from api.services.stores.knowledge_records import Gathered
from api.services.web_search.web_search import WebSearchService, query_of
from api.services.webui.querying import Queries
from rag.errors import RagError

MOST_QUERIES = 5
"""Queries of a model that an engine is asked."""

FAILED = "The web was to be searched for the last message, and could not be: {} Say so first."

NOTHING = "The web was searched for the last message, and nothing was found. Say so first."


FromWeb = tuple[tuple[Gathered, ...], str]
"""What pages say, and what a model is told where there is nothing."""

NOT_SEARCHED: FromWeb = ((), "")


def searched(web: WebSearchService, asker: Principal, queries: Queries, hear: Hear) -> FromWeb:
    """Search the web for an answer and tell how that goes; however it does, this returns.

    No model writes queries for who may not search.
    """
    hear(said("The web is being searched.", is_over=False))
    try:
        web.check(asker)
        asked = [query_of(one) for one in queries()[:MOST_QUERIES]]
        hear(status({"action": "queries_generated", "queries": asked, "done": False}))
        found = web.find(asker, asked)
        gathered = web.gather(asker, " ".join([queries.question, *queries.told]), found)
    except (RaglanError, RagError) as error:
        hear(said(f"The web could not be searched: {error}", is_over=True, error=True))
        return (Gathered(),), FAILED.format(error)
    hear(said(counted(len(found)), is_over=True, **shown(found)))
    return (gathered,), "" if gathered.files else NOTHING


def counted(number: int) -> str:
    """Return how many pages were found."""
    return f"{number or 'No'} page{'' if number == 1 else 's'} of the web found."


def shown(found: Sequence[Found]) -> dict[str, object]:
    """Return pages as clients list them above an answer."""
    items = [{"link": one.url, "title": one.title, "snippet": one.snippet} for one in found]
    return {"urls": [one.url for one in found], "items": items}


def said(description: str, *, is_over: bool, **more: object) -> dict[str, object]:
    """Return an event about the search with what clients show above an answer."""
    return status({"action": "web_search", "description": description, "done": is_over, **more})


def status(data: Mapping[str, object]) -> dict[str, object]:
    """Return an event that clients show above an answer."""
    return {"type": "status", "data": data}

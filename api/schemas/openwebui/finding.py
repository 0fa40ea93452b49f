"""The search over everything as Open WebUI's clients have it; times in seconds since 1970."""

from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.schemas.openwebui.conversation import dashed, key_of
from api.schemas.openwebui.seeking import LONGEST, sought_in
from api.services.stores.knowledge_values import Whose
from api.services.webui.finding import Everywhere, Found, Hit, Hits

MOST_PAGES = 20
"""Pages of what is found."""

FOLDER = "folder:"

WHOSE = {"all": Whose.EVERYBODY, "mine": Whose.OWN, "shared": Whose.OTHERS}

PATHS = {Found.CHAT: "/c/", Found.MESSAGE: "/c/", Found.NOTE: "/notes/"}
"""Where the front end shows what was found."""


class EverywhereQuery(Request):
    """What is searched for, in what, whose, and in which folder of chats; 30 a page.

    `q` may narrow the search as a search among chats does (`tag:`, `pinned:`).
    """

    q: StorableText = Field("", max_length=LONGEST)
    kind: Literal["", "all", "chat", "message", "note"] = "all"
    sharing: Literal["", "all", "mine", "shared"] = "all"
    scope: StorableText = Field("", max_length=64)
    page: int = Field(1, ge=1, le=MOST_PAGES)

    def wanted(self) -> Everywhere:
        """Return what is looked for."""
        kinds = frozenset(Found) if self.kind in {"", "all"} else frozenset({Found(self.kind)})
        whose = WHOSE.get(self.sharing, Whose.EVERYBODY)
        folder_id = "" if self.scope == "all" else key_of(self.scope.removeprefix(FOLDER))
        return Everywhere(sought_in(self.q), kinds, whose, folder_id, self.page)


class HitAnswer(TypedDict):
    """What was found; `context` names the folder of a chat."""

    id: str
    kind: str
    title: str
    context: str
    snippet: str
    preview: str
    url: str
    updated_at: int
    shared: bool
    pinned: bool


class ScopeAnswer(TypedDict):
    """A folder of chats in which a search may look."""

    id: str
    name: str
    kind: str


class HitsAnswer(TypedDict):
    """Some of what was found, where else a search may look, and of what kinds things are."""

    items: list[HitAnswer]
    has_more: bool
    scopes: list[ScopeAnswer]
    kinds: list[str]


def present_hit(hit: Hit) -> HitAnswer:
    """Return what was found."""
    shown = dashed(hit.id)
    name = Found.NOTE if hit.kind is Found.NOTE else Found.CHAT
    return {
        "id": f"{name.value}:{shown}",
        "kind": hit.kind.value,
        "title": hit.title,
        "context": hit.place,
        "snippet": hit.snippet,
        "preview": hit.snippet,
        "url": f"{PATHS[hit.kind]}{shown}",
        "updated_at": hit.update_time // 1000,
        "shared": hit.is_shared,
        "pinned": hit.is_pinned,
    }


def present_hits(found: Hits) -> HitsAnswer:
    """Return some of what was found."""
    scopes: list[ScopeAnswer] = [
        {"id": f"{FOLDER}{dashed(folder.id)}", "name": folder.name, "kind": "folder"}
        for folder in found.folders
    ]
    return {
        "items": [present_hit(hit) for hit in found.hits],
        "has_more": found.has_more,
        "scopes": scopes,
        "kinds": [kind.value for kind in Found],
    }
